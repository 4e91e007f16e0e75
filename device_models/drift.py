"""Drift: G(t) = G(t0) (t / t0)^-nu after t0, with an exponent nu of each cell (PCM).

nu ~ N(mean(G), sd(G)^2), drawn once per cell (scope chip), both functions of the programmed conductance:
value = clip(at_g_max + per_log_g ln(G / g_max), lowest, highest). Programmed conductances are those at t0: until then
nothing changes. A registered law (see `laws`) may take the place of the exponents.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny, model_validator

from device_models.conductance import ConductanceRange
from device_models.laws import DriftLaw, by_name
from device_models.schema import Finite, Positive, Schema
from device_models.scope import Scope

ALTERNATIVES: list[set[str]] = [{"exponent", "reference_time_s"}, {"law"}]
SMALLEST_SHARE = 1e-9


class LogLaw(Schema):
    """clip(at_g_max + per_log_g ln(G / g_max), lowest, highest)."""

    at_g_max: Finite
    per_log_g: Finite = 0.0
    lowest: Finite | None = None
    highest: Finite | None = None

    @model_validator(mode="after")
    def _ordered(self) -> LogLaw:
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise ValueError(f"lowest={self.lowest:g} must not exceed highest={self.highest:g}")
        return self

    def value(self, g_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        share = np.maximum(g_s / conductance.g_max_s, SMALLEST_SHARE)
        value = self.at_g_max + self.per_log_g * np.log(share)
        if self.lowest is None and self.highest is None:
            return value
        return np.clip(value, self.lowest, self.highest)


class Exponent(Schema):
    """Mean and sd over cells of the drift exponent."""

    mean: LogLaw
    sd: LogLaw = LogLaw(at_g_max=0.0)


class Drift(Schema):
    """See the module's text."""

    reference_time_s: Positive | None = None
    exponent: Exponent | None = None
    law: Annotated[SerializeAsAny[DriftLaw], BeforeValidator(by_name(DriftLaw))] | None = None

    @model_validator(mode="after")
    def _one_law(self) -> Drift:
        power = self.reference_time_s is not None and self.exponent is not None
        if power == (self.law is not None) or (self.law is not None and self.reference_time_s is not None):
            raise ValueError("give one law only: reference_time_s and exponent | law")
        return self

    @model_validator(mode="after")
    def _sd_not_negative(self) -> Drift:
        sd = self.exponent.sd if self.exponent else None
        if sd is not None and (sd.at_g_max if sd.lowest is None else max(sd.lowest, 0)) < 0:
            raise ValueError(f"exponent.sd: at_g_max={sd.at_g_max:g} is a negative sd; give it or `lowest` at least 0")
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        sd = self.exponent.sd if self.exponent else None
        exact = sd is not None and not (sd.at_g_max or sd.per_log_g or sd.lowest)
        return {} if exact else {"drift exponent": Scope.CHIP}

    def exponents(self, g_s: np.ndarray, normals: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """nu of cells programmed to `g_s` [S]; `normals`: a standard normal of each cell, for life."""
        assert self.exponent is not None
        sd = np.maximum(self.exponent.sd.value(g_s, conductance), 0.0)
        return self.exponent.mean.value(g_s, conductance) + sd * normals

    def drifted(self, g_s: np.ndarray, age_s: float, normals: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """Conductances [S] `age_s` after programming to `g_s` [S]."""
        if self.law is not None:
            drifted = self.law.conductance_s(g_s, age_s, normals, conductance)
            return np.maximum(drifted, 0.0).astype(g_s.dtype)
        assert self.reference_time_s is not None
        if age_s <= self.reference_time_s:
            return g_s.copy()
        decay = np.exp(-np.log(age_s / self.reference_time_s) * self.exponents(g_s, normals, conductance))
        return (g_s * decay).astype(g_s.dtype)
