"""Circuits that realise the scaling a_i: u = sum_k c_k r_k, several reads r_k of a column before one comparator.

The coefficients of neuron i lie on a line, c = start + g_i slope, and calibration chooses g_i:

- `none`     u = r1                       the native noise only
- `digital`  u = r1 + a d                 d: noise-free product of the programmed conductances (the upper bound)
- `averaged` u = r1 + a mean(r2..rM+1)  M more reads of the same cells (`averaged_reads`) stand for d
- `paired`   u = (1 + g) r1 - g r2        two reads of the same cells: fresh noise is amplified, the signal is not
- `replica`  u = (1 + g) r1 - g r2        r2 from a second array with programming errors of its own
- `row_mask` u = r1 + a r2                r1 with a random part of the rows driven: a bit for every input neuron and
                                          pass, 1 with `mask_keep_probability`, shared by all positions, tiles and
                                          columns; r2 is a read of the same cells with all rows driven
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from crossbar_nsm.neuron.config import NeuronConfig, Scaling

Operand = Literal["main", "product", "replica", "masked"]


@dataclass(frozen=True)
class Circuit:
    """operands: what each r_k is. start, slope: see the module's text; one entry per operand. keep_probability: of the
    rows in a `masked` read."""

    name: Scaling
    operands: tuple[Operand, ...]
    start: tuple[float, ...]
    slope: tuple[float, ...]
    keep_probability: float = 1.0

    @property
    def successive_reads(self) -> int:
        """Reads of the main array's cells that a decision combines, one after the other."""
        return sum(operand in ("main", "masked") for operand in self.operands)

    @property
    def kept(self) -> np.ndarray:
        """(operands): probability that a row is driven in each read."""
        return np.array([self.keep_probability if operand == "masked" else 1.0 for operand in self.operands])

    @property
    def signals(self) -> np.ndarray:
        """(2, operands): how the reads make up s_0 and s_1 of u = s_0 + g s_1."""
        return np.array([self.start, self.slope])

    def coefficients(self, gain: np.ndarray) -> np.ndarray:
        """c (operands, neurons) for the gains a_i or g_i (neurons)."""
        return np.asarray(self.start)[:, None] + np.asarray(self.slope)[:, None] * gain


def array_of(operand: Operand) -> Operand:
    """Whose cells an operand reads, or would: a replica has its own."""
    return "replica" if operand == "replica" else "main"


def circuit_of(neuron: NeuronConfig) -> Circuit:
    """The circuit that a configuration asks for."""
    match neuron.scaling:
        case "none":
            return Circuit("none", ("main",), (1.0,), (0.0,))
        case "digital":
            return Circuit("digital", ("main", "product"), (1.0, 0.0), (0.0, 1.0))
        case "averaged":
            more = neuron.averaged_reads
            reads: list[Operand] = ["main"] * (1 + more)
            return Circuit("averaged", tuple(reads), (1.0,) + (0.0,) * more, (0.0,) + (1 / more,) * more)
        case "paired":
            return Circuit("paired", ("main", "main"), (1.0, 0.0), (1.0, -1.0))
        case "replica":
            return Circuit("replica", ("main", "replica"), (1.0, 0.0), (1.0, -1.0))
        case "row_mask":
            return Circuit("row_mask", ("masked", "main"), (1.0, 0.0), (0.0, 1.0), neuron.mask_keep_probability)
