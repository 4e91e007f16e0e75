"""What the trials of a study found, point by point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.settings_text import label
from crossbar_nsm.experiment.studies.alike_rows import alike_rows
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.rows import Row
from crossbar_nsm.experiment.studies.software import Software, software_beside
from crossbar_nsm.experiment.studies.trial_result import TrialResult
from crossbar_nsm.experiment.studies.verdict.study_verdict import study_verdict
from crossbar_nsm.statistics.equivalence import checked_margin
from device_models.imports import uninterrupted
from device_models.numerics import usual_numerics
from device_models.shown import Several, shown

if TYPE_CHECKING:
    import polars


@shown
@dataclass(frozen=True)
class Results:
    """config: with its sweep. ideal: ideal software on the base configuration, by name. manifest: versions, commit,
    seeds, hosts and times. missing: number of trials that have neither result nor failure yet. ideal_failures: why
    ideal software has no result, by what it was to be compared with."""

    config: ExperimentConfig
    points: list[PointResults]
    ideal: dict[str, TrialResult]
    manifest: dict[str, Any]
    missing: int
    ideal_failures: dict[str, str] = field(default_factory=dict)

    @cached_property
    @usual_numerics()
    def rows(self) -> list[Row]:
        """Ideal software first, then every point that has a result."""
        points = (point.row for point in self.points)
        return [*self.ideal_rows, *(row for row in points if row is not None)]

    @cached_property
    def software(self) -> list[Software]:
        """What points are compared with: see `crossbar_nsm.experiment.studies.software`."""
        return software_beside(self.points, self.ideal, self.config)

    @cached_property
    @usual_numerics()
    def ideal_rows(self) -> list[Row]:
        """Ideal software; more than one ideal_synapse where points sweep what it sees."""
        return [one.row for one in self.software]

    def with_margin(self, margin: float) -> Results:
        """The same results, asked whether errors are the same within `margin`, a fraction."""
        margin = checked_margin(margin)
        points = Several(replace(point, config=_with_margin(point.config, margin)) for point in self.points)
        return replace(self, config=_with_margin(self.config, margin), points=points)

    @property
    def swept(self) -> dict[str, list[Any]]:
        """Values of every swept key, in order."""
        values: dict[str, list[Any]] = {}
        for point in self.points:
            for key, value in point.settings.items():
                known = values.setdefault(key, [])
                if value not in known:
                    known.append(value)
        return values

    def as_dict(self) -> dict[str, Any]:
        """What `sweep --json` and `results --json` print: as `compare --json`, the trials that have no result, and
        what was said of those that have."""
        rows = [asdict(row) for row in self.rows]
        config = self.config.model_dump(mode="json")
        left = {"failures": self.failures, "missing": self.missing, "warnings": self.warnings}
        return {"config": config, "rows": rows, "verdict": self.verdict, "notes": self.notes, **left}

    @cached_property
    @usual_numerics()
    def verdict(self) -> list[str]:
        """What came out and why, in sentences made of the rows; the conclusion first."""
        return study_verdict(self.points, self.config.sweep, self.missing + len(self.failures))

    @property
    def notes(self) -> list[str]:
        """Rows that are the same, and why; what was not measured of devices."""
        return [*alike_rows(self.config, self.points), *_not_measured(self.points)]

    @property
    def warnings(self) -> list[str]:
        """What was said of trials while they ran, each text once."""
        of_points = (trial for point in self.points for trial in (point.reference, *point.chips.values()))
        trials = [trial for trial in (*self.ideal.values(), *of_points) if trial is not None]
        return list(dict.fromkeys(text for trial in trials for text in trial.warnings))

    @property
    def failures(self) -> list[str]:
        """One line for every trial that failed."""
        return [f"{name}: {error}" for name, error in self.ideal_failures.items()] + [
            f"{label(point.name, point.settings)} chip {chip}: {error}"
            for point in self.points
            for chip, error in point.failures.items()
        ]

    def table(self) -> polars.DataFrame:
        """One row per point and chip, ideal software first: see `crossbar_nsm.experiment.studies.results_table`."""
        with uninterrupted():
            from crossbar_nsm.experiment.studies.results_table import results_table

        return results_table(self)


def _with_margin(config: ExperimentConfig, margin: float) -> ExperimentConfig:
    return config.model_copy(update={"evaluation": config.evaluation.model_copy(update={"margin": margin})})


def _not_measured(points: Iterable[PointResults]) -> list[str]:
    """A sentence for every device whose description says what was not measured: results may owe it their error."""
    told = {device.name: device.not_measured for point in points for device in point.config.devices}
    return [
        f"not measured of {name}, so perfect or assumed there unless you set it: {what}"
        for name, what in told.items()
        if what
    ]
