"""Slow noise over cells: amplitude against conductance, exponent, spread, and the variance that is carried."""

from dataclasses import replace

import numpy as np
from support.cells.populations import cell_fit, slow
from support.laws import check_rate, rejects

from device_models.fit.across_cells.slow_noise import fit_slow_noise
from device_models.fit.interval import around
from device_models.fit.one_cell.trace_fit import LevelStep, Trend

G_MAX = 100e-6


def cells(n, seed, exponent=-0.5, spread=0.3, gamma_sd=0.1, without=0):
    """A = 1 % G (G / g_max)^exponent times a log-normal factor, measured to 5 %; gamma 1.1."""
    rng = np.random.default_rng(seed)
    fits = []
    for k, level in enumerate(np.geomspace(5e-6, 100e-6, n)):
        factor = np.exp(spread * rng.standard_normal() + 0.05 * rng.standard_normal())
        gamma = 1.1 + np.hypot(gamma_sd, 0.05) * rng.standard_normal()
        noise = slow(0.01 * level * (level / G_MAX) ** exponent * factor, gamma)
        fits.append(cell_fit(level, 1e-3 * level, 200, slow=None if k < without else noise))
    return fits


def test_intervals_hold_the_truth():
    held = np.zeros(4)
    for seed in range(200):
        fit = fit_slow_noise(cells(12, seed, gamma_sd=0.0), G_MAX)
        held += [
            fit.coefficient.holds(0.01),
            fit.exponent.holds(-0.5),
            fit.spread.holds(0.3),
            fit.spectral_exponent.holds(1.1),
        ]
    for count in held:
        check_rate(count, 200, 0.95)
        rejects(check_rate, count, 200, 0.7)


def test_a_wrong_law_is_excluded():
    fit = fit_slow_noise(cells(100, 1, exponent=-1.0), G_MAX)
    assert fit.exponent.holds(-1.0)
    assert not fit.exponent.holds(-0.8)
    assert np.isclose(fit.exponent_sd.value, 0.1, rtol=0.3)
    assert np.allclose(fit.at(fit.level_s), 0.01 * G_MAX, rtol=0.15)


def variance(amplitude_s, gamma, fit):
    f = np.geomspace(1 / (fit.samples * fit.interval_s), 1 / (2 * fit.interval_s), 20_001)
    return np.trapezoid(amplitude_s**2 * f**-gamma, f)


def test_the_variance_of_every_cell_is_carried():
    """Three cells of unlike exponents, each a point of the table: the common exponent keeps their variances."""
    fits = [
        cell_fit(level, 1e-8, slow=slow(amplitude, gamma))
        for level, amplitude, gamma in ((5e-6, 4e-7, 0.9), (40e-6, 3e-7, 1.3), (100e-6, 1e-7, 1.6))
    ]
    fit = fit_slow_noise(fits, G_MAX)
    assert len(fit.table.conductance_s) == 3
    assert fit.spread is None
    for one, made in zip(fits, fit.at(np.array([5e-6, 40e-6, 100e-6])), strict=True):
        own = variance(one.slow.amplitude_s.value, one.slow.exponent.value, one)
        assert np.isclose(variance(made, fit.spectral_exponent.value, one), own, rtol=1e-3)
    assert any("spectral exponents differ" in line for line in fit.warnings)


def test_cells_without_slow_noise_count():
    few, all_ = (fit_slow_noise(cells(40, 2, exponent=0.0, spread=0.0, without=n), G_MAX) for n in (20, 0))
    assert few.share == 0.5
    assert np.isclose(few.coefficient.value / all_.coefficient.value, np.sqrt(0.5), rtol=0.05)
    assert "in 20 of 40 cells" in few.warnings[0]
    assert fit_slow_noise(cells(4, 2, without=4), G_MAX) is None


def test_a_bend_becomes_a_table_and_a_line_stays_one():
    bent = [
        cell_fit(level, 1e-3 * level, 200, slow=slow(0.01 * level * (1 if level < 30e-6 else 0.2), 1.0))
        for level in np.geomspace(5e-6, 100e-6, 32)
    ]
    fit = fit_slow_noise(bent, G_MAX)
    assert fit.table is not None
    assert np.isclose(fit.at(np.array([10e-6]))[0], 0.01 * 10e-6, rtol=0.1)
    assert np.isclose(fit.at(np.array([80e-6]))[0], 0.002 * 80e-6, rtol=0.1)
    assert fit_slow_noise(cells(32, 3), G_MAX).table is None


def test_one_cell_and_what_no_law_explains():
    fit = fit_slow_noise([cell_fit(50e-6, 1e-7, slow=slow(1e-6, 1.5), unexplained="bursts")], G_MAX)
    assert fit.exponent is None
    assert np.isclose(fit.coefficient.value, 0.02)
    assert fit.spread is None
    assert any("follows no law that was tried" in line for line in fit.warnings)
    assert any("still rises below 0.5 Hz" in line for line in fit.warnings)


def drifted(gamma=1.0, seed=0, n=4096):
    """1/f noise of sd 0.2 uS or so with a rise by 3 uS, every ms."""
    rng = np.random.default_rng(seed)
    f = np.fft.rfftfreq(n, 1e-3)
    f[0] = np.inf
    z = (rng.standard_normal(len(f)) + 1j * rng.standard_normal(len(f))) * f ** (-gamma / 2)
    slow_part = np.fft.irfft(z, n)
    g = 50e-6 + 0.2e-6 * slow_part / slow_part.std() + 3e-6 * (np.arange(n) > n / 2) + 0.02e-6 * rng.standard_normal(n)
    sd = float(g.std())
    trend = Trend("drift", around(0.1, 0.01, "1"), 1.0)
    made = {"g_s": g, "total_sd_s": sd, "trend": trend, "slow": slow(0.06e-6, gamma)}
    return cell_fit(50e-6, 0.02e-6, n, **made)


def test_trends_are_carried_as_slow_noise():
    """All variance of a trace with a trend, which its slow noise beside the trend has a hundredth of."""
    one = drifted()
    assert variance(one.slow.amplitude_s.value, 1.0, one) < 0.02 * one.total_sd_s**2
    fit = fit_slow_noise([one], G_MAX)
    made = variance(fit.at(np.array([50e-6]))[0], fit.spectral_exponent.value, one)
    assert np.isclose(made, one.total_sd_s**2 - one.noise_s.value**2, rtol=1e-3)
    assert fit.wandering == 1
    assert any("the level drifts" in line for line in fit.warnings)
    assert fit_slow_noise([one], G_MAX, {one.cell}).wandering == 0


def test_steps_are_none_of_the_slow_noise():
    """They are slow traps (`jumps`): the slow noise is that beside them."""
    one = replace(drifted(), trend=None, steps=(LevelStep(2.0, around(3e-6, 1e-8, "S")),))
    fit = fit_slow_noise([one], G_MAX)
    assert fit.wandering == 0
    assert np.isclose(fit.at(np.array([50e-6]))[0], one.slow.amplitude_s.value)
