"""What a reader is: it reads a layer's arrays, pass after pass in time order, and combines what they give.

A reader is made from a `ReadPlan` and yields u = sum_k c_k r_k, the decisions about u, or every r_k by itself, all in
weight units. `crossbar_nsm.mapping.reads.reader_choice` chooses among the kinds of readers; a new kind is a class with
this interface in a file of its own, and one entry there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.operand import MAIN, Operand
from crossbar_nsm.engine.sampling.passes import Passes


@dataclass(frozen=True)
class ReadPlan:
    """What a reader needs: the operands r_k of one pass in the order in which they are read, the arrays by name, c_k
    in coefficients (operands, units), and what the rows get of the layer's inputs.

    apart: whether every operand and row tile is wanted by itself (`Reader.operand_currents`) or their sum
    (`Reader.current`, `Reader.fire`). draws: begins the purpose of every draw that is the reader's own and not of a
    cell, for two readers of the same arrays in the same passes.
    """

    operands: tuple[Operand, ...]
    arrays: Mapping[str, Crossbar]
    coefficients: np.ndarray
    layer_input: LayerInput
    apart: bool = False
    draws: str = ""

    @classmethod
    def of_one_read(cls, array: Crossbar, layer_input: LayerInput | None = None, apart: bool = False) -> ReadPlan:
        """One read of one array (default: of a dense layer with inputs +-1)."""
        layer_input = layer_input or LayerInput(array.tiling.inputs)
        ones = np.ones((1, array.tiling.outputs * layer_input.positions))
        return cls((Operand(),), {MAIN: array}, ones, layer_input, apart)

    @property
    def main(self) -> Crossbar:
        return self.arrays[MAIN]

    @property
    def read(self) -> ReadConfig:
        return self.main.read

    @property
    def approximations(self) -> tuple[str, ...]:
        """What the laws of the arrays' cells approximate, whoever draws from them."""
        arrays = self.arrays.values()
        present = {
            "slow noise split": any(array.splits_slow_noise for array in arrays),
            "fast traps averaged": any(array.drawn_law is not array.law for array in arrays),
            "wires to first order": any(not array.wires.perfect for array in arrays),
        }
        return tuple(text for text, is_present in present.items() if is_present)

    def key(self, purpose: str) -> np.uint64:
        """Of the reader's own draws."""
        return self.main.stream.key(self.draws + purpose)


class Decisions(Protocol):
    """The comparators behind a reader: z = +1 if u + shift + noise >= 0, else -1; shift and the sd of the noise (units)
    float32. has_memory: whether a decision depends on the one before."""

    shift: np.ndarray
    noise_sd: np.ndarray

    @property
    def has_memory(self) -> bool: ...

    def decide(self, u: np.ndarray, passes: Passes) -> np.ndarray:
        """States +-1 (passes, units) float32 of signals u, in time order."""


class Reader(Protocol):
    """Reads of one layer, which go on in simulated time from call to call. z (inputs, flat) float32 are the layer's
    inputs, of which pass p shows z[input_of[p]]; passes are in time order.

    name: as in `read.engine`. approximations: in which this reader departs from the law of the cells, a few words each.
    """

    name: str
    approximations: tuple[str, ...]

    @property
    def description(self) -> str:
        """Name and approximations, as `MappedNetwork.engine` tells them."""
        return ", ".join((self.name, *self.approximations))

    def current(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        """u summed over the row tiles, (passes, units) float32."""

    def operand_currents(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        """Every r_k of every row tile by itself, without c_k, (operands, row tiles, passes, units) float32."""

    def fire(self, z: np.ndarray, input_of: np.ndarray, passes: Passes, decisions: Decisions) -> np.ndarray:
        """States +-1 (passes, units) float32. A reader that knows the law of u may decide without drawing u."""
        return decisions.decide(self.current(z, input_of, passes), passes)

    def reset(self) -> None:
        """Back to the states at the first read."""

    def begin_at(self, vector: int) -> None:
        """Number the next vector `vector`, a multiple of 2^16, from the present states on: other draws follow."""

    def states(self) -> dict[str, np.ndarray]:
        """What is carried from read to read, by array/kind; empty where there is nothing."""

    def restore(self, states: dict[str, np.ndarray]) -> None:
        """Go on from `states`, which another reader of the same layer had."""


class ReaderKind(Protocol):
    """A class of readers, as the choice among them needs it."""

    name: str

    def serves(self, plan: ReadPlan) -> bool:
        """Whether its draws follow the law of the plan's cells, or as nearly as its `approximations` say."""

    def of(self, plan: ReadPlan) -> Reader:
        """The reader for a plan without masks."""
