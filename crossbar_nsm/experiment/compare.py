"""Hardware beside ideal software on the same images: one row per setting."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.engine.passes import Progress
from crossbar_nsm.experiment.config import ExperimentConfig, at_point, resolve, sweep_points, with_overrides
from crossbar_nsm.experiment.difference import Difference, paired, scores
from crossbar_nsm.experiment.evaluate import (
    Evaluation,
    ProgressOf,
    evaluate_hardware,
    evaluate_ideal,
    evaluation_images,
)
from crossbar_nsm.experiment.metrics import Metrics, measure, wilson
from crossbar_nsm.mapping.mapped_network import check_mappable
from crossbar_nsm.nsm.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network
from device_models.document import Document, load_document
from device_models.errors import ConfigError


@dataclass(frozen=True)
class Row:
    """One setting: means over chips, fractions; entropy and mutual information are means over images, in nats.

    Of these chips, any image: `error_low`, `error_high` (95 %, Wilson). Spread over chips: `chip_sd`, sd of their
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
    brier: float
    ece: float
    entropy: float
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
    """Evaluate the ideal network and, for every point of the sweep, the hardware.

    config: a path (overrides are laid over it) or an ExperimentConfig, whose sweep is expanded the same way.
    """
    document = _document(config, overrides)
    resolved = resolve(document)
    net = load_checkpoint(resolved.checkpoint)
    if not ideal_only:
        check_mappable(net.architecture)  # before the ideal network has taken its time
    data = evaluation_images(resolved, net)
    rows = ideal_rows(net, data, resolved, progress)
    reference = rows[0][1]
    results = [row for row, _ in rows]
    if not ideal_only:
        results += [
            _hardware_row(document, settings, resolved, net, data, reference, progress)
            for settings in sweep_points(resolved) or [{}]
        ]
    return Comparison(resolved, results)


def run(config: ExperimentConfig | str | Path, *overrides: str, progress: ProgressOf = no_progress) -> Comparison:
    """One hardware evaluation without ideal software beside it: one row, no differences; a sweep is refused."""
    point = single_point(config, overrides, "run")
    net = load_checkpoint(point.checkpoint)
    data = evaluation_images(point, net)
    evaluation = evaluate_hardware(net, data, point, progress)
    return Comparison(point, [make_row(evaluation, data, {}, reference=None)])


def single_point(config: ExperimentConfig | str | Path, overrides: tuple[str, ...], command: str) -> ExperimentConfig:
    """The configuration of a command that evaluates one setting; raises ConfigError for a sweep."""
    document = _document(config, overrides)
    point = resolve(document)
    if point.sweep:
        raise ConfigError(
            f"{document.place(('sweep',))}: sweep: {command} evaluates one setting; use compare, or --set sweep={{}}"
        )
    return point


def ideal_rows(
    net: Network, data: Dataset, config: ExperimentConfig, progress: ProgressOf
) -> list[tuple[Row, np.ndarray]]:
    """The rows ideal_synapse (the reference) and ideal_neuron, each with its class probabilities (images, classes); a
    network that is no NSM has one row, with the name of its method."""
    margin = config.evaluation.margin
    synapse = evaluate_ideal(net, data, "synapse", config.evaluation, progress)
    reference = synapse.probability[0]
    if not net.architecture.is_nsm:
        return [(make_row(synapse, data, {}, None), reference)]
    neuron = evaluate_ideal(net, data, "neuron", config.evaluation, progress)
    return [
        (make_row(synapse, data, {}, None), reference),
        (make_row(neuron, data, {}, reference, margin), neuron.probability[0]),
    ]


def make_row(
    evaluation: Evaluation,
    data: Dataset,
    settings: dict[str, Any],
    reference: np.ndarray | None,
    margin: float | None = None,
) -> Row:
    """Metrics of an evaluation, averaged over its chips, and compared with the class probabilities (images, classes) of
    a `reference`."""
    per_chip = [measure(probability, data.labels) for probability in evaluation.probability]
    names = [field.name for field in fields(Metrics)]
    mean: dict[str, Any] = {name: float(np.mean([getattr(chip, name) for chip in per_chip])) for name in names}
    low, high = wilson(mean["error"], len(data))
    chips = len(per_chip)
    chip_sd = float(np.std([chip.error for chip in per_chip], ddof=1)) if chips > 1 else None
    return Row(
        name=evaluation.name,
        set=settings,
        error_low=low,
        error_high=high,
        **mean,
        mutual_information=float(evaluation.mutual_information.mean()),
        **_compared(evaluation, data, reference, margin),
        chip_sd=chip_sd,
        chip_se=None if chip_sd is None else chip_sd / math.sqrt(chips),
        images=len(data),
        samples=evaluation.samples,
        samples_used=evaluation.samples_used,
        chips=chips,
        seconds=round(evaluation.seconds, 3),
        engine=evaluation.engine,
    )


def _compared(
    evaluation: Evaluation, data: Dataset, reference: np.ndarray | None, margin: float | None
) -> dict[str, Any]:
    if reference is None:
        return {field.name: None for field in fields(Difference)}
    return vars(paired(scores(evaluation.probability, data.labels), scores(reference, data.labels), margin))


def _document(config: ExperimentConfig | str | Path, overrides: tuple[str, ...]) -> Document:
    document = Document(config.model_dump()) if isinstance(config, ExperimentConfig) else load_document(config)
    return with_overrides(document, overrides)


def _hardware_row(
    document: Document,
    settings: dict[str, Any],
    base: ExperimentConfig,
    net: Network,
    data: Dataset,
    reference: np.ndarray,
    progress: ProgressOf,
) -> Row:
    """One sweep point; a point that sets checkpoint, dataset or evaluation gets its own network, images, reference."""
    point = at_point(document, settings)
    if point.checkpoint != base.checkpoint or point.dataset != base.dataset or point.evaluation != base.evaluation:
        net = load_checkpoint(point.checkpoint)
        data = evaluation_images(point, net)
        ideal = evaluate_ideal(net, data, "synapse", point.evaluation, progress)
        reference = ideal.probability[0]
    evaluation = evaluate_hardware(net, data, point, progress)
    return make_row(evaluation, data, settings, reference, point.evaluation.margin)
