"""Means over chips, by hand."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from crossbar_nsm.statistics.metrics import measure
from crossbar_nsm.statistics.over_chips import OverChips, metrics_over_chips, pooled_reliability

CHIPS = np.random.default_rng(3).normal(0.02, 0.003, 6)


def test_interval_is_that_of_students_test():
    of = OverChips(CHIPS)
    expected = ttest_1samp(CHIPS, 0).confidence_interval(0.95)
    assert of.interval() == pytest.approx((expected.low, expected.high))
    assert (of.mean, of.sd, of.se) == pytest.approx((CHIPS.mean(), CHIPS.std(ddof=1), CHIPS.std(ddof=1) / 6**0.5))
    low, high = of.interval(0.9)
    assert expected.low < low < high < expected.high


def test_one_chip_does_not_say_what_others_would_have():
    of = OverChips(CHIPS[:1])
    assert (of.sd, of.se, of.interval()) == (None, None, None)


def test_differences_are_chip_by_chip():
    shared = np.array([0.0, 1.0, 5.0])
    assert (OverChips(shared + 0.5) - OverChips(shared)).sd == 0


def test_metrics_and_reliability_are_of_every_chip():
    rng = np.random.default_rng(0)
    probability, labels = rng.dirichlet(np.ones(4), (3, 50)).astype(np.float32), rng.integers(0, 4, 50)
    of_chips = metrics_over_chips(probability, labels)
    assert of_chips["nll"].chips.tolist() == [measure(chip, labels).nll for chip in probability]
    pooled = pooled_reliability(probability, labels)
    assert pooled.count.sum() == 150
    low, high = pooled.accuracy_interval
    used = pooled.count > 0
    assert (low[used] <= pooled.accuracy[used] + 1e-12).all()
    assert (pooled.accuracy[used] <= high[used] + 1e-12).all()
    assert np.isnan(low[~used]).all()
