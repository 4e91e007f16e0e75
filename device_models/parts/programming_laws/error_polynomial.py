"""The sd of programming as a polynomial of the target: the form in which closed-loop errors are published."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from device_models.parts.conductance import ConductanceRange
from device_models.schema import LARGEST_CONDUCTANCE_S, Conductance, Finite, Schema


class ErrorPolynomial(Schema):
    """sd(G) [S] = sum_k coefficients[k] G^k with G in S."""

    coefficients: Annotated[list[Finite], Field(min_length=1)]
    """of the powers 0, 1, 2, ... of G in S"""
    valid_s: tuple[Conductance, Conductance]
    """lowest and highest target of the fit [S]; a device whose range goes beyond is refused"""

    @model_validator(mode="after")
    def _ordered(self) -> ErrorPolynomial:
        if self.valid_s[0] >= self.valid_s[1]:
            raise ValueError(f"valid_s={list(self.valid_s)} must be [lowest, highest]")
        return self

    @model_validator(mode="after")
    def _possible(self) -> ErrorPolynomial:
        grid = np.linspace(*self.valid_s, 1001)
        with np.errstate(over="ignore"):
            sd = np.polynomial.polynomial.polyval(grid, self.coefficients)
        if not sd.max() <= LARGEST_CONDUCTANCE_S:
            raise ValueError(
                f"coefficients give an sd of {sd.max():.3g} S within valid_s, at most {LARGEST_CONDUCTANCE_S:g} S; are "
                "they of G in siemens?"
            )
        if sd.min() < -1e-9 * np.abs(sd).max():
            raise ValueError(
                f"coefficients give a negative sd, {sd.min():.3g} S at {grid[sd.argmin()]:.3g} S, within valid_s"
            )
        return self

    def sd_s(self, g_s: np.ndarray) -> np.ndarray:
        inside = np.clip(g_s, *self.valid_s)
        return np.maximum(np.polynomial.polynomial.polyval(inside, self.coefficients), 0.0)

    def check_covers(self, conductance: ConductanceRange) -> None:
        """Raises ValueError for a range beyond that of the fit."""
        conductance.check_within(*self.valid_s, "programming.error_polynomial_s")
