"""Wear: cells that were cycled scatter more, and some of them have failed.

After n cycles every programming sd is (1 + n / n_0)^exponent times that of a fresh cell, and a cell has failed (stuck
anywhere, scope chip) with the Weibull probability 1 - exp[-(n / scale)^shape].
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from device_models.schema import SMALLEST, NonNegative, Positive, Schema
from device_models.scope import Scope

CERTAIN = 10.0  # ln of the number of lives after which no cell is left


class SpreadGrowth(Schema):
    """(1 + n / reference_cycles)^exponent."""

    reference_cycles: Positive
    exponent: Annotated[NonNegative, Field(le=5)]


class Failure(Schema):
    """Weibull law of the number of cycles to failure."""

    scale_cycles: Positive
    shape: Positive


class Endurance(Schema):
    """cycles: how often every cell was written before."""

    cycles: NonNegative
    spread: SpreadGrowth | None = None
    failure: Failure | None = None

    @property
    def scopes(self) -> dict[str, Scope]:
        return {"worn-out cells": Scope.CHIP} if self.failure_probability() > 0 else {}

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        """What to cite for each law in use."""
        return {} if self.failure is None else {"Weibull law of failures": ("weibull1951",)}

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
