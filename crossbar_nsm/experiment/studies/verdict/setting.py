"""A setting of a study as its verdict speaks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossbar_nsm.experiment.config.settings_text import label
from crossbar_nsm.experiment.config.sweep_section import sweep_factors
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.rows import Row
from crossbar_nsm.experiment.studies.verdict.shown import Shown, beside_software

SMALLEST_NLL = 5e-4  # of ideal software, below which ratios to it say nothing


@dataclass(frozen=True)
class Setting:
    """A point that has results. name: as in the table, of keys that move together the first. shown: how it differs
    from ideal software (None without software)."""

    name: str
    point: PointResults
    shown: Shown | None

    @property
    def row(self) -> Row:
        assert self.point.row is not None
        return self.point.row

    @property
    def software(self) -> Row | None:
        """On the same images."""
        return self.point.reference_row

    @property
    def nll_ratio(self) -> float | None:
        """NLL over that of ideal software; None where there is no such number."""
        software = self.software
        return None if software is None or software.nll < SMALLEST_NLL else self.row.nll / software.nll


def settings_of(points: Sequence[PointResults], sweep: Mapping[str, Any]) -> list[Setting]:
    """Of the points that have results."""
    leading = {next(iter(factor.values)) for factor in sweep_factors(sweep)[0]}
    there = [point for point in points if point.chips]
    return [
        Setting(_name(point, leading), point, shown) for point, shown in zip(there, beside_software(there), strict=True)
    ]


def _name(point: PointResults, keys: set[str]) -> str:
    told = {key: value for key, value in point.settings.items() if key in keys}
    return label(point.name, told).replace("  ", " with ")
