"""The noise law over cells: exponents fitted back, chi-square, intervals."""

import numpy as np
import pytest
from scipy.special import ndtr
from support.cells.populations import cell_fit
from support.cells.traces import as_trace
from support.laws import check_rate, rejects

from device_models.fit.across_cells.programming_shape import table_moments
from device_models.fit.across_cells.read_noise import fit_read_noise
from device_models.fit.across_cells.read_noise_shape import fit_shape
from device_models.fit.interval import around
from device_models.fit.one_cell.levels import fit_trace
from device_models.fit.one_cell.trace_fit import Trend

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
    assert np.all(fit.noise_log_se[2] > 0.999 * fit.noise_log_se[:2])


def test_a_law_that_is_rejected_becomes_a_table():
    """Three cells are three points; of many the means of like conductances, and only where no line does as well."""
    levels, sds = (5e-6, 50e-6, 100e-6), (0.20e-6, 0.30e-6, 0.29e-6)
    three = fit_read_noise([cell_fit(g, sd, 20_000) for g, sd in zip(levels, sds, strict=True)], G_MAX)
    assert np.allclose(three.table.conductance_s, levels)
    assert np.allclose(three.sd_s(np.array(levels)), sds)
    assert np.isclose(three.sd_s(np.array([200e-6]))[0], 2 * sds[2])
    assert "the preset has a table of them" in three.warnings[0]
    rng = np.random.default_rng(0)
    many = np.geomspace(5e-6, 100e-6, 40)
    bump = 0.02 * many * np.where((many > 15e-6) & (many < 40e-6), 3, 1) * np.exp(0.05 * rng.standard_normal(40))
    fit = fit_read_noise([cell_fit(g, sd, 20_000) for g, sd in zip(many, bump, strict=True)], G_MAX)
    assert np.isclose(fit.sd_s(np.array([25e-6]))[0], 0.06 * 25e-6, rtol=0.15)
    assert fit.table.scatter.value < 0.5
    line = 0.02 * many * (many / G_MAX) ** -0.5 * np.exp(0.2 * rng.standard_normal(40))
    assert fit_read_noise([cell_fit(g, sd, 20_000) for g, sd in zip(many, line, strict=True)], G_MAX).table is None


def shaped(draw, seed, n=5000, g=50e-6):
    """Three cells of this shape, variance 1 by `draw(rng, n)`."""
    fits = []
    for k, level in enumerate((g / 2, g, 2 * g)):
        noise = draw(np.random.default_rng([seed, k]), n)
        fits.append(cell_fit(level, 0.01 * level, n, g_s=level * (1 + 0.01 * noise)))
    return fit_shape(fits)


def test_shape_of_the_noise():
    def normal(rng, n):
        return rng.standard_normal(n)

    def laplace(rng, n):
        return rng.laplace(size=n) / np.sqrt(2)

    def skew(rng, n):
        return rng.exponential(size=n) - 1

    names = [shaped(draw, seed).name for draw in (normal, laplace) for seed in range(20)]
    assert names.count("normal") == names.count("laplace") == 20
    found = shaped(skew, 0)
    assert found.name == "quantiles"
    exact = -np.log1p(-ndtr(found.normal_score)) - 1
    inner = np.abs(found.normal_score) < 2.2
    assert np.allclose(found.value[inner], exact[inner], atol=0.15)
    assert found.p is None
    mean, sd = table_moments(found.normal_score, found.value)
    assert np.allclose([mean, sd], [0, 1], atol=1e-6)
    assert shaped(normal, 0, n=50) is None
    assert np.isclose(shaped(laplace, 1).excess_kurtosis, 3, rtol=0.3)


def test_slow_traces_do_not_tell_the_shape():
    wave = 50e-6 * (1 + 0.05 * np.sin(np.arange(2000) / 50))
    assert fit_shape([cell_fit(50e-6, 1e-7, g_s=wave)]) is None


def test_noise_of_cells_that_drift_is_over_their_mean():
    """1 % of a conductance that falls from 50 to 20 uS; its level is that at the first read."""
    g_s = np.linspace(50e-6, 20e-6, 2000)
    drifting = cell_fit(50e-6, 0.01 * 35e-6, g_s=g_s, fitted_s=g_s, trend=Trend("drift", around(0.1, 0.01, "1"), 1.0))
    assert np.isclose(fit_read_noise([drifting], G_MAX).relative_sd.value, 0.01)


def few_reads(step_share, seed, cells=24, n=11):
    """Cells of few reads, a step of their random walk beside 10 % fresh noise over the sd of that."""
    rng = np.random.default_rng(seed)
    levels = np.geomspace(1e-9, 9e-8, cells)
    fits = []
    for k, level in enumerate(levels):
        walk = np.cumsum(rng.standard_normal(n)) * step_share
        fits.append(fit_trace(as_trace(level * (1 + 0.1 * (walk + rng.standard_normal(n))), cell=str(k))))
    return fit_read_noise(fits, 9e-8)


def told_alike(fit):
    return any("successive ones are alike" in note for note in fit.warnings)


def test_few_reads_that_wander_are_told_from_fresh_ones():
    """Told for fresh noise once in 700; by all cells together, as few reads of a cell tell little."""
    assert sum(told_alike(few_reads(0.0, seed)) for seed in range(10)) == 0
    wandering = few_reads(1.0, 0)
    assert told_alike(wandering)
    note = next(note for note in wandering.warnings if "alike" in note)
    assert "of 24 cells with fewer than 50 reads" in note
    assert told_alike(few_reads(3.0, 0, cells=1, n=40))
    assert not told_alike(few_reads(3.0, 0, cells=1, n=60))
