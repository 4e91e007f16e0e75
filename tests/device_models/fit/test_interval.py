"""Intervals against exact ones, the delta method against a closed form, the spread over cells by coverage."""

import numpy as np
from support.laws import check_rate, rejects

from device_models.fit.interval import Estimate, Z, around, delta_se, estimate, over_cells, plain


def test_delta_method_of_a_ratio():
    """Var(a/b) = (a/b)^2 (Va/a^2 + Vb/b^2 - 2 Cab/(ab)) to first order."""
    x, c = np.array([3.0, 2.0]), np.array([[0.04, 0.01], [0.01, 0.09]])
    expected = 1.5 * np.sqrt(0.04 / 9 + 0.09 / 4 - 2 * 0.01 / 6)
    assert np.isclose(delta_se(lambda p: p[0] / p[1], x, c), expected, rtol=1e-6)


def test_scales_keep_intervals_inside_their_range():
    cov = np.array([[0.25]])
    low = estimate(lambda p: float(p[0]), np.array([0.5]), cov, "s", "log")
    assert low.low > 0
    assert np.isclose(low.low * low.high, 0.25)
    q = estimate(lambda p: float(p[0]), np.array([0.9]), cov, "1", "logit")
    assert 0 < q.low < 0.9 < q.high < 1
    assert np.isclose(around(1.0, 0.1).half_width, Z * 0.1)


def test_spread_over_cells_holds_the_truth_and_takes_errors_off():
    """2,000 sets of 12 cells: spread 1, each value with an error of sd 1; 95 % intervals hold either truth."""
    rng = np.random.default_rng(1)
    means, spreads, squares = 0, 0, []
    for _ in range(2000):
        mean, sd = over_cells(5 + rng.standard_normal(12) + rng.standard_normal(12), np.ones(12))
        means += mean.holds(5.0)
        spreads += sd.holds(1.0)
        squares.append(sd.value)
    check_rate(means, 2000, 0.95)
    check_rate(spreads, 2000, 0.95)
    rejects(check_rate, means, 2000, 0.90)
    assert 0.85 < np.mean(squares) < 1.05


def test_plain_leaves_arrays_out_and_writes_what_json_can_hold():
    assert plain(Estimate(1.0, float("-inf"), 2.0)) == {"value": 1.0, "low": None, "high": 2.0, "unit": ""}
    assert plain({1.5: (np.float64(2.0), np.int64(3))}) == {"1.5": [2.0, 3]}
