"""The noise law over cells: exponents fitted back, chi-square, intervals."""

import numpy as np
import pytest
from support.cells.traces import as_trace
from support.laws import check_rate, rejects

from device_models.fit.across_cells.read_noise import fit_read_noise
from device_models.fit.one_cell.levels import fit_trace

G_MAX = 100e-6


def cells(exponent, seed, levels=(10e-6, 20e-6, 40e-6, 80e-6), n=49, spread=0.0):
    """Short traces (below the search for telegraph noise, so that many are cheap) of sd 5 % G (G/g_max)^exponent."""
    rng = np.random.default_rng(seed)
    fits = []
    for k, g in enumerate(levels):
        sd = 0.05 * g * (g / G_MAX) ** exponent * np.exp(spread * rng.standard_normal())
        fits.append(fit_trace(as_trace(g + sd * rng.standard_normal(n), cell=str(k))))
    return fits


@pytest.mark.parametrize("exponent", [-1.0, -0.5, 0.0])
def test_intervals_of_the_law_hold_the_truth(exponent):
    held = np.zeros(2)
    for seed in range(100):
        fit = fit_read_noise(cells(exponent, seed), G_MAX)
        held += [fit.relative_sd.holds(0.05), fit.exponent.holds(exponent)]
    for count in held:
        check_rate(count, 100, 0.95)
        rejects(check_rate, count, 100, 0.7)


def test_a_wrong_exponent_is_excluded():
    fit = fit_read_noise(cells(-0.5, 1, n=2000), G_MAX)
    assert fit.exponent.holds(-0.5)
    assert not fit.exponent.holds(-0.4)
    assert fit.goodness_p > 0.05
    assert np.isclose(fit.sd_s(G_MAX), 0.05 * G_MAX, rtol=0.1)
    assert np.allclose(fit.sd_s(fit.level_s), fit.noise_s, rtol=0.1)


@pytest.mark.parametrize("levels", [(50e-6,), (20e-6, 80e-6), (50e-6, 60e-6, 70e-6)])
def test_few_cells_or_a_narrow_span_give_a_relative_sd(levels):
    fit = fit_read_noise(cells(0.0, 1, levels), G_MAX)
    assert fit.exponent is None
    assert fit.relative_sd.holds(0.05)
    assert (fit.goodness_p is None) == (len(levels) == 1)


def test_cells_that_differ_widen_the_intervals_and_are_told():
    same, different = (fit_read_noise(cells(0.0, 3, n=2000, spread=spread), G_MAX) for spread in (0.0, 0.4))
    assert different.goodness_p < 1e-3
    assert different.relative_sd.half_width > 3 * same.relative_sd.half_width
    assert any("cells differ" in line for line in different.warnings)
    assert same.warnings == ()


def test_unlike_intervals_are_told():
    rng = np.random.default_rng(0)
    fits = [fit_trace(as_trace(5e-5 + 1e-6 * rng.standard_normal(40), dt)) for dt in (1e-3, 2e-3)]
    assert "sampled every 1 ms to 2 ms" in fit_read_noise(fits, G_MAX).warnings[0]


def test_slow_noise_does_not_become_read_noise():
    """Three cells of 2 % fresh noise, one of them on a slow wave, which makes its error no smaller."""
    rng = np.random.default_rng(2)
    white = [1 + 0.02 * rng.standard_normal(2000) for _ in range(3)]
    white[2] += 0.05 * np.sin(np.arange(2000) * 2 * np.pi / 1000)
    fit = fit_read_noise([fit_trace(as_trace(5e-5 * y, cell=str(k))) for k, y in enumerate(white)], G_MAX)
    assert fit.goodness_p > 1e-3
    assert fit.relative_sd.holds(0.02)
    assert np.all(fit.noise_log_se[2] > 0.99 * fit.noise_log_se[:2])
