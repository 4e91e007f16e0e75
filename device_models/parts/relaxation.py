"""Relaxation: after programming, cells move by a random step whose mean and sd grow with the logarithm of time.

dG(t) ~ N(mean ln(t / 1 s), [sd_at_1s + sd_slope ln(t / 1 s)]^2) from `from_s` on; before that nothing was measured and
cells are as programmed. Scope programming: one normal per cell and programming says how far along its path a cell goes,
so a cell keeps its rank. Conductances are clipped at 0.

Equations: docs/physics.md#relaxation.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import model_validator

from device_models.parts.part import Part
from device_models.schema import Conductance, Positive, SignedConductance
from device_models.scope import Scope


class Relaxation(Part):
    """dG(t) ~ N(mean_per_ln_s ln t, [sd_at_1s_s + sd_per_ln_s ln t]^2), t in s since programming."""

    noun: ClassVar[str] = "relaxation"
    effect: ClassVar[str] = "relaxation after programming"
    ages: ClassVar[bool] = True

    mean_per_ln_s: SignedConductance = 0.0
    """mean change per unit of ln t [S]"""
    sd_per_ln_s: Annotated[SignedConductance, Scope.PROGRAMMING] = 0.0
    """rise of the sd per unit of ln t [S]"""
    sd_at_1s_s: Annotated[Conductance, Scope.PROGRAMMING] = 0.0
    """sd of the change at 1 s [S]"""
    from_s: Positive = 1.0
    """time since programming from which the law holds [s]; before, cells are as programmed"""

    @model_validator(mode="after")
    def _sd_not_negative(self) -> Relaxation:
        if self.sd_s(self.from_s) < 0:
            raise ValueError(f"sd_per_ln_s={self.sd_per_ln_s:g} makes the sd negative at from_s={self.from_s:g}")
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        return {self.noun: Scope.PROGRAMMING} if self.sd_per_ln_s or self.sd_at_1s_s else {}

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        return {"relaxation with ln t": ("falcone2025",)}

    def is_ideal(self, age_s: float) -> bool:
        return age_s < self.from_s

    def mean_s(self, age_s: float) -> float:
        """Mean change [S] at `age_s` after programming."""
        return self.mean_per_ln_s * float(np.log(age_s)) if age_s >= self.from_s else 0.0

    def sd_s(self, age_s: float) -> float:
        """sd of the change [S]; 0 where a falling law would be negative."""
        if age_s < self.from_s:
            return 0.0
        value = self.sd_at_1s_s + self.sd_per_ln_s * float(np.log(age_s))
        return max(value, 0.0) if age_s > self.from_s else value

    def relaxed(self, g_s: np.ndarray, age_s: float, normals: np.ndarray) -> np.ndarray:
        """Conductances [S] `age_s` after programming to `g_s` [S]; `normals`: one standard normal per cell."""
        if age_s < self.from_s:
            return g_s.copy()
        return np.maximum(g_s + self.mean_s(age_s) + self.sd_s(age_s) * normals, 0.0).astype(g_s.dtype)
