"""Rows of a comparison: hardware and ideal software, one setting each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.studies.trial_result import TrialResult
from crossbar_nsm.statistics.difference import Difference, Scores, paired, scores
from crossbar_nsm.statistics.intervals import over_images, wilson
from crossbar_nsm.statistics.over_chips import metrics_over_chips
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Row:
    """One setting: means over chips, fractions; entropy and mutual information are means over images, in nats;
    nll_capped: see `Metrics`.

    Of these chips, any image, 95 %: `error_low`, `error_high` (Wilson), `nll_low`, `nll_high` (normal; None with one
    image). Spread over chips: `chip_sd`, sd of their errors, and `chip_se`, that of their mean (None for one chip).

    set: swept settings; of ideal software those that it sees, where they differ.

    Compared with the ideal_synapse row of the same images and samples (None on that row): `difference` of error, with
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


def make_row(
    name: str,
    results: Sequence[TrialResult],
    settings: dict[str, Any],
    config: ExperimentConfig,
    reference: TrialResult | None,
) -> Row:
    """Means over chips (ideal software: its one result), compared with a reference on the same images (None: with
    nothing)."""
    labels, probability = results[0].labels, np.stack([result.prediction.probability for result in results])
    of_chips, of_images = metrics_over_chips(probability, labels), scores(probability, labels)
    mean: dict[str, Any] = {name: values.mean for name, values in of_chips.items()}
    low, high = wilson(mean["error"], len(labels))
    nll_low, nll_high = over_images(of_images.nll) or (None, None)
    return Row(
        name=name,
        set=settings,
        error_low=low,
        error_high=high,
        nll_low=nll_low,
        nll_high=nll_high,
        **mean,
        mutual_information=float(np.stack([result.prediction.mutual_information for result in results]).mean()),
        **_compared(of_images, reference, config.evaluation.margin),
        chip_sd=of_chips["error"].sd,
        chip_se=of_chips["error"].se,
        images=len(labels),
        samples=config.evaluation.samples,
        samples_used=float(np.mean([result.prediction.samples for result in results])),
        chips=len(results),
        seconds=round(sum(result.seconds for result in results), 3),
        engine=results[0].engine,
    )


def _compared(here: Scores, reference: TrialResult | None, margin: float | None) -> dict[str, Any]:
    if reference is None:
        return {field.name: None for field in fields(Difference)}
    return vars(paired(here, scores(reference.prediction.probability, reference.labels), margin))
