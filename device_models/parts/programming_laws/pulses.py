"""Programming by a staircase of pulses of rising amplitude (FeFETs): potentiation from g_min up, depression from g_max
down.

After pulse n of `count` the conductance has gone the share (1 - exp(-c n/count)) / (1 - exp(-c)) of the range; c is the
`curvature`, 0 for a straight line. The threshold at which the cell switches varies by a voltage, which is a shift along
the staircase: the error is the slope of the curve times sd_v / step_v, so it depends on the state, and it cannot leave
the range.

Equations: docs/physics.md#staircase-of-pulses.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from device_models.parts.conductance import ConductanceRange
from device_models.parts.programming_laws.spreads import StaircaseSpread
from device_models.schema import Count, NonNegative, Schema, Voltage, VoltageSd, Window
from device_models.scope import Scope


class Staircase(Schema):
    """Pulses of rising amplitude."""

    start_v: Voltage
    """amplitude of the first pulse [V]"""
    step_v: Voltage
    """rise from pulse to pulse [V]"""
    curvature: Annotated[NonNegative, Field(le=20)] = 0.0
    """c of the conductance that is reached, (1 - exp(-c n/count)) / (1 - exp(-c)) of the range after pulse n; 0: a
    straight line"""


class Pulses(Schema):
    """A staircase of pulses; the threshold at which a cell switches varies by a voltage, a shift along it."""

    potentiation: Staircase
    """the staircase from g_min up"""
    depression: Staircase
    """the staircase from g_max down"""
    count: Count
    """pulses from end to end; levels are one more"""
    width_s: Window
    """duration of a pulse [s], for reports; it changes no draw"""
    direction: Literal["potentiation", "depression"] = "potentiation"
    """which staircase programs the cells"""
    cycle_sd_v: Annotated[VoltageSd, Scope.PROGRAMMING] = 0.0
    """sd of the switching threshold from one programming to the next [V]"""
    device_sd_v: Annotated[VoltageSd, Scope.CHIP] = 0.0
    """sd of the switching threshold from cell to cell [V]"""

    @property
    def staircase(self) -> Staircase:
        return self.potentiation if self.direction == "potentiation" else self.depression

    def spread(self, conductance: ConductanceRange, wear: float = 1.0) -> StaircaseSpread:
        """Law of one programming; `wear` multiplies the spreads."""
        low, high = conductance.g_min_s, conductance.g_max_s
        start, end = (low, high) if self.direction == "potentiation" else (high, low)
        variance = self.cycle_sd_v**2 + self.device_sd_v**2
        share = self.device_sd_v**2 / variance if variance else 0.0
        shift = wear * np.sqrt(variance) / (self.staircase.step_v * self.count)
        return StaircaseSpread(start, end, self.staircase.curvature, float(shift), share)

    def nearest_level(self, target_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """The conductance after the pulse that comes nearest (in pulses) to `target_s` [S]."""
        spread = self.spread(conductance)
        level = spread.at_position(np.rint(spread.position(target_s) * self.count) / self.count)
        return level.astype(target_s.dtype)
