"""A setting of a study as its verdict speaks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossbar_nsm.experiment.config.settings_text import label
from crossbar_nsm.experiment.config.sweep_section import sweep_factors
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.rows import Row
from crossbar_nsm.experiment.studies.software import same_words
from crossbar_nsm.experiment.studies.verdict.shown import LEVEL, Shown, beside_software
from crossbar_nsm.statistics.chance import no_better_than_chance

SMALLEST_NLL = 5e-4  # below which ratios to it say nothing


@dataclass(frozen=True)
class Setting:
    """A point that has results. name: as in the table, of keys that move together the first. shown: how it differs
    from ideal software (None without software). same: what it has in common with its software and not with
    all settings, in words (`samples`)."""

    name: str
    point: PointResults
    shown: Shown | None
    same: str = ""

    @property
    def row(self) -> Row:
        assert self.point.row is not None
        return self.point.row

    @property
    def with_same(self) -> str:
        """` with the same samples`, behind the name of software."""
        return f" with the same {self.same}" if self.same else ""

    @property
    def software(self) -> Row | None:
        """On the same images."""
        return self.point.reference_row

    @property
    def software_guesses(self) -> bool:
        """Whether its error is not significantly below that of a guess, though so many images could show it."""
        if self.software is None or self.point.reference is None:
            return False
        return no_better_than_chance(self.software.error, self.software.images, self.classes, LEVEL)

    @property
    def classes(self) -> int:
        return int(self.point.probability.shape[-1])

    @property
    def nll_ratio(self) -> float | None:
        """NLL over that of ideal software; None where there is no such number."""
        return self.nll_ratio_to(self.software)

    def nll_ratio_to(self, other: Row | None) -> float | None:
        """NLL over that of another row; None where there is no such number."""
        return None if other is None or other.nll < SMALLEST_NLL else self.row.nll / other.nll


def most_chips(settings: Sequence[Setting]) -> int:
    return max(len(setting.point.chips) for setting in settings)


def settings_of(points: Sequence[PointResults], sweep: Mapping[str, Any]) -> list[Setting]:
    """Of the points that have results."""
    leading = {next(iter(factor.values)) for factor in sweep_factors(sweep)[0]}
    there = [point for point in points if point.chips]
    shown, same = beside_software(there), same_words(there)
    return [Setting(_name(point, leading), point, one, same) for point, one in zip(there, shown, strict=True)]


def _name(point: PointResults, keys: set[str]) -> str:
    told = {key: value for key, value in point.settings.items() if key in keys}
    return label(point.name, told).replace("  ", " with ")
