"""Programming by a staircase of pulses, of rising amplitude (FeFETs) or identical ones (RRAM): potentiation from g_min
up, depression from g_max down.

After pulse n of `count` the conductance has gone the share (1 - exp(-c n/count)) / (1 - exp(-c)) of the range; c is the
`curvature`, 0 for a straight line. The threshold at which the cell switches varies by a voltage, which is a shift along
the staircase: the error is the slope of the curve times sd_v / step_v, so it depends on the state, and it cannot leave
the range. Of identical pulses, which have no steps of voltage, the shift is given in pulses.

Equations: docs/physics.md#staircase-of-pulses.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from device_models.parts.conductance import ConductanceRange
from device_models.parts.programming_laws.spreads import StaircaseSpread
from device_models.schema import Count, NonNegative, Schema, Voltage, VoltageSd, Window
from device_models.scope import Scope

PulsesSd = Annotated[NonNegative, Field(le=1_000_000_000)]


class Staircase(Schema):
    """Pulses of rising amplitude, or identical ones."""

    start_v: Voltage | None = None
    """amplitude of the first pulse [V] (null: not known)"""
    step_v: Voltage | None = None
    """rise from pulse to pulse [V] (null: identical pulses, or not known; spreads are then in pulses)"""
    curvature: Annotated[NonNegative, Field(le=20)] = 0.0
    """c of the conductance that is reached, (1 - exp(-c n/count)) / (1 - exp(-c)) of the range after pulse n; 0: a
    straight line"""


class Pulses(Schema):
    """A staircase of pulses; the threshold at which a cell switches varies, a shift along it."""

    potentiation: Staircase
    """the staircase from g_min up"""
    depression: Staircase
    """the staircase from g_max down"""
    count: Count
    """pulses from end to end; levels are one more"""
    width_s: Window | None = None
    """duration of a pulse [s], for reports; it changes no draw (null: not known)"""
    direction: Literal["potentiation", "depression"] = "potentiation"
    """which staircase programs the cells"""
    cycle_sd_v: Annotated[VoltageSd, Scope.PROGRAMMING] = 0.0
    """sd of the switching threshold from one programming to the next [V]"""
    device_sd_v: Annotated[VoltageSd, Scope.CHIP] = 0.0
    """sd of the switching threshold from cell to cell [V]"""
    cycle_sd_pulses: Annotated[PulsesSd, Scope.PROGRAMMING] = 0.0
    """in place of cycle_sd_v: sd of the place on the staircase from one programming to the next [pulses]"""
    device_sd_pulses: Annotated[PulsesSd, Scope.CHIP] = 0.0
    """in place of device_sd_v: sd of the place on the staircase from cell to cell [pulses]"""

    @model_validator(mode="after")
    def _one_unit(self) -> Pulses:
        volts, pulses = (self.cycle_sd_v, self.device_sd_v), (self.cycle_sd_pulses, self.device_sd_pulses)
        if any(volts) and any(pulses):
            raise ValueError("give spreads in volts or in pulses: cycle_sd_v, device_sd_v | *_sd_pulses")
        if any(volts) and self.staircase.step_v is None:
            raise ValueError(
                f"a spread in volts needs {self.direction}.step_v; of identical pulses give cycle_sd_pulses, "
                "device_sd_pulses"
            )
        return self

    @property
    def sd_pulses(self) -> tuple[float, float]:
        """Spread from programming to programming, and from cell to cell, along the staircase [pulses]."""
        step_v = self.staircase.step_v
        if step_v is None or self.cycle_sd_pulses or self.device_sd_pulses:
            return self.cycle_sd_pulses, self.device_sd_pulses
        return self.cycle_sd_v / step_v, self.device_sd_v / step_v

    @property
    def staircase(self) -> Staircase:
        return self.potentiation if self.direction == "potentiation" else self.depression

    def spread(self, conductance: ConductanceRange, wear: float = 1.0) -> StaircaseSpread:
        """Law of one programming; `wear` multiplies the spreads."""
        low, high = conductance.g_min_s, conductance.g_max_s
        start, end = (low, high) if self.direction == "potentiation" else (high, low)
        cycle, device = self.sd_pulses
        variance = cycle**2 + device**2
        share = device**2 / variance if variance else 0.0
        shift = wear * np.sqrt(variance) / self.count
        return StaircaseSpread(start, end, self.staircase.curvature, float(shift), share)

    def nearest_level(self, target_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """The conductance after the pulse that comes nearest (in pulses) to `target_s` [S]."""
        spread = self.spread(conductance)
        level = spread.at_position(np.rint(spread.position(target_s) * self.count) / self.count)
        return level.astype(target_s.dtype)
