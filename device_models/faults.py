"""Stuck cells (scope chip): a fraction of cells ignores programming and stays at g_max (on) or g_min (off)."""

from __future__ import annotations

import numpy as np
from pydantic import model_validator

from device_models.conductance import ConductanceRange
from device_models.schema import Fraction, Schema
from device_models.scope import Scope


class Faults(Schema):
    """Probability of each cell to be stuck at g_max (`stuck_on`) and at g_min (`stuck_off`)."""

    stuck_on: Fraction = 0.0
    stuck_off: Fraction = 0.0

    @model_validator(mode="after")
    def _at_most_all(self) -> Faults:
        if self.stuck_on + self.stuck_off > 1:
            raise ValueError(f"stuck_on + stuck_off = {self.stuck_on + self.stuck_off:g} exceeds 1")
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        return {"stuck cells": Scope.CHIP} if self.stuck_on or self.stuck_off else {}

    def apply(self, g_s: np.ndarray, uniforms: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """`g_s` [S] with stuck cells replaced; `uniforms` in [0,1) of the same shape are constants of the cells."""
        stuck_on = uniforms < self.stuck_on
        stuck_off = ~stuck_on & (uniforms < self.stuck_on + self.stuck_off)
        return np.where(stuck_on, conductance.g_max_s, np.where(stuck_off, conductance.g_min_s, g_s))
