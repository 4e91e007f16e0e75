"""A number that falls or rises with the logarithm of the conductance, as fits to PCM cells are published."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from device_models.parts.conductance import ConductanceRange
from device_models.schema import Finite, Fraction, Schema

SMALLEST_SHARE = 1e-9


class PolynomialAbove(Schema):
    """sum_k coefficients[k] g^k for g = G / g_max at or above `from_share`."""

    from_share: Fraction
    """G / g_max from which the polynomial holds"""
    coefficients: Annotated[list[Finite], Field(min_length=1)]
    """of the powers 0, 1, 2, ... of G / g_max"""


class LogLaw(Schema):
    """clip(at_g_max + per_log_g ln(G / g_max), lowest, highest); with `above`, a polynomial for the cells above."""

    at_g_max: Finite
    """value at g_max"""
    per_log_g: Finite = 0.0
    """rise per unit of ln G"""
    lowest: Finite | None = None
    """least value (null: no limit)"""
    highest: Finite | None = None
    """largest value (null: no limit)"""
    above: PolynomialAbove | None = None
    """another law for cells of high conductance (null: none)"""

    @model_validator(mode="after")
    def _ordered(self) -> LogLaw:
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise ValueError(f"lowest={self.lowest:g} must not exceed highest={self.highest:g}")
        return self

    def value(self, g_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """At conductances `g_s` [S]; same shape."""
        return self.of_share(np.maximum(g_s / conductance.g_max_s, SMALLEST_SHARE))

    def of_share(self, share: np.ndarray) -> np.ndarray:
        """At shares G / g_max above 0; same shape."""
        value = self.at_g_max + self.per_log_g * np.log(share)
        if self.lowest is not None or self.highest is not None:
            value = np.clip(value, self.lowest, self.highest)
        if self.above is not None:
            polynomial = np.polynomial.polynomial.polyval(share, self.above.coefficients)
            value = np.where(share >= self.above.from_share, polynomial, value)
        result: np.ndarray = value
        return result
