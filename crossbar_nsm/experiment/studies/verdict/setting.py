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
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.statistics.chance import no_better_than_chance
from device_models.number_text import counted


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
    def can_be_built(self) -> bool:
        """Whether its circuit only reads, and needs no product that is computed (`digital`)."""
        return all(operand.is_read for operand in circuit_of(self.point.config.neuron).operands)

    def the_best(self, best: Setting) -> str:
        """What it is compared with beside another, in words."""
        here, there = self.point.chips.keys(), best.point.chips.keys()
        return "the best" if here == there else f"the best on {counted(len(here & there), 'chip')} that both have"


def chips_of(settings: Sequence[Setting]) -> int:
    """How many different ones."""
    return len({chip for setting in settings for chip in setting.point.chips})


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
