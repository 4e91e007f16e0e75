"""Programming errors as tables over the target, as they were measured: their sd, or their quantiles.

Both hold from the first to the last target of their table; a device whose range goes beyond is refused, but where the
table has one target only, whose errors then are those of all.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from device_models.laws import ProgrammingLaw, register
from device_models.parts.conductance import ConductanceRange
from device_models.parts.tables.interpolation import (
    FAR_SCORE,
    MOST_NUMBERS,
    MOST_POINTS,
    Scores,
    between,
    bilinear,
    check_rising,
    check_same_length,
    linear,
)
from device_models.schema import LARGEST_CONDUCTANCE_S, Conductance, SignedConductance

Targets = Annotated[list[Conductance], Field(min_length=1, max_length=MOST_POINTS)]
Row = Annotated[list[SignedConductance], Field(min_length=1, max_length=MOST_POINTS)]


@register("table")
class ErrorTable(ProgrammingLaw):
    """Normal errors whose sd is linear in the target between the points of a table."""

    target_s: Targets
    """targets, rising [S]"""
    sd_s: Targets
    """sd of the programmed conductance at each of them [S]"""

    @model_validator(mode="after")
    def _is_a_table(self) -> ErrorTable:
        check_rising("target_s", self.target_s)
        check_same_length(target_s=self.target_s, sd_s=self.sd_s)
        return self

    @property
    def covers_s(self) -> tuple[float, float] | None:
        return _covers_s(self.target_s)

    def error_sd_s(self, target_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        return linear(target_s, self.target_s, self.sd_s).astype(target_s.dtype)


@register("quantile_table")
class ErrorQuantileTable(ProgrammingLaw):
    """Errors of any shape: a table of their quantiles Phi(z), linear in the target and in z, and beyond its ends."""

    target_s: Targets
    """targets, rising [S]"""
    normal_score: Scores
    """standard normal z of each quantile Phi(z), rising: 0 is the median, -1.645 the lowest 5 %"""
    error_s: Annotated[list[Row], Field(min_length=1)]
    """conductance minus target [S]: a row for each target, with a number for each score, rising or level"""

    @model_validator(mode="after")
    def _is_a_table(self) -> ErrorQuantileTable:
        check_rising("target_s", self.target_s)
        check_rising("normal_score", self.normal_score)
        check_same_length(target_s=self.target_s, error_s=self.error_s)
        if (size := len(self.target_s) * len(self.normal_score)) > MOST_NUMBERS:
            raise ValueError(f"error_s: {size} numbers, at most {MOST_NUMBERS}")
        for target_s, row in zip(self.target_s, self.error_s, strict=True):
            check_same_length(normal_score=self.normal_score, **{f"error_s at {target_s:g} S": row})
            falls = np.flatnonzero(np.diff(row) < 0)
            if len(falls):
                first, then = row[falls[0]], row[falls[0] + 1]
                raise ValueError(f"error_s at {target_s:g} S falls from {first:g} to {then:g}; quantiles must not fall")
        self._check_far_cells()
        return self

    def _check_far_cells(self) -> None:
        targets = np.repeat(np.array(self.target_s), 2)
        scores = np.tile([-FAR_SCORE, FAR_SCORE], len(self.target_s))
        largest = float(np.abs(self._error_s(targets, scores)).max())
        if largest > LARGEST_CONDUCTANCE_S:
            raise ValueError(
                f"error_s reaches {largest:.3g} S at z = {FAR_SCORE:g}, at most {LARGEST_CONDUCTANCE_S:g} S; it goes "
                "on linearly beyond the outermost normal_score: are two of those too close, or is the unit not siemens?"
            )

    @property
    def covers_s(self) -> tuple[float, float] | None:
        return _covers_s(self.target_s)

    def conductance_s(self, target_s: np.ndarray, normals: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        return target_s + self._error_s(target_s, normals)

    def _error_s(self, target_s: np.ndarray, normals: np.ndarray) -> np.ndarray:
        inside = np.clip(target_s, self.target_s[0], self.target_s[-1])
        return bilinear(np.array(self.error_s), between(inside, self.target_s), between(normals, self.normal_score))


def _covers_s(targets_s: list[float]) -> tuple[float, float] | None:
    return None if len(targets_s) == 1 else (targets_s[0], targets_s[-1])
