"""One number of the measurement beside the same number of many twins, each simulated with draws of its own.

A measurement agrees where it lies within a stated tolerance of the twins' middle: their root mean square for sds and
their mean for densities, as variances are what a preset carries (most records of rare jumps have none), else their
median. Outside it but within the central 95 % of the twins, the twins scatter too much to tell; outside both it
differs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from device_models.shown import shown

Outcome = Literal["agrees", "within scatter", "differs"]
CENTRAL = (2.5, 97.5)  # per cent


@dataclass(frozen=True)
class Tolerance:
    """How far a measurement may be from the twins' middle: by a factor of 1 + `relative`, or by `absolute`. power: of
    which the twins' mean is their middle, 2 for sds and 1 for densities; 0: their median."""

    text: str
    relative: float = 0.0
    absolute: float = 0.0
    power: int = 0

    def middle(self, twins: np.ndarray) -> float:
        return float(np.mean(twins**self.power) ** (1 / self.power)) if self.power else float(np.median(twins))

    def holds(self, measured: float, twin: float) -> bool:
        if abs(measured - twin) <= self.absolute:
            return True
        return measured * twin > 0 and max(measured / twin, twin / measured) <= 1 + self.relative


def within(share: float, power: int = 0) -> Tolerance:
    """A factor of 1 + `share` up or down."""
    return Tolerance(f"{100 * share:.3g} %", relative=share, power=power)


@shown
@dataclass(frozen=True)
class TwinRow:
    """`quantity` of one cell, target or time (`of`), in `unit`: as measured; middle of the twins and their central 95 %
    (low, high). part: reads, programming, pulses or ageing. by_factor: whether its tolerance is a factor."""

    part: str
    quantity: str
    of: str
    measured: float
    twin: float
    low: float
    high: float
    unit: str
    tolerance: str
    outcome: Outcome
    by_factor: bool = False

    @property
    def ratio(self) -> float:
        """Measured over twin; NaN for what is not compared by it."""
        return self.measured / self.twin if self.by_factor and self.measured * self.twin > 0 else math.nan


def compare(
    part: str, quantity: str, of: str, measured: float, twins: np.ndarray, tolerance: Tolerance, unit: str = ""
) -> TwinRow:
    """`twins`: the number of every twin. What cannot be computed of the measurement or of most twins is NaN, and then
    differs where only one of them has it."""
    known = twins[np.isfinite(twins)]
    lacking = 2 * len(known) < len(twins) or not len(known)
    twin, (low, high) = (math.nan, (math.nan,) * 2) if lacking else (tolerance.middle(known), _central(known))
    outcome: Outcome = "differs"
    if math.isfinite(measured) != math.isfinite(twin):
        pass
    elif not math.isfinite(measured) or tolerance.holds(measured, twin):
        outcome = "agrees"
    elif low <= measured <= high:
        outcome = "within scatter"
    factor = tolerance.relative > 0
    return TwinRow(part, quantity, of, float(measured), twin, low, high, unit, tolerance.text, outcome, factor)


def _central(values: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(values, CENTRAL)
    return float(low), float(high)
