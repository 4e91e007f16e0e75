"""Circuits that realise the scaling a_i: u = sum_k c_k r_k, several reads r_k of a column before one comparator.

The coefficients of neuron i lie on a line, c = start + g_i slope, and calibration chooses g_i:

- `none`     u = r1                       the native noise only
- `digital`  u = r1 + a d                 d: noise-free product of the programmed conductances (the upper bound)
- `averaged` u = r1 + a mean(r2..rM+1)  M more reads of the same cells (`averaged_reads`) stand for d
- `paired`   u = (1 + g) r1 - g r2        two reads of the same cells: fresh noise is amplified, the signal is not
- `replica`  u = (1 + g) r1 - g r2        r2 from a second array with programming errors of its own
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from crossbar_nsm.neuron.config import NeuronConfig, Scaling

Operand = Literal["main", "product", "replica"]


@dataclass(frozen=True)
class Circuit:
    """operands: what each r_k is. start, slope: see the module's text; one entry per operand."""

    name: Scaling
    operands: tuple[Operand, ...]
    start: tuple[float, ...]
    slope: tuple[float, ...]

    @property
    def signals(self) -> np.ndarray:
        """(2, operands): how the reads make up s_0 and s_1 of u = s_0 + g s_1."""
        return np.array([self.start, self.slope])

    def coefficients(self, gain: np.ndarray) -> np.ndarray:
        """c (operands, neurons) for the gains a_i or g_i (neurons)."""
        return np.asarray(self.start)[:, None] + np.asarray(self.slope)[:, None] * gain


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
