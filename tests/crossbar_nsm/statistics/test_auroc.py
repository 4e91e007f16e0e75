"""The area under the curve against counted pairs, its interval against its law."""

import numpy as np
import pytest
from scipy.stats import binomtest, norm
from support.laws import FALSE_ALARM

from crossbar_nsm.statistics.auroc import auroc


def test_area_is_the_share_of_pairs_with_ties_by_half():
    own, other = np.array([[0.1, 0.4, 0.4, 0.8]]), np.array([[0.4, 0.9, 0.2]])
    difference = other[0][:, None] - own[0]
    assert auroc(own, other).value == pytest.approx(np.mean((difference > 0) + 0.5 * (difference == 0)))


def test_all_and_nothing_and_no_difference():
    low, high = np.array([[0.0, 1.0]]), np.array([[2.0, 3.0]])
    assert auroc(low, high).value == 1
    assert auroc(high, low).value == 0
    same = auroc(np.zeros((1, 5)), np.zeros((1, 7)))
    assert (same.value, same.low, same.high) == (0.5, 0.5, 0.5)


def test_chips_are_averaged_and_their_number_does_not_narrow_the_interval():
    rng = np.random.default_rng(0)
    own, other = rng.normal(size=(1, 80)), rng.normal(0.7, 1, (1, 60))
    one = auroc(own, other)
    four = auroc(np.repeat(own, 4, axis=0), np.repeat(other, 4, axis=0))
    assert (four.value, four.low, four.high) == pytest.approx((one.value, one.low, one.high))


def coverage(truth, trials=1000):
    """How many of `trials` intervals hold `truth`; normal scores, the other set's 1 sd higher."""
    rng = np.random.default_rng(1)
    found = [auroc(rng.normal(size=(1, 60)), rng.normal(1, 1, (1, 40))) for _ in range(trials)]
    return sum(area.low <= truth <= area.high for area in found)


def test_the_interval_holds_the_area_in_95_of_100():
    """Within 1.5 points of 95 % (an asymptotic interval), false alarm 1e-6; a wrong area is the negative control."""
    held = coverage(norm.cdf(1 / np.sqrt(2)))
    assert binomtest(held, 1000, 0.935, alternative="less").pvalue > FALSE_ALARM
    assert binomtest(held, 1000, 0.965, alternative="greater").pvalue > FALSE_ALARM
    assert binomtest(coverage(0.68), 1000, 0.935, alternative="less").pvalue < FALSE_ALARM
