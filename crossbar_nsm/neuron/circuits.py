"""Circuits that realise the scaling a_i: u = sum_k c_k r_k, several reads r_k of a column before one comparator.

The coefficients of neuron i lie on a line, c = start + g_i slope, and calibration chooses g_i:

- `none`     u = r1                       the native noise only
- `digital`  u = r1 + a d                 d: noise-free product of the programmed conductances (the upper bound)
- `paired`   u = (1 + g) r1 - g r2        two reads of the same cells: fresh noise is amplified, the signal is not
- `replica`  u = (1 + g) r1 - g r2        r2 from a second array with programming errors of its own
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from crossbar_nsm.neuron.config import Scaling

Operand = Literal["main", "product", "replica"]


@dataclass(frozen=True)
class Circuit:
    """operands: what each r_k is. start, slope: see the module's text; one entry per operand."""

    name: Scaling
    operands: tuple[Operand, ...]
    start: tuple[float, ...]
    slope: tuple[float, ...]

    def coefficients(self, gain: np.ndarray) -> np.ndarray:
        """c (operands, neurons) for the gains a_i or g_i (neurons)."""
        return np.asarray(self.start)[:, None] + np.asarray(self.slope)[:, None] * gain


CIRCUITS: dict[Scaling, Circuit] = {
    circuit.name: circuit
    for circuit in (
        Circuit("none", ("main",), (1.0,), (0.0,)),
        Circuit("digital", ("main", "product"), (1.0, 0.0), (0.0, 1.0)),
        Circuit("paired", ("main", "main"), (1.0, 0.0), (1.0, -1.0)),
        Circuit("replica", ("main", "replica"), (1.0, 0.0), (1.0, -1.0)),
    )
}
