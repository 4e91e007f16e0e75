"""Relaxation: after programming, cells move by a random step that grows with time; one of two laws.

- dG(t) ~ N(mean ln(t / 1 s), [sd_at_1s + sd_slope ln(t / 1 s)]^2) from `from_s` on; before that nothing was measured
  and cells are as programmed.
- `quantiles`: the change of ln G as a table over time, programmed conductance and normal score, as measured over many
  cells: any shape (see `tables.relaxation_quantiles`), at 300 K or after bakes.

Time is thermally activated: a time t at T does what t exp[-E_a/k (1/T - 1/300 K)] does at 300 K. Ages are those at
300 K in what follows.

Scope programming: one normal per cell and programming says how far along its path a cell goes, so a cell keeps its
rank. Conductances are clipped at 0.

Equations: docs/physics.md#relaxation.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from device_models.parts.part import Part
from device_models.parts.tables.relaxation_quantiles import RelaxationQuantiles
from device_models.parts.temperature import arrhenius
from device_models.schema import Conductance, NonNegative, Positive, SignedConductance
from device_models.scope import Scope


class Relaxation(Part):
    """dG(t) ~ N(mean_per_ln_s ln t, [sd_at_1s_s + sd_per_ln_s ln t]^2), t in s since programming; or a table of
    quantiles."""

    noun: ClassVar[str] = "relaxation"
    effect: ClassVar[str] = "relaxation after programming"
    alternatives: ClassVar = {(): [{"mean_per_ln_s", "sd_per_ln_s", "sd_at_1s_s", "from_s"}, {"quantiles"}]}
    ages: ClassVar[bool] = True

    mean_per_ln_s: SignedConductance = 0.0
    """mean change per unit of ln t [S]"""
    sd_per_ln_s: Annotated[SignedConductance, Scope.PROGRAMMING] = 0.0
    """rise of the sd per unit of ln t [S]"""
    sd_at_1s_s: Annotated[Conductance, Scope.PROGRAMMING] = 0.0
    """sd of the change at 1 s [S]"""
    from_s: Positive = 1.0
    """time since programming from which the law holds [s]; before, cells are as programmed"""
    quantiles: Annotated[RelaxationQuantiles | None, Scope.PROGRAMMING] = None
    """change of ln G as measured over many cells, in place of the law (null: the law)"""
    activation_energy_ev: Annotated[NonNegative, Field(le=5)] = 0.0
    """by which all of it is faster at higher temperature [eV] (0: it is not)"""

    @model_validator(mode="after")
    def _one_law(self) -> Relaxation:
        if self.quantiles is not None and (self.mean_per_ln_s or self.sd_per_ln_s or self.sd_at_1s_s):
            raise ValueError("give one law only: mean_per_ln_s, sd_per_ln_s and sd_at_1s_s | quantiles")
        return self

    @model_validator(mode="after")
    def _sd_not_negative(self) -> Relaxation:
        if self.sd_s(self.from_s) < 0:
            raise ValueError(f"sd_per_ln_s={self.sd_per_ln_s:g} makes the sd negative at from_s={self.from_s:g}")
        return self

    @model_validator(mode="after")
    def _bakes_in_order(self) -> Relaxation:
        if self.quantiles is not None:
            self.quantiles.check_order(self.activation_energy_ev)
        return self

    @property
    def table(self) -> RelaxationQuantiles | None:
        """`quantiles` with all times at 300 K."""
        return None if self.quantiles is None else self.quantiles.at_300_k(self.activation_energy_ev)

    def slower(self, temperature_k: float) -> float:
        return arrhenius(self.activation_energy_ev, temperature_k)

    @property
    def scopes(self) -> dict[str, Scope]:
        spreads = self.quantiles.spreads if self.quantiles is not None else self.sd_per_ln_s or self.sd_at_1s_s
        return {self.noun: Scope.PROGRAMMING} if spreads else {}

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        return {} if self.quantiles is not None else {"relaxation with ln t": ("falcone2025",)}

    @property
    def measured_until_s(self) -> float | None:
        return None if self.table is None else self.table.time_s[-1]

    def is_ideal(self, age_s: float) -> bool:
        return age_s < (self.from_s if self.table is None else self.table.time_s[0])

    def moments_s(self, g_s: np.ndarray, age_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Mean and sd of the change [S] of cells programmed to `g_s` [S], `age_s` after that; of the law in ln t
        before clipping at 0."""
        if self.is_ideal(age_s):
            return np.zeros(np.shape(g_s)), np.zeros(np.shape(g_s))
        if self.table is not None:
            return self.table.moments_s(g_s, age_s)
        return np.full(np.shape(g_s), self.mean_s(age_s)), np.full(np.shape(g_s), self.sd_s(age_s))

    def mean_s(self, age_s: float) -> float:
        """Mean change [S] at `age_s` after programming, of the law in ln t."""
        return self.mean_per_ln_s * float(np.log(age_s)) if age_s >= self.from_s else 0.0

    def sd_s(self, age_s: float) -> float:
        """sd of the change [S], of the law in ln t; 0 where a falling law would be negative."""
        if age_s < self.from_s:
            return 0.0
        value = self.sd_at_1s_s + self.sd_per_ln_s * float(np.log(age_s))
        return max(value, 0.0) if age_s > self.from_s else value

    def relaxed(self, g_s: np.ndarray, age_s: float, normals: np.ndarray) -> np.ndarray:
        """Conductances [S] `age_s` after programming to `g_s` [S]; `normals`: one standard normal per cell."""
        if self.is_ideal(age_s):
            return g_s.copy()
        if self.table is not None:
            return (g_s * np.exp(self.table.log_change(g_s, age_s, normals))).astype(g_s.dtype)
        return np.maximum(g_s + self.mean_s(age_s) + self.sd_s(age_s) * normals, 0.0).astype(g_s.dtype)
