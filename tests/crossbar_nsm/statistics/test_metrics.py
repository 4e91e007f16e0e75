"""Metrics against hand-counted examples and scipy."""

import numpy as np
import pytest
from scipy.stats import binomtest

from crossbar_nsm.statistics.intervals import wilson
from crossbar_nsm.statistics.metrics import capped_note, measure, reliability

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4]])
LABELS = np.array([0, 2, 2])


def test_by_hand():
    result = measure(P, LABELS)
    assert result.error == pytest.approx(1 / 3)
    assert result.nll == pytest.approx(-np.log([0.7, 0.3, 0.4]).mean())
    assert result.brier == pytest.approx(np.mean([0.09 + 0.04 + 0.01, 0.01 + 0.36 + 0.49, 0.09 + 0.09 + 0.36]))
    assert result.entropy == pytest.approx(np.mean([-(p * np.log(p)).sum() for p in P]))
    assert result.ece == pytest.approx((abs(0.7 - 1) + abs(0.6 - 0) + abs(0.4 - 1)) / 3)


def test_labels_without_probability_are_capped_and_counted():
    p = np.array([[1.0, 0.0], [1 - 1e-13, 1e-13], [1 - 1e-11, 1e-11], [0.5, 0.5]], np.float32)
    result = measure(p, np.ones(4, int))
    assert result.nll_capped == 2
    assert result.nll == pytest.approx((2 * 12 + 11) / 4 * np.log(10) + np.log(2) / 4)
    assert measure(p, np.zeros(4, int)).nll_capped == 0
    assert capped_note([0, 0.0], 4) == capped_note([], 4) == ""
    assert "up to 2 of 4 images give their label less than 1e-12, which counts as 27.6 nats" in capped_note([0, 2], 4)


def test_calibration_error_uses_fifteen_equal_bins_closed_above():
    confident = np.array([[1.0, 0.0]] * 3 + [[0.5, 0.5]] * 2)
    assert reliability(confident, np.array([0, 0, 1, 0, 1])).calibration_error == pytest.approx(3 / 5 * (1 / 3))
    same_bin = np.array([[0.91, 0.09], [0.93, 0.07]])  # both in (13/15, 14/15]
    assert reliability(same_bin, np.array([0, 1])).calibration_error == pytest.approx(0.92 - 0.5)


def test_reliability_has_mean_confidence_accuracy_and_count_of_every_bin():
    found = reliability(np.array([[0.91, 0.09], [0.93, 0.07], [0.5, 0.5]]), np.array([0, 1, 0]))
    assert found.count.tolist() == [0] * 7 + [1] + [0] * 5 + [2, 0]
    assert found.confidence[[7, 13]] == pytest.approx([0.5, 0.92])
    assert found.accuracy[[7, 13]] == pytest.approx([1.0, 0.5])
    assert np.isnan(found.accuracy[found.count == 0]).all()
    assert found.calibration_error == pytest.approx(0.5 / 3 + 2 / 3 * 0.42)


def test_a_confidence_on_an_edge_belongs_to_the_bin_below():
    """0.55 and 0.6 = 9/15 share the bin (8/15, 9/15], so their gaps are averaged before the absolute value."""
    edge = np.array([[0.6, 0.4], [0.55, 0.45]])
    assert reliability(edge, np.array([0, 1])).calibration_error == pytest.approx(0.575 - 0.5)


def test_certain_and_wrong_is_finite():
    result = measure(np.array([[1.0, 0.0]]), np.array([1]))
    assert np.isfinite(result.nll)
    assert result.entropy == 0


@pytest.mark.parametrize(("wrong", "images"), [(0, 10), (3, 200), (5, 5), (170, 10_000)])
def test_wilson_is_scipys(wrong, images):
    expected = binomtest(wrong, images).proportion_ci(method="wilson")
    assert wilson(wrong / images, images) == pytest.approx((expected.low, expected.high), abs=1e-12)
