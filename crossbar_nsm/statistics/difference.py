"""Two networks compared: differences of error and NLL, paired by image where the images are the same.

What these chips show, what chips spread, and what any chip would show are kept apart: intervals over images hold for
these chips, chip_sd of a row is the spread, combined intervals put both together and hold for any chip and any image
(`crossbar_nsm.statistics.intervals`). With one chip nothing says what another would do: there is no combined interval,
and NLL and equivalence are of that chip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.statistics.equivalence import equivalence
from crossbar_nsm.statistics.intervals import (
    combined_interval,
    error_interval,
    two_sample_error_interval,
    two_sample_interval,
)
from crossbar_nsm.statistics.metrics import label_nll, wrong
from crossbar_nsm.statistics.paired import paired_difference
from device_models.shown import shown


@dataclass(frozen=True)
class Scores:
    """Of every image: wrong, bool, and nll, in nats; (chips, images), or (images) for a reference without chips."""

    wrong: np.ndarray
    nll: np.ndarray


def scores(probability: np.ndarray, labels: np.ndarray) -> Scores:
    """Of mean class probabilities (chips, images, classes) or (images, classes)."""
    if probability.ndim == 2:
        return Scores(wrong(probability, labels), label_nll(probability, labels))
    of_chips = [scores(chip, labels) for chip in probability]
    return Scores(np.stack([chip.wrong for chip in of_chips]), np.stack([chip.nll for chip in of_chips]))


@shown
@dataclass(frozen=True)
class Difference:
    """This network less the other, means over chips; intervals are 95 %.

    difference_low, difference_high, mcnemar_p: of these chips, any image (None where images differ). combined_low,
    combined_high: any chip, any image (None for one chip on the same images). nll_difference: in nats, with its
    interval for any chip and image (one chip: that chip; None with one image). equivalent, verdict:
    `crossbar_nsm.statistics.equivalence`, for any chip and image (one chip: that chip).
    """

    difference: float
    difference_low: float | None
    difference_high: float | None
    combined_low: float | None
    combined_high: float | None
    mcnemar_p: float | None
    nll_difference: float
    nll_difference_low: float | None
    nll_difference_high: float | None
    margin: float | None
    equivalent: bool | None
    verdict: str


def paired(here: Scores, there: Scores, margin: float | None = None) -> Difference:
    """On the same images; here with chips, there with the same ones or a reference without. margin: of error, a
    fraction."""
    of_error = paired_difference(here.wrong, there.wrong)
    delta = here.wrong.astype(float) - there.wrong
    nll = here.nll - there.nll
    error90, error95 = error_interval(delta, 0.9), error_interval(delta)
    nll_low, nll_high = combined_interval(nll) if nll.shape[1] > 1 else (None, None)
    return Difference(
        difference=of_error.difference,
        difference_low=of_error.low,
        difference_high=of_error.high,
        combined_low=error95[0] if len(delta) > 1 else None,
        combined_high=error95[1] if len(delta) > 1 else None,
        mcnemar_p=of_error.mcnemar_p,
        nll_difference=float(nll.mean()),
        nll_difference_low=nll_low,
        nll_difference_high=nll_high,
        margin=margin,
        **vars(equivalence(error90, error95, margin)),
    )


def unpaired(here: Scores, there: Scores, margin: float | None = None) -> Difference:
    """On different images, both with chips: two samples, combined intervals alone (with one chip on a side: of that
    chip)."""
    error_here, error_there = here.wrong.astype(float), there.wrong.astype(float)
    error90, error95 = (two_sample_error_interval(error_here, error_there, level) for level in (0.9, 0.95))
    several = min(here.nll.shape[1], there.nll.shape[1]) > 1
    nll_low, nll_high = two_sample_interval(here.nll, there.nll) if several else (None, None)
    return Difference(
        difference=float(error_here.mean() - error_there.mean()),
        difference_low=None,
        difference_high=None,
        combined_low=error95[0],
        combined_high=error95[1],
        mcnemar_p=None,
        nll_difference=float(here.nll.mean() - there.nll.mean()),
        nll_difference_low=nll_low,
        nll_difference_high=nll_high,
        margin=margin,
        **vars(equivalence(error90, error95, margin)),
    )
