"""Hardware beside ideal software on the same images: one row per setting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.engine.passes import Progress
from crossbar_nsm.experiment.config import ExperimentConfig, resolve, with_overrides
from crossbar_nsm.experiment.evaluate import Evaluation, ProgressOf, evaluate_hardware, evaluation_images
from crossbar_nsm.experiment.metrics import Metrics, measure, paired_difference, wilson, wrong
from crossbar_nsm.experiment.study import plan
from crossbar_nsm.experiment.trial import TrialResult, run_trial
from crossbar_nsm.nsm.checkpoint import load_checkpoint
from device_models.document import Document, load_document
from device_models.errors import ConfigError


@dataclass(frozen=True)
class Row:
    """One setting: means over chips, fractions. `difference` and `mcnemar_p` compare with the ideal_synapse row on the
    same images (None on that row); `chip_sd` is the sd of the error over chips (None for one chip). Entropy and mutual
    information are means over images, in nats. `samples` per image were asked for; `samples_used` is the mean number of
    passes made: less with early stopping (`evaluation.early_stopping`), 1 for a network without noise."""

    name: str
    set: dict[str, Any]
    error: float
    error_low: float
    error_high: float
    nll: float
    brier: float
    ece: float
    entropy: float
    mutual_information: float
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    mcnemar_p: float | None
    chip_sd: float | None
    images: int
    samples: int
    samples_used: float
    chips: int
    seconds: float
    engine: str


@dataclass(frozen=True)
class Comparison:
    """The resolved configuration and its rows, the ideal ones first."""

    config: ExperimentConfig
    rows: list[Row]

    def as_dict(self) -> dict[str, Any]:
        """What `compare --json` prints."""
        return {"config": self.config.model_dump(mode="json"), "rows": [asdict(row) for row in self.rows]}


def no_progress(_label: str) -> Progress:
    return lambda _done, _total: None


def compare(
    config: ExperimentConfig | str | Path,
    *overrides: str,
    ideal_only: bool = False,
    progress: ProgressOf = no_progress,
) -> Comparison:
    """Evaluate the ideal network and, for every point of the sweep, the hardware, in this process (`sweep` keeps
    results in a folder and uses several).

    config: a path (overrides are laid over it) or an ExperimentConfig, whose sweep is expanded the same way.
    """
    study = plan(document_of(config, overrides), hardware=not ideal_only)
    texts = study.texts
    results = {trial.key: run_trial(trial, progress(texts[trial.key])) for trial in study.trials}
    rows = ideal_rows({name: results[trial.key] for name, trial in study.ideal.items()}, study.config)
    for point in study.points:
        chips = [results[trial.key] for trial in point.chips]
        rows.append(point_row(point.config, point.settings, chips, results[point.reference.key]))
    return Comparison(study.config, rows)


def ideal_rows(results: Mapping[str, TrialResult], config: ExperimentConfig) -> list[Row]:
    """The rows of ideal software, by name; ideal_synapse is the reference of ideal_neuron."""
    reference = results.get("ideal_synapse")
    return [
        make_row(
            _evaluation(name, [result], config), result.labels, {}, None if result is reference else _wrong(reference)
        )
        for name, result in results.items()
    ]


def point_row(
    config: ExperimentConfig, settings: dict[str, Any], chips: Sequence[TrialResult], reference: TrialResult | None
) -> Row:
    """The row of a point: means over chips, compared with ideal software on the same images (None: with nothing)."""
    return make_row(_evaluation(config.hardware_name, chips, config), chips[0].labels, settings, _wrong(reference))


def _wrong(result: TrialResult | None) -> np.ndarray | None:
    return None if result is None else wrong(result.prediction.probability, result.labels)


def _evaluation(name: str, results: Sequence[TrialResult], config: ExperimentConfig) -> Evaluation:
    seconds = sum(result.seconds for result in results)
    predictions = [result.prediction for result in results]
    return Evaluation(name, predictions, config.evaluation.samples, seconds, results[0].engine)


def run(config: ExperimentConfig | str | Path, *overrides: str, progress: ProgressOf = no_progress) -> Comparison:
    """One hardware evaluation without ideal software beside it: one row, no differences; a sweep is refused."""
    point = single_point(config, overrides, "run")
    net = load_checkpoint(point.checkpoint)
    data = evaluation_images(point, net)
    evaluation = evaluate_hardware(net, data, point, progress)
    return Comparison(point, [make_row(evaluation, data.labels, {}, reference=None)])


def single_point(config: ExperimentConfig | str | Path, overrides: tuple[str, ...], command: str) -> ExperimentConfig:
    """The configuration of a command that evaluates one setting; raises ConfigError for a sweep."""
    document = document_of(config, overrides)
    point = resolve(document)
    if point.sweep:
        raise ConfigError(
            f"{document.place(('sweep',))}: sweep: {command} evaluates one setting; use compare, or --set sweep={{}}"
        )
    return point


def make_row(evaluation: Evaluation, labels: np.ndarray, settings: dict[str, Any], reference: np.ndarray | None) -> Row:
    """Metrics of an evaluation, averaged over its chips; `reference` (images): wrong predictions to compare with."""
    per_chip = [measure(probability, labels) for probability in evaluation.probability]
    mean = {field.name: float(np.mean([getattr(chip, field.name) for chip in per_chip])) for field in fields(Metrics)}
    low, high = wilson(mean["error"], len(labels))
    errors = np.stack([wrong(probability, labels) for probability in evaluation.probability])
    paired = None if reference is None else paired_difference(errors, reference)
    chips = len(per_chip)
    return Row(
        name=evaluation.name,
        set=settings,
        error_low=low,
        error_high=high,
        **mean,
        mutual_information=float(evaluation.mutual_information.mean()),
        difference=paired.difference if paired else None,
        difference_low=_finite(paired.low) if paired else None,
        difference_high=_finite(paired.high) if paired else None,
        mcnemar_p=paired.mcnemar_p if paired else None,
        chip_sd=float(np.std([chip.error for chip in per_chip], ddof=1)) if chips > 1 else None,
        images=len(labels),
        samples=evaluation.samples,
        samples_used=evaluation.samples_used,
        chips=chips,
        seconds=round(evaluation.seconds, 3),
        engine=evaluation.engine,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def document_of(config: ExperimentConfig | str | Path, overrides: tuple[str, ...]) -> Document:
    """A configuration, or the file of one, with overrides laid over it."""
    document = Document(config.model_dump()) if isinstance(config, ExperimentConfig) else load_document(config)
    return with_overrides(document, overrides)
