"""Drift: G(t) = G(t0) (t / t0)^-nu after t0, with an exponent nu of each cell (PCM).

nu ~ N(mean(G), sd(G)^2), drawn once per cell (scope chip), both functions of the programmed conductance (see
`log_law`). Programmed conductances are those at t0: until then nothing changes. A registered law (see `laws`) may take
the place of the exponents.

Equations: docs/physics.md#drift.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny, model_validator

from device_models.laws import DriftLaw, by_name, evaluate
from device_models.parts.conductance import ConductanceRange
from device_models.parts.log_law import LogLaw
from device_models.parts.part import Part
from device_models.schema import Positive, Schema
from device_models.scope import Scope

LARGEST_EXPONENT = 10.0


class Exponent(Schema):
    """Drift exponent nu of cells, a normal one for each."""

    mean: LogLaw
    """mean over cells"""
    sd: Annotated[LogLaw, Scope.CHIP] = LogLaw(at_g_max=0.0)
    """sd over cells"""

    @model_validator(mode="after")
    def _are_exponents(self) -> Exponent:
        for name, law in (("mean", self.mean), ("sd", self.sd)):
            largest = float(np.abs(law.of_share(np.geomspace(0.01, 1, 101))).max())
            if not largest <= LARGEST_EXPONENT:
                raise ValueError(f"{name}: exponents of {largest:.3g}, at most {LARGEST_EXPONENT:g} in size")
        return self

    @model_validator(mode="after")
    def _sd_not_negative(self) -> Exponent:
        if self.sd.at_g_max < 0 and (self.sd.lowest is None or self.sd.lowest < 0):
            raise ValueError(f"sd: at_g_max={self.sd.at_g_max:g} is a negative sd; give it, or `lowest`, at least 0")
        return self


class Drift(Part):
    """G(t) = G(t0) (t / t0)^-nu after t0, with an exponent nu of each cell; or a registered law."""

    noun: ClassVar[str] = "drift"
    effect: ClassVar[str] = "drift of conductance"
    alternatives: ClassVar = {(): [{"exponent", "reference_time_s"}, {"law"}]}
    ages: ClassVar[bool] = True

    reference_time_s: Positive | None = None
    """t0 [s], the time since programming at which cells have their programmed conductance; before it nothing changes"""
    exponent: Exponent | None = None
    """nu, by the programmed conductance"""
    law: Annotated[Annotated[SerializeAsAny[DriftLaw], BeforeValidator(by_name(DriftLaw))] | None, Scope.CHIP] = None
    """a registered law in place of reference_time_s and exponent"""

    @model_validator(mode="after")
    def _one_law(self) -> Drift:
        power = self.reference_time_s is not None and self.exponent is not None
        if power == (self.law is not None) or (self.law is not None and self.reference_time_s is not None):
            raise ValueError("give one law only: reference_time_s and exponent | law")
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        sd = self.exponent.sd if self.exponent else None
        exact = sd is not None and not (sd.at_g_max or sd.per_log_g or sd.lowest)
        return {} if exact else {"drift exponent": Scope.CHIP}

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        return {} if self.law is None else {f"drift law {self.law.name}": self.law.references}

    def is_ideal(self, age_s: float) -> bool:
        return age_s <= (self.reference_time_s or 0.0)

    def exponents(self, g_s: np.ndarray, normals: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """nu of cells programmed to `g_s` [S]; `normals`: a standard normal of each cell, for life."""
        assert self.exponent is not None
        sd = np.maximum(self.exponent.sd.value(g_s, conductance), 0.0)
        return self.exponent.mean.value(g_s, conductance) + sd * normals

    def drifted(self, g_s: np.ndarray, age_s: float, normals: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """Conductances [S] `age_s` after programming to `g_s` [S]."""
        if self.law is not None:
            return evaluate(self.law.conductance_s, g_s, age_s, normals, conductance).astype(g_s.dtype)
        assert self.reference_time_s is not None
        if age_s <= self.reference_time_s:
            return g_s.copy()
        with np.errstate(over="ignore"):  # who reads such cells refuses them
            decay = np.exp(-np.log(age_s / self.reference_time_s) * self.exponents(g_s, normals, conductance))
            return (g_s * decay).astype(g_s.dtype)
