"""Wear: cells that were cycled scatter more, and some of them have failed.

After n cycles every programming sd is (1 + n / n_0)^exponent times that of a fresh cell, and a cell has failed (stuck
anywhere, scope chip) with the Weibull probability 1 - exp[-(n / scale)^shape].

Equations: docs/physics.md#endurance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from device_models.parts.part import Part
from device_models.parts.programming_laws.spreads import LogNormalSpread
from device_models.schema import SMALLEST, NonNegative, Positive, Schema
from device_models.scope import Scope

if TYPE_CHECKING:
    from device_models.device import Device

WIDEST_LOG_SD = 10.0
CERTAIN = 10.0  # ln of the number of lives after which no cell is left


class SpreadGrowth(Schema):
    """(1 + n / reference_cycles)^exponent."""

    reference_cycles: Positive
    """n_0 [cycles]"""
    exponent: Annotated[NonNegative, Field(le=5)]
    """how fast the sd of programming grows; 0: not at all"""


class Failure(Schema):
    """Weibull law of the number of cycles to failure."""

    scale_cycles: Positive
    """cycles after which 63 % of the cells have failed [cycles]"""
    shape: Positive
    """of the Weibull law: 1 is a constant rate, more is wear"""


class Endurance(Part):
    """Cells that were cycled scatter more, and some of them have failed."""

    noun: ClassVar[str] = "wear"
    effect: ClassVar[str] = "wear by earlier cycles"

    cycles: NonNegative
    """how often every cell was written before [cycles]"""
    spread: SpreadGrowth | None = None
    """factor on the sd of programming (null: 1)"""
    failure: Annotated[Failure | None, Scope.CHIP] = None
    """cells that have failed, stuck anywhere in the range (null: none)"""

    @property
    def scopes(self) -> dict[str, Scope]:
        return {"worn-out cells": Scope.CHIP} if self.failure_probability() > 0 else {}

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        return {} if self.failure is None else {"Weibull law of failures": ("weibull1951",)}

    def check_beside(self, device: Device) -> None:
        spread = device.programming.spread(device.conductance, self.wear())
        ends = np.array([device.conductance.g_min_s, device.conductance.g_max_s])
        widest = spread.log_sd(ends).max() if isinstance(spread, LogNormalSpread) else 0.0
        if widest > WIDEST_LOG_SD:
            raise ValueError(
                f"endurance: {self.cycles:g} cycles make the sd of ln G {widest:g}; at most {WIDEST_LOG_SD:g}"
            )

    def is_ideal(self, _age_s: float) -> bool:
        return self.wear() <= 1 and self.failure_probability() <= 0

    def wear(self) -> float:
        """Factor on all programming sd."""
        return 1.0 if self.spread is None else (1 + self.cycles / self.spread.reference_cycles) ** self.spread.exponent

    def failure_probability(self) -> float:
        """Fraction of cells that have failed."""
        if self.failure is None or self.cycles == 0:
            return 0.0
        exponent = self.failure.shape * np.log(self.cycles / self.failure.scale_cycles)
        failed = float(-np.expm1(-np.exp(min(exponent, CERTAIN))))
        return failed if failed >= SMALLEST else 0.0
