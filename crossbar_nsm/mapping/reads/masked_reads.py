"""Reads of one layer of which some have only a random part of the rows driven: the circuit `row_mask`.

One bit per input neuron and pass: all positions, tiles and columns of a pass share it, so that the noise of units with
common inputs is correlated, as in a network with noise per neuron. A masked row is driven at 0, like the padding of a
convolution: its cells carry neither signal nor noise.

The states of cells do not depend on the inputs. Two readers of one array therefore follow the same trajectories, draw
for draw, when both go through all reads of every pass: the masked reads are taken from one that has the masked inputs,
the others from one that has all inputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.reader import Reader
from crossbar_nsm.engine.kernels.counter_random import bernoulli_draws
from crossbar_nsm.engine.sampling.passes import Passes


@dataclass(frozen=True)
class RowMask:
    """Bits of the input neurons of a layer, 1 with keep_probability; key: of their draws."""

    keep_probability: float
    key: np.uint64

    def masked(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        """What is left of inputs z[input_of[p]] in pass p, (passes, inputs) float32."""
        bits = bernoulli_draws(z.shape[1], self.keep_probability, 0, passes.samples, passes.images, self.key)
        result: np.ndarray = bits * z[input_of]
        return result


class MaskedReads(Reader):
    """Reads of masked inputs by `with_mask`, of all inputs by `without`; masked (operands): which is which."""

    def __init__(self, with_mask: Reader, without: Reader, masked: np.ndarray, mask: RowMask):
        self.with_mask, self.without, self.masked, self.mask = with_mask, without, masked, mask
        self.name, self.approximations = without.name, without.approximations

    def current(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        of_pass = self.mask.masked(z, input_of, passes)
        result: np.ndarray = self.with_mask.current(of_pass, np.arange(len(passes)), passes)
        result += self.without.current(z, input_of, passes)
        return result

    def operand_currents(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        of_pass = self.mask.masked(z, input_of, passes)
        masked = self.with_mask.operand_currents(of_pass, np.arange(len(passes)), passes)
        result: np.ndarray = self.without.operand_currents(z, input_of, passes)
        result[self.masked] = masked[self.masked]
        return result

    def reset(self) -> None:
        self.with_mask.reset()
        self.without.reset()

    def begin_at(self, vector: int) -> None:
        self.with_mask.begin_at(vector)
        self.without.begin_at(vector)

    def restore(self, states: dict[str, np.ndarray]) -> None:
        self.with_mask.restore(states)
        self.without.restore(states)

    def states(self) -> dict[str, np.ndarray]:
        """The same in both readers."""
        return self.without.states()
