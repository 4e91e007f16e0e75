"""Hardware beside ideal software on the same images: one row per setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import ConfigLike, document_of
from crossbar_nsm.experiment.evaluate import run_trial
from crossbar_nsm.experiment.images.calibration import check_calibration_images
from crossbar_nsm.experiment.progress import ProgressOf, no_progress
from crossbar_nsm.experiment.settings_in_use.unused import check_settings
from crossbar_nsm.experiment.split_hint import suggest_split
from crossbar_nsm.experiment.studies.pairs import Pair, every_pair
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.rows import Row
from crossbar_nsm.experiment.studies.study import plan
from crossbar_nsm.experiment.studies.verdict.pairs_verdict import pairs_verdict
from device_models.checks.arguments import a_flag, a_function, an_override, checked, path_or
from device_models.errors import ConfigError, explained_by
from device_models.files.frames import frame
from device_models.numerics import usual_numerics
from device_models.shown import shown
from device_models.warning import each_warning_once

if TYPE_CHECKING:
    import polars


@shown
@dataclass(frozen=True)
class Comparison:
    """The resolved configuration and its rows, the ideal ones first; every two of its points, where asked for. notes:
    settings without effect, and rows that are the same. verdict: what came out and why, in sentences."""

    config: ExperimentConfig
    rows: list[Row]
    pairs: list[Pair] | None = None
    notes: Sequence[str] = ()
    verdict: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """What `compare --json` prints."""
        rows = [asdict(row) for row in self.rows]
        said = {"verdict": list(self.verdict), "notes": list(self.notes)}
        printed = {"config": self.config.model_dump(mode="json"), "rows": rows, **said}
        return printed if self.pairs is None else printed | {"pairs": [pair.as_dict() for pair in self.pairs]}

    def table(self) -> polars.DataFrame:
        """One row per setting, ideal software first; swept settings are columns of their own."""
        return frame(asdict(row) for row in self.rows)


@explained_by("compare_settings")
@checked(
    config=path_or(ExperimentConfig), overrides=an_override, ideal_only=a_flag, hardware_only=a_flag, pairwise=a_flag,
    progress=a_function,
)  # fmt: skip
@usual_numerics()
@each_warning_once()
def compare(
    config: ConfigLike,
    *overrides: str,
    ideal_only: bool = False,
    hardware_only: bool = False,
    pairwise: bool = False,
    progress: ProgressOf = no_progress,
) -> Comparison:
    """Evaluate the ideal network and, for every point of the sweep, the hardware, in this process (`sweep` keeps
    results in a folder and uses several).

    config: a path (overrides are laid over it) or an ExperimentConfig, whose sweep is expanded the same way. ideal_only
    leaves the hardware out; hardware_only leaves ideal software out: one row per point, without differences. pairwise:
    compare every two points, too. Raises ConfigError where both are left out.
    """
    if ideal_only and hardware_only:
        raise ConfigError("ideal_only and hardware_only: leave nothing to evaluate; give one of them, or neither")
    document = document_of(config, overrides)
    study = plan(document, hardware=not ideal_only)
    check_calibration_images(point.config for point in study.points)
    notes = check_settings(document, study.config, [point.settings for point in study.points])
    suggest_split(study.trials)
    texts = study.texts
    trials = [trial for trial in study.trials if not hardware_only or trial.what == "hardware"]
    by_key = {trial.key: run_trial(trial, progress(texts[trial.key])) for trial in trials}
    points = [
        PointResults(
            point.settings,
            point.config,
            {trial.chip: by_key[trial.key] for trial in point.chips},
            {},
            by_key.get(point.reference.key),
        )
        for point in study.points
    ]
    ideal = {name: by_key[trial.key] for name, trial in study.ideal.items() if trial.key in by_key}
    results = Results(study.config, points, ideal, manifest={}, missing=0)
    pairs = every_pair(points, study.config.evaluation.margin) if pairwise else None
    verdict = [*results.verdict, *pairs_verdict(pairs or [])]
    return Comparison(study.config, results.rows, pairs, [*notes, *results.notes], verdict)


def run(config: ConfigLike, *overrides: str, progress: ProgressOf = no_progress) -> Comparison:
    """The old name of `compare(..., hardware_only=True)`; raises what that raises."""
    return compare(config, *overrides, hardware_only=True, progress=progress)
