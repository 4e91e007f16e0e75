"""Drift exponents fitted back, over cells, and what has no logarithm."""

import numpy as np
import pytest
from support.laws import check_rate, rejects

from device_models.errors import ConfigError
from device_models.fit import Trace
from device_models.fit.drift import fit_drift

NU, SPREAD = 0.05, 0.01


def traces(cells, seed, noise=0.01, start=1.0):
    rng = np.random.default_rng(seed)
    times = np.geomspace(start, 1e4, 25)
    nus = NU + SPREAD * rng.standard_normal(cells)
    return [
        Trace(str(k), times, 2e-5 * times**-nu * np.exp(noise * rng.standard_normal(25)), "d.csv", "d.csv:2")
        for k, nu in enumerate(nus)
    ]


def test_intervals_hold_the_truth():
    held = np.zeros(2)
    for seed in range(300):
        fit = fit_drift(traces(8, seed))
        held += [fit.exponent_mean.holds(NU), fit.exponent_sd.holds(SPREAD)]
    for count in held:
        check_rate(count, 300, 0.95)
        rejects(check_rate, count, 300, 0.85)


def test_one_cell_and_its_reference():
    fit = fit_drift(traces(1, 1, start=10.0))
    (cell,) = fit.cells
    assert fit.reference_time_s == 10.0
    assert fit.exponent_sd is None
    assert cell.exponent == fit.exponent_mean
    assert np.isclose(cell.g_reference_s.value, cell.fitted_s[0])
    assert cell.r_squared > 0.9
    assert np.isclose(cell.residual_sd, 0.01, rtol=0.5)
    assert fit.goodness_p > 1e-3


def test_residuals_that_bend_are_seen():
    times = np.geomspace(1, 1e4, 400)
    bent = 2e-5 * times**-0.05 * np.exp(np.where(np.arange(400) % 20, 0.001, 0.5))
    assert fit_drift([Trace("a", times, bent, "d.csv", "d.csv:2")]).goodness_p < 1e-6


def test_rising_conductance_is_told():
    up = [Trace(t.cell, t.time_s, 1 / t.g_s, t.file, t.place) for t in traces(3, 2)]
    assert "conductance rises" in fit_drift(up).warnings[0]


@pytest.mark.parametrize(
    ("times", "g", "message"),
    [
        ([1, 100], [1, 2], "has 2 times; drift needs 3 at least"),
        ([0, 1, 100], [1, 2, 3], "begins at 0 s; times since programming must be above 0: delete the row"),
        ([1, 10, 100], [1, 2, 0], "falls to 0 S; drift needs conductances above 0"),
    ],
)
def test_refusals(times, g, message):
    with pytest.raises(ConfigError) as caught:
        fit_drift([Trace("a", np.array(times, float), np.array(g, float), "d.csv", "d.csv:2")])
    assert str(caught.value).startswith("d.csv:2: ")
    assert message in str(caught.value)
