"""Coverage of intervals over chips and images, on simulated chips that differ."""

import numpy as np
import pytest

from crossbar_nsm.statistics.intervals import combined_interval, error_interval, mean_interval, ratio_interval

TRIALS, CHIPS, IMAGES = 400, 5, 200


def simulated(rng, mean, chip_sd, image_sd=1.0, chips=CHIPS, images=IMAGES):
    """Values (chips, images): a part of the chip, one of the image that all chips share, and one of their own."""
    of_chips, of_images = chip_sd * rng.normal(size=(chips, 1)), image_sd * rng.normal(size=(1, images))
    return mean + of_chips + of_images + 0.5 * rng.normal(size=(chips, images))


def test_mean_intervals_cover_95_per_cent():
    """Binomial sd of the coverage 1.1 %: where chips decide 95 %, where images do at least that; intervals over images
    alone would miss (negative control)."""
    for chip_sd, image_sd in ((0.3, 0.3), (0.02, 1.0)):
        rng = np.random.default_rng(1)
        inside = alone = 0
        for _ in range(TRIALS):
            values = simulated(rng, 2.0, chip_sd, image_sd)
            low, high = mean_interval(values)
            inside += low < 2.0 < high
            per_image = values.mean(axis=0)
            alone += abs(per_image.mean() - 2.0) < 1.96 * per_image.std(ddof=1) / np.sqrt(IMAGES)
        assert inside >= 0.92 * TRIALS
        if chip_sd > 0.1:
            assert inside <= 0.98 * TRIALS
            assert alone < 0.7 * TRIALS


@pytest.mark.parametrize("chips", [2, 5])
@pytest.mark.parametrize("image_sd", [0.3, 2.0, 6.0, 40.0])
def test_combined_intervals_cover_whichever_part_decides(chips, image_sd):
    """At least 90 %: binomial sd 0.7 %. Where images decide they are no wider than need be."""
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(5 * TRIALS):
        values = simulated(rng, 0.0, 0.3, image_sd, chips, images=50)
        low, high = combined_interval(values, 0.9)
        inside += low < 0 < high
    assert inside >= 0.88 * 5 * TRIALS
    low, high = combined_interval(values, 0.9)
    wide_low, wide_high = mean_interval(values, 0.9)
    if image_sd == 40.0:
        assert inside <= 0.92 * 5 * TRIALS
        assert high - low < 0.8 * (wide_high - wide_low)


def test_ratio_intervals_cover_and_bound():
    rng = np.random.default_rng(2)
    inside = below = 0
    for _ in range(TRIALS):
        above, under = simulated(rng, 1.0, 0.1), simulated(rng, 4.0, 0.3)
        low, high = ratio_interval(above, under)
        inside += low < 0.25 < high
        below += ratio_interval(above, under, level=0.9)[1] > 0.25
    assert 0.92 * TRIALS <= inside <= 0.99 * TRIALS
    assert 0.92 * TRIALS <= below <= 0.99 * TRIALS


def test_a_ratio_to_nothing_is_unbounded():
    rng = np.random.default_rng(3)
    assert ratio_interval(simulated(rng, 1.0, 0.1), simulated(rng, 0.0, 0.3)) == (-np.inf, np.inf)


def test_one_chip_has_the_interval_of_its_images():
    values = np.random.default_rng(4).normal(size=(1, 500))
    low, high = mean_interval(values)
    assert np.isclose((high - low) / 2, 1.96 * values.std(ddof=1) / np.sqrt(500), rtol=1e-3)


def test_differences_of_errors_stay_within_one():
    values = np.zeros((2, 8))
    values[0] = 1.0
    assert error_interval(values) == (-1.0, 1.0)
    assert error_interval(-values) == (-1.0, 1.0)
