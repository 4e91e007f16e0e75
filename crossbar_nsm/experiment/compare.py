"""Hardware beside ideal software on the same images: one row per setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.config.overrides import with_overrides
from crossbar_nsm.experiment.evaluate import Evaluation, ProgressOf, evaluate_hardware, evaluation_images
from crossbar_nsm.experiment.in_path.unused import check_settings
from crossbar_nsm.experiment.studies.alike_rows import Found, alike_rows
from crossbar_nsm.experiment.studies.pairs import Contender, Pair, every_pair
from crossbar_nsm.experiment.studies.study import plan
from crossbar_nsm.experiment.studies.trial import TrialResult, run_trial
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.statistics.difference import Difference, Scores, paired, scores
from crossbar_nsm.statistics.intervals import over_images
from crossbar_nsm.statistics.metrics import wilson
from crossbar_nsm.statistics.over_chips import metrics_over_chips
from device_models.checks.arguments import a_flag, a_function, a_text, checked, path_or
from device_models.errors import ConfigError
from device_models.files.document import Document, load_document
from device_models.numerics import usual_numerics


@dataclass(frozen=True)
class Row:
    """One setting: means over chips, fractions; entropy and mutual information are means over images, in nats;
    nll_capped: see `Metrics`.

    Of these chips, any image, 95 %: `error_low`, `error_high` (Wilson), `nll_low`, `nll_high` (normal; None with one
    image). Spread over chips: `chip_sd`, sd of their
    errors, and `chip_se`, that of their mean (None for one chip).

    Compared with the ideal_synapse row on the same images (None on that row): `difference` of error, with
    `difference_low`, `difference_high` (95 %) and `mcnemar_p` for these chips, any image, and `combined_low`,
    `combined_high` (95 %) for any chip and image (None for one chip); `nll_difference`, 95 % for any chip and image
    (one chip: that chip). `equivalent`: error shown at 5 % to differ by less than `margin` (`evaluation.margin`; None
    without), for any chip and image (one chip: that chip); `verdict` says it in words.

    `samples` per image were asked for; `samples_used` is the mean number of passes made: less with early stopping
    (`evaluation.early_stopping`), 1 for a network without noise."""

    name: str
    set: dict[str, Any]
    error: float
    error_low: float
    error_high: float
    nll: float
    nll_low: float | None
    nll_high: float | None
    brier: float
    ece: float
    entropy: float
    nll_capped: float
    mutual_information: float
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    combined_low: float | None
    combined_high: float | None
    mcnemar_p: float | None
    nll_difference: float | None
    nll_difference_low: float | None
    nll_difference_high: float | None
    margin: float | None
    equivalent: bool | None
    verdict: str | None
    chip_sd: float | None
    chip_se: float | None
    images: int
    samples: int
    samples_used: float
    chips: int
    seconds: float
    engine: str


@dataclass(frozen=True)
class Comparison:
    """The resolved configuration and its rows, the ideal ones first; every two of its points, where asked for. notes:
    settings without effect, and rows that are the same."""

    config: ExperimentConfig
    rows: list[Row]
    pairs: list[Pair] | None = None
    notes: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """What `compare --json` prints."""
        rows = [asdict(row) for row in self.rows]
        whole = {"config": self.config.model_dump(mode="json"), "rows": rows, "notes": list(self.notes)}
        return whole if self.pairs is None else whole | {"pairs": [pair.as_dict() for pair in self.pairs]}


def no_progress(_label: str) -> Progress:
    return lambda _done, _total: None


@checked(config=path_or(ExperimentConfig), overrides=a_text, ideal_only=a_flag, pairwise=a_flag, progress=a_function)
@usual_numerics()
def compare(
    config: ExperimentConfig | str | Path,
    *overrides: str,
    ideal_only: bool = False,
    pairwise: bool = False,
    progress: ProgressOf = no_progress,
) -> Comparison:
    """Evaluate the ideal network and, for every point of the sweep, the hardware, in this process (`sweep` keeps
    results in a folder and uses several).

    config: a path (overrides are laid over it) or an ExperimentConfig, whose sweep is expanded the same way. pairwise:
    compare every two points, too.
    """
    document = document_of(config, overrides)
    study = plan(document, hardware=not ideal_only)
    notes = check_settings(document, study.config, [point.settings for point in study.points])
    texts = study.texts
    results = {trial.key: run_trial(trial, progress(texts[trial.key])) for trial in study.trials}
    rows = ideal_rows({name: results[trial.key] for name, trial in study.ideal.items()}, study.config)
    contenders, found = [], []
    for point in study.points:
        chips = {trial.chip: results[trial.key] for trial in point.chips}
        rows.append(point_row(point.config, point.settings, list(chips.values()), results[point.reference.key]))
        contenders.append(Contender(point.name, point.settings, chips))
        found.append(Found(point.settings, point.config, chips))
    pairs = every_pair(contenders, study.config.evaluation.margin) if pairwise else None
    return Comparison(study.config, rows, pairs, [*notes, *alike_rows(study.config, found)])


def ideal_rows(results: Mapping[str, TrialResult], config: ExperimentConfig) -> list[Row]:
    """The rows of ideal software, by name; ideal_synapse is the reference of ideal_neuron."""
    reference, margin = results.get("ideal_synapse"), config.evaluation.margin
    return [
        make_row(
            _evaluation(name, [result], config),
            result.labels,
            {},
            None if result is reference else _probability(reference),
            margin,
        )
        for name, result in results.items()
    ]


def point_row(
    config: ExperimentConfig, settings: dict[str, Any], chips: Sequence[TrialResult], reference: TrialResult | None
) -> Row:
    """The row of a point: means over chips, compared with ideal software on the same images (None: with nothing)."""
    evaluation = _evaluation(config.hardware_name, chips, config)
    return make_row(evaluation, chips[0].labels, settings, _probability(reference), config.evaluation.margin)


def _probability(result: TrialResult | None) -> np.ndarray | None:
    return None if result is None else result.prediction.probability


def _evaluation(name: str, results: Sequence[TrialResult], config: ExperimentConfig) -> Evaluation:
    seconds = sum(result.seconds for result in results)
    predictions = [result.prediction for result in results]
    return Evaluation(name, predictions, config.evaluation.samples, seconds, results[0].engine)


@checked(config=path_or(ExperimentConfig), overrides=a_text, progress=a_function)
@usual_numerics()
def run(config: ExperimentConfig | str | Path, *overrides: str, progress: ProgressOf = no_progress) -> Comparison:
    """One hardware evaluation without ideal software beside it: one row, no differences; a sweep is refused."""
    point = single_point(config, overrides, "run")
    net = load_checkpoint(point.checkpoint)
    data = evaluation_images(point, net)
    evaluation = evaluate_hardware(net, data, point, progress)
    return Comparison(point, [make_row(evaluation, data.labels, {}, reference=None)])


def single_point(config: ExperimentConfig | str | Path, overrides: tuple[str, ...], command: str) -> ExperimentConfig:
    """The configuration of a command that evaluates one setting; warns of settings without effect, raises ConfigError
    for a sweep."""
    document = document_of(config, overrides)
    point = resolve(document)
    if point.sweep:
        raise ConfigError(
            f"{document.place(('sweep',))}: sweep: {command} evaluates one setting; use compare, or --set sweep={{}}"
        )
    check_settings(document, point)
    return point


def make_row(
    evaluation: Evaluation,
    labels: np.ndarray,
    settings: dict[str, Any],
    reference: np.ndarray | None,
    margin: float | None = None,
) -> Row:
    """Metrics of an evaluation, averaged over its chips, and compared with the class probabilities (images, classes) of
    a `reference` (None: with nothing)."""
    probability = evaluation.probability
    of_chips, of_images = metrics_over_chips(probability, labels), scores(probability, labels)
    mean: dict[str, Any] = {name: values.mean for name, values in of_chips.items()}
    low, high = wilson(mean["error"], len(labels))
    nll_low, nll_high = over_images(of_images.nll) or (None, None)
    return Row(
        name=evaluation.name,
        set=settings,
        error_low=low,
        error_high=high,
        nll_low=nll_low,
        nll_high=nll_high,
        **mean,
        mutual_information=float(evaluation.mutual_information.mean()),
        **_compared(of_images, None if reference is None else scores(reference, labels), margin),
        chip_sd=of_chips["error"].sd,
        chip_se=of_chips["error"].se,
        images=len(labels),
        samples=evaluation.samples,
        samples_used=evaluation.samples_used,
        chips=len(evaluation.predictions),
        seconds=round(evaluation.seconds, 3),
        engine=evaluation.engine,
    )


def _compared(here: Scores, reference: Scores | None, margin: float | None) -> dict[str, Any]:
    if reference is None:
        return {field.name: None for field in fields(Difference)}
    return vars(paired(here, reference, margin))


def document_of(config: ExperimentConfig | str | Path, overrides: tuple[str, ...]) -> Document:
    """A configuration, or the file of one, with overrides laid over it."""
    document = Document(config.model_dump()) if isinstance(config, ExperimentConfig) else load_document(config)
    return with_overrides(document, overrides)
