"""Read noise as a polynomial of the conductance, within the range of the fit."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError, model_validator

from device_models.laws import ReadNoiseLaw, register
from device_models.parts.conductance import ConductanceRange
from device_models.parts.programming_laws.error_polynomial import ErrorPolynomial
from device_models.schema import Conductance, Finite, first_mistake


@register("polynomial")
class Polynomial(ReadNoiseLaw):
    """sd(G) [S] = sum_k coefficients[k] G^k with G in S; beyond the range of the fit sd / G is that of its end."""

    coefficients: Annotated[list[Finite], Field(min_length=1, max_length=10)]
    """of the powers 0, 1, 2, ... of G in S"""
    valid_s: tuple[Conductance, Conductance]
    """lowest and highest conductance of the fit [S]; a device whose range goes beyond is refused"""

    @model_validator(mode="after")
    def _possible(self) -> Polynomial:
        fit = {"coefficients": self.coefficients, "valid_s": self.valid_s}
        try:
            ErrorPolynomial.model_validate(fit)
        except ValidationError as error:
            raise ValueError(first_mistake(ErrorPolynomial, fit, error)) from None
        if not self.valid_s[0] > 0:
            raise ValueError("valid_s: begins at 0 S, where sd / G has no end; begin at the lowest measured cell")
        return self

    @property
    def covers_s(self) -> tuple[float, float]:
        return self.valid_s

    def sd_s(self, g_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        inside = np.clip(g_s, *self.valid_s)
        fit = ErrorPolynomial(coefficients=self.coefficients, valid_s=self.valid_s)
        return fit.sd_s(inside) * (g_s / inside)
