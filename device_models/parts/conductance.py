"""The range of conductance a cell is used in, and its levels."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from device_models.schema import SMALLEST_CONDUCTANCE_S, Conductance, Count, Schema

RANGE_ROUNDING = 1e-6  # that a range may be beyond what laws were fitted for, and targets beyond the range


class ConductanceRange(Schema):
    """The conductances that cells are programmed to."""

    g_min_s: Conductance
    """conductance of the lowest level [S], below g_max_s"""
    g_max_s: Annotated[Conductance, Field(ge=SMALLEST_CONDUCTANCE_S)]
    """conductance of the highest level [S]"""
    levels: Annotated[Count, Field(ge=2)] | None = None
    """how many evenly spaced levels there are (null: continuous)"""

    @model_validator(mode="after")
    def _ordered(self) -> ConductanceRange:
        if self.g_min_s >= self.g_max_s:
            raise ValueError(f"g_min_s={self.g_min_s:g} must be below g_max_s={self.g_max_s:g}")
        return self

    @property
    def span_s(self) -> float:
        """g_max - g_min [S]."""
        return self.g_max_s - self.g_min_s

    def check_within(self, first_s: float, last_s: float, law: str) -> None:
        """Raises ValueError for a range beyond first_s to last_s [S], where `law`, a key, was fitted."""
        low, high = self.g_min_s, self.g_max_s
        if low < first_s * (1 - RANGE_ROUNDING) or high > last_s * (1 + RANGE_ROUNDING):
            raise ValueError(
                f"conductance: g_min_s={low:g} to g_max_s={high:g} S lies outside the range in which {law} was fitted, "
                f"{first_s:g} to {last_s:g} S"
            )

    def nearest_level(self, target_s: np.ndarray) -> np.ndarray:
        """`target_s` [S] moved to the nearest level; unchanged when the range is continuous."""
        if self.levels is None:
            return target_s.copy()
        step = self.span_s / (self.levels - 1)
        return self.g_min_s + step * np.rint((target_s - self.g_min_s) / step)
