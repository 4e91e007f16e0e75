"""Rows of a comparison: hardware and ideal software, one setting each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.studies.trial_result import TrialResult
from crossbar_nsm.statistics.difference import Difference, paired, scores
from crossbar_nsm.statistics.metrics import Metrics, measure, wilson


@dataclass(frozen=True)
class Row:
    """One setting: means over chips, fractions; entropy and mutual information are means over images, in nats;
    nll_capped: see `Metrics`.

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


def ideal_rows(results: Mapping[str, TrialResult], config: ExperimentConfig) -> list[Row]:
    """The rows of ideal software, by name; ideal_synapse is the reference of ideal_neuron."""
    reference = results.get("ideal_synapse")
    return [
        make_row(name, [result], {}, config, None if result is reference else reference)
        for name, result in results.items()
    ]


def make_row(
    name: str,
    results: Sequence[TrialResult],
    settings: dict[str, Any],
    config: ExperimentConfig,
    reference: TrialResult | None,
) -> Row:
    """Means over chips (ideal software: its one result), compared with a reference on the same images (None: with
    nothing)."""
    labels, chips = results[0].labels, len(results)
    per_chip = [measure(result.prediction.probability, labels) for result in results]
    names = [field.name for field in fields(Metrics)]
    mean: dict[str, Any] = {name: float(np.mean([getattr(chip, name) for chip in per_chip])) for name in names}
    low, high = wilson(mean["error"], len(labels))
    chip_sd = float(np.std([chip.error for chip in per_chip], ddof=1)) if chips > 1 else None
    return Row(
        name=name,
        set=settings,
        error_low=low,
        error_high=high,
        **mean,
        mutual_information=float(np.stack([result.prediction.mutual_information for result in results]).mean()),
        **_compared(results, reference, config.evaluation.margin),
        chip_sd=chip_sd,
        chip_se=None if chip_sd is None else chip_sd / math.sqrt(chips),
        images=len(labels),
        samples=config.evaluation.samples,
        samples_used=float(np.mean([result.prediction.samples for result in results])),
        chips=chips,
        seconds=round(sum(result.seconds for result in results), 3),
        engine=results[0].engine,
    )


def _compared(results: Sequence[TrialResult], reference: TrialResult | None, margin: float | None) -> dict[str, Any]:
    if reference is None:
        return {field.name: None for field in fields(Difference)}
    labels, probability = results[0].labels, np.stack([result.prediction.probability for result in results])
    return vars(paired(scores(probability, labels), scores(reference.prediction.probability, labels), margin))
