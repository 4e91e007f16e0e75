"""Equivalence and combined intervals on simulated chips; what a comparison says, number by number."""

import numpy as np
import pytest

from crossbar_nsm.statistics.difference import Scores, paired, scores, unpaired
from crossbar_nsm.statistics.equivalence import equivalence
from crossbar_nsm.statistics.intervals import error_interval, image_interval, two_sample_error_interval
from crossbar_nsm.statistics.metrics import label_nll, wrong

MARGIN = 0.005
TRIALS = 900


def differences(rng, chips, images, mean, other=0.005, chip_sd=0.0, common=0.5):
    """Differences of error (chips, images) to a reference that errs on a fraction `other` of images; `mean` over many
    chips, `chip_sd` the spread of their errors; a share `common` of chips' draws is one that all have in common."""
    error = np.clip(mean + other + chip_sd * rng.normal(size=(chips, 1)), 0, 1)
    shared = rng.random((chips, images)) < common
    draws = np.where(shared, rng.random(images), rng.random((chips, images)))
    return (draws < error).astype(float) - (rng.random(images) < other)


def rate(interval_of, chips, images, mean, **others):
    """How often the 90 % interval lies within the margin."""
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(TRIALS if chips == 1 else TRIALS // 3):
        low, high = interval_of(differences(rng, chips, images, mean, **others), 0.9)
        found += low > -MARGIN and high < MARGIN
    return found / (TRIALS if chips == 1 else TRIALS // 3)


@pytest.mark.parametrize(
    ("chips", "images", "others"),
    [
        (1, 800, {"other": 0.0}),  # differences all of one sign: few and skewed
        (1, 2000, {"other": 0.0}),
        (1, 5000, {"other": 0.002}),
        (1, 5000, {"other": 0.01}),
        (5, 2000, {"other": 0.002, "common": 0.9}),
        (5, 2000, {"chip_sd": 0.004}),
        (2, 2000, {"chip_sd": 0.001, "common": 1.0}),
        (3, 2000, {"other": 0.0, "common": 0.0}),
    ],
)
def test_equivalence_at_the_edge_of_the_margin_is_claimed_in_5_per_cent_at_most(chips, images, others):
    """Binomial sd 0.7 % (several chips 1.3 %): 7.2 % (9 %) fails a right test in one of 1,000."""
    assert rate(error_interval, chips, images, MARGIN, **others) <= (0.072 if chips == 1 else 0.09)


def test_the_plain_normal_interval_claims_it_too_often():
    """Negative control: no correction of few differences, and no spread over chips."""

    def normal(delta, _level):
        half = 1.645 * delta.mean(axis=0).std(ddof=1) / np.sqrt(delta.shape[1])
        return delta.mean() - half, delta.mean() + half

    assert rate(normal, 1, 300, MARGIN, other=0.0) > 0.15
    assert rate(normal, 5, 8000, MARGIN, chip_sd=0.004) > 0.1


def test_equal_networks_are_found_equivalent():
    assert rate(error_interval, 1, 5000, 0.0, other=0.003) > 0.95
    assert rate(error_interval, 5, 5000, 0.0, other=0.005) > 0.9
    assert rate(error_interval, 3, 5000, 0.0, other=0.003) > 0.9
    assert rate(error_interval, 1, 200, 0.0, other=0.003) == 0  # too few images to know


def test_combined_intervals_cover_any_chip():
    """95 %, at least: binomial sd 1 %. Intervals over images hold for these chips and miss the others (negative
    control)."""
    rng = np.random.default_rng(12)
    combined = of_these = 0
    for _ in range(500):
        delta = differences(rng, 5, 2000, 0.02, chip_sd=0.01)
        for_any, for_these = error_interval(delta), image_interval(delta)
        combined += for_any[0] < 0.02 < for_any[1]
        of_these += for_these[0] < 0.02 < for_these[1]
    assert combined >= 0.92 * 500
    assert of_these < 0.85 * 500


def test_two_samples_cover():
    rng = np.random.default_rng(13)
    inside = edge = 0
    for _ in range(600):
        here, there = ((rng.random((1, size)) < error).astype(float) for size, error in ((900, 0.025), (700, 0.02)))
        low, high = two_sample_error_interval(here, there)
        inside += low < 0.005 < high
        edge += two_sample_error_interval(here, there, 0.9)[1] < 0.005
    assert inside >= 0.93 * 600
    assert edge <= 0.08 * 600


@pytest.mark.parametrize(
    ("interval90", "interval95", "margin", "equivalent", "verdict"),
    [
        ((-0.004, 0.004), (-0.006, 0.006), 0.005, True, "equivalent within 0.5 points"),
        ((-0.004, 0.004), (-0.006, 0.006), 0.01, True, "equivalent within 1 point"),
        ((0.001, 0.004), (0.0005, 0.0045), 0.005, True, "equivalent within 0.5 points"),  # different, and as good
        ((-0.004, 0.005), (-0.006, 0.006), 0.005, False, "undecided"),
        ((-0.01, 0.004), (-0.02, 0.006), 0.005, False, "undecided"),
        ((0.002, 0.008), (0.001, 0.009), 0.005, False, "worse"),
        ((-0.03, -0.02), (-0.04, -0.01), 0.005, False, "better"),
        ((-0.004, 0.004), (-0.006, 0.006), None, None, "undecided"),
        ((0.002, 0.004), (0.001, 0.006), None, None, "worse"),
    ],
)
def test_verdicts(interval90, interval95, margin, equivalent, verdict):
    result = equivalence(interval90, interval95, margin)
    assert (result.equivalent, result.verdict) == (equivalent, verdict)


def simulated(rng, chips, images):
    probability = rng.dirichlet(np.ones(3), size=(chips, images)).astype(np.float32)
    return probability, rng.integers(3, size=images)


def test_a_paired_difference_number_by_number():
    rng = np.random.default_rng(14)
    probability, labels = simulated(rng, 3, 50)
    reference = simulated(rng, 1, 50)[0][0]
    here, there = scores(probability, labels), scores(reference, labels)
    assert here.wrong.shape == here.nll.shape == (3, 50)
    result = paired(here, there, 0.1)
    assert result.difference == pytest.approx(
        np.mean([wrong(chip, labels).mean() for chip in probability]) - wrong(reference, labels).mean()
    )
    nll = np.stack([label_nll(chip, labels) for chip in probability]) - label_nll(reference, labels)
    assert result.nll_difference == pytest.approx(nll.mean())
    assert result.nll_difference_low < nll.mean() < result.nll_difference_high
    assert result.combined_low < result.difference_low < result.difference < result.difference_high
    assert result.margin == 0.1
    one = paired(Scores(here.wrong[:1], here.nll[:1]), there)
    assert one.combined_low is one.combined_high is one.margin is one.equivalent is None
    assert (
        paired(Scores(here.wrong[:1, :1], here.nll[:1, :1]), scores(reference[:1], labels[:1])).nll_difference_low
        is None
    )


def test_an_unpaired_difference():
    rng = np.random.default_rng(15)
    here, there = scores(*simulated(rng, 3, 50)), scores(*simulated(rng, 2, 80))
    result = unpaired(here, there, 0.1)
    assert result.difference == pytest.approx(here.wrong.mean() - there.wrong.mean())
    assert result.nll_difference == pytest.approx(here.nll.mean() - there.nll.mean())
    assert result.combined_low < result.difference < result.combined_high
    assert result.difference_low is result.mcnemar_p is None
    assert paired(here, here).verdict == "undecided"
