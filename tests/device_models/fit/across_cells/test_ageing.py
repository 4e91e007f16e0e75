"""Drift, relaxation with ln t or a table of quantiles: the right one of many cells at few times, and its numbers."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri
from support.laws import check_rate, rejects

from device_models.errors import ConfigError
from device_models.fit import Trace
from device_models.fit.across_cells.ageing import fit_ageing
from device_models.fit.across_cells.common_times import common_times
from device_models.fit.across_cells.marginal_laws import drift_law, relaxation_law
from device_models.fit.across_cells.relaxation_table import percentiles, predicted, quantile_table

TIMES = np.array([1.0, 10.0, 100.0, 1e3, 1e4])
MEAN, AT_1S, PER_LN = -0.1e-6, 0.3e-6, 0.1e-6


def as_traces(time_s, g_s):
    return [
        Trace(f"c{k}", time_s[seen], row[seen], "r.csv", "r.csv:2")
        for k, row in enumerate(g_s)
        for seen in [np.isfinite(row)]
    ]


def drifting(cells, seed):
    rng = np.random.default_rng(seed)
    nu = 0.05 + 0.01 * rng.standard_normal((cells, 1))
    g = 10 ** rng.uniform(-5, -4, (cells, 1)) * TIMES**-nu
    return as_traces(TIMES, g * np.exp(0.01 * rng.standard_normal(g.shape)))


def relaxing(cells, seed):
    """By the law of ln t, with a read at 0 s."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(20e-6, 100e-6, (cells, 1))
    change = MEAN * np.log(TIMES) + (AT_1S + PER_LN * np.log(TIMES)) * rng.standard_normal((cells, 1))
    return as_traces(np.append(0, TIMES), np.hstack([start, start + change]))


def width(g_s):
    """Of the heavy law: falls from 10 to 1 % between 10 and 100 uS."""
    return 0.1 * (g_s / 10e-6) ** -1.0


def heavy(cells, seed, times=TIMES):
    """ln G changes by a Laplace law whose width rises with ln t and falls with G; a cell has a new draw each time."""
    rng = np.random.default_rng(seed)
    start = 10 ** rng.uniform(-5, -4, (cells, 1))
    change = width(start) * (1 + 0.2 * np.log(times)) * rng.laplace(size=(cells, len(times)))
    return as_traces(np.append(0, times), np.hstack([start, start * np.exp(change)]))


def test_a_drift_is_one():
    found = fit_ageing(drifting(200, 0))
    assert found.relaxation is None
    assert found.drift.spread_p > 1e-3
    assert found.drift.exponent_mean.holds(0.05)
    assert found.drift.warnings == ()


def test_intervals_of_a_relaxation_hold_the_truth():
    held, kinds = np.zeros(3), 0
    for seed in range(60):
        fit = fit_ageing(relaxing(100, seed)).relaxation
        kinds += fit is not None and fit.law == "ln t"
        held += [fit.mean_per_ln_s.holds(MEAN), fit.sd_at_1s_s.holds(AT_1S), fit.sd_per_ln_s.holds(PER_LN)]
    assert kinds == 60
    for count in held:
        assert count >= 50  # of 95 %, once in 1e4
        rejects(check_rate, count, 60, 0.4)


def test_laws_of_a_wrong_kind_are_rejected():
    """At p < 1e-3 of a right law one of 40 at most (of chance once in 1e5); of a wrong one all."""
    right = [drift_law(common_times(drifting(100, seed))).p for seed in range(20)]
    right += [relaxation_law(common_times(relaxing(100, seed))).p for seed in range(20)]
    assert sum(p < 1e-3 for p in right) <= 1
    for cells in (heavy(1000, 0), drifting(300, 0)):
        assert relaxation_law(common_times(cells)).p < 1e-6
    for cells in (heavy(1000, 0), relaxing(500, 0)):
        assert drift_law(common_times(cells)).p < 1e-6


def test_a_table_has_the_percentiles_of_the_truth():
    """5 to 95 % points at 8 conductances against the exact law: their errors, of 250 cells each, are 4 % of the spread
    in the middle and 6 % at the ends. Of cells held out within 15 % of their spread."""
    fit = fit_ageing(heavy(4000, 1)).relaxation
    assert fit.law == "quantiles"
    assert max(fit.goodness_p, fit.drift_p) < 1e-6
    assert fit.held_out < 0.15
    assert np.abs(fit.fitted - fit.measured).max() < 0.05 * np.ptp(fit.measured)
    at, factor = np.geomspace(12e-6, 90e-6, 8), 1 + 0.2 * np.log(TIMES)
    spread = 2 * stats.laplace.ppf(0.95) * width(at)[:, None] * factor
    for percent in (0.05, 0.25, 0.5, 0.75, 0.95):
        exact = stats.laplace.ppf(percent) * width(at)[:, None] * factor
        made = fit.table.changes(at, np.full((8, 5), ndtri(percent)))
        assert np.sqrt(np.mean(((made - exact) / spread) ** 2)) < 0.08
        assert abs(np.mean((made - exact) / spread)) < 0.03
    assert fit.time_s[0] == 0
    assert fit.g_s.shape == (6, 4000)
    assert (fit.measured[:, 0] == 0).all()
    assert np.allclose(percentiles(np.log(fit.g_s / fit.g_s[0]).T), fit.measured)
    assert abs(fit.rank_correlation) < 0.1
    assert "change places" in fit.warnings[-1]


def test_a_table_of_one_half_gives_the_other_and_no_other_width():
    half, other = common_times(heavy(4000, 2)).halves()
    wide = common_times(heavy(2000, 3))
    wide.log_change[:] *= 1.5

    def agrees(cells):
        measured = percentiles(cells.log_change)
        error = np.abs(percentiles(predicted(quantile_table(half), cells)) - measured).max(axis=0)
        assert (error / (measured[-1] - measured[0])).max() < 0.15

    agrees(other)
    rejects(agrees, wide)


def test_scores_rise_and_tables_of_few_cells_are_short():
    few, many = (quantile_table(common_times(heavy(n, 4))) for n in (60, 2000))
    assert len(few.conductance_s) == 1
    assert len(few.normal_score) < len(many.normal_score)
    assert (np.diff(many.change, axis=-1) >= 0).all()
    assert (np.diff(many.conductance_s) > 0).all()


def test_missing_reads_and_cells_that_fail():
    cells = heavy(300, 5)
    cells[0].g_s[3] = 0.0
    cells = [
        *cells[:1],
        *(Trace(t.cell, t.time_s[:-1], t.g_s[:-1], t.file, t.place) for t in cells[1:150]),
        *cells[150:],
    ]
    table = common_times(cells)
    assert table.cells == 299
    assert table.left_out == 1
    assert np.isnan(table.log_change[:, -1]).sum() == 149
    fit = fit_ageing(cells).relaxation
    assert "1 of 300 cells fall to 0 S" in fit.warnings[0]


def test_jitter_of_times_is_one_time():
    cells = heavy(50, 6)
    rng = np.random.default_rng(0)
    for cell in cells:
        cell.time_s[1:] *= np.exp(0.02 * rng.standard_normal(5))
    assert np.allclose(common_times(cells).time_s, TIMES, rtol=0.02)


def test_few_cells_drift_after_0_s_and_above_0_S():
    time_s = np.append(0, np.geomspace(1, 1e4, 25))
    good = Trace("l", time_s, 5e-5 * np.maximum(time_s, 1) ** -0.05, "x.csv", "x.csv:2")
    good.g_s[3] *= 1.01
    dark = Trace("d", time_s, np.linspace(1e-5, 0, 26), "x.csv", "x.csv:30")
    found = fit_ageing([dark, good])
    assert [cell.cell for cell in found.drift.cells] == ["l"]
    assert "2 samples at or before 0 s" in found.notes[0]
    assert "1 of 2 cells fall to 0 S and are left out, as d" in found.notes[1]
    with pytest.raises(ConfigError, match="falls to 0 S; drift needs conductances above 0"):
        fit_ageing([dark])
    with pytest.raises(ConfigError, match="9 samples over time in all; at least 10 are needed"):
        fit_ageing([Trace("a", time_s[1:10], good.g_s[1:10], "x.csv", "x.csv:2")])


def test_between_30_and_100_cells_the_likelier_law_warns():
    cells = relaxing(90, 7)
    for cell in cells[:12]:
        cell.g_s[1:] *= 3
    found = fit_ageing(cells)
    part = found.drift or found.relaxation
    assert "the spread of 90 cells at some time is not that of the law" in part.warnings[0]


LATE = np.array([1e2, 3e2, 1e3, 3e3, 1e4])


def late(kind, cells, seed, one_level=False):
    """Read from 100 s on only. Drift: exponents 0.03 +- 0.01; else steps of 0 +- 0.1 uS per unit of ln t, or as of ln G
    (`relative`, 0 +- 0.01)."""
    rng = np.random.default_rng(seed)
    start, z = 10 ** rng.uniform(-5, -4, (cells, 1)), rng.standard_normal((cells, 1))
    if one_level:
        start = 50e-6 * (1 + 0.02 * rng.standard_normal((cells, 1)))
    length = np.log(LATE / LATE[0])
    drifted = start * np.exp(-(0.03 + 0.01 * z) * length)
    g_s = {"drift": drifted, "ln t": start + 1e-7 * z * length, "relative": start * np.exp(0.01 * z * length)}[kind]
    return as_traces(LATE, g_s * np.exp(0.002 * rng.standard_normal(g_s.shape)))


@pytest.mark.parametrize("one_level", [False, True])
def test_without_early_times_drift_is_drift_and_relaxation_is_relaxation(one_level):
    """Of 12 seeds all; at one conductance cells that move little do not tell, and the warning says so."""
    for seed in range(12):
        drift = fit_ageing(late("drift", 60, seed, one_level)).drift
        relaxation = fit_ageing(late("ln t", 60, seed, one_level)).relaxation
        assert drift.exponent_mean.holds(0.03) or abs(drift.exponent_mean.value - 0.03) < 0.005
        assert relaxation.law == "ln t"
        assert relaxation.sd_at_1s_s is None
        assert relaxation.sd_per_ln_s.value == pytest.approx(1e-7, rel=0.4)
        if one_level:
            assert "cannot be told from drift at these cells" in relaxation.warnings[0]


def test_steps_of_ln_g_with_no_mean_are_a_table_of_many_cells_and_told_of_few():
    many, few = (fit_ageing(late("relative", cells, 0)) for cells in (300, 60))
    assert many.relaxation.law == "quantiles"
    assert few.relaxation is None
    assert "barely moves while they spread: relaxation rather than drift" in few.drift.warnings[0]


def curved(kind, cells, seed, size=0.06, noise=0.003):
    """40 times over four decades; ln G, or G, falls by `size` (+- 30 %) of it per unit of ln t."""
    rng, time_s = np.random.default_rng(seed), np.geomspace(1, 1e4, 40)
    slope = size * (1 + 0.3 * rng.standard_normal((cells, 1))) * np.log(time_s)
    g_s = 10 ** rng.uniform(-5, -4, (cells, 1)) * (np.exp(-slope) if kind == "drift" else 1 - slope)
    return as_traces(time_s, g_s * np.exp(noise * rng.standard_normal(g_s.shape)))


def test_few_cells_are_told_by_their_bends_or_it_is_said_that_they_are_not():
    said = "cannot be told from relaxation with ln t at 4 cells: they bend too little"
    for seed in range(8):
        drift, relaxation = (fit_ageing(curved(kind, 4, seed)) for kind in ("drift", "ln t"))
        assert drift.relaxation is None
        assert not any("cannot be told" in line for line in drift.drift.warnings)
        assert relaxation.drift is None
        assert relaxation.relaxation.names == ("c0", "c1", "c2", "c3")
        assert relaxation.moving == {"c0", "c1", "c2", "c3"}
        for kind in ("drift", "ln t"):
            unsure = fit_ageing(curved(kind, 4, seed, size=0.01, noise=0.02))
            assert said in unsure.drift.warnings[-1]
    one = fit_ageing(curved("ln t", 1, 0)).drift
    assert "at 1 cell: of 3 cells it would be relaxation, which they follow" in one.warnings[-1]


def test_relaxation_of_few_cells_has_the_mean_and_spread_of_their_slopes():
    cells = curved("ln t", 8, 3)
    slopes = [np.polyfit(np.log(cell.time_s), cell.g_s, 1)[0] for cell in cells]
    fit = fit_ageing(cells).relaxation
    assert fit.mean_per_ln_s.value == pytest.approx(np.mean(slopes), rel=1e-9)
    assert fit.sd_per_ln_s.value == pytest.approx(np.std(slopes, ddof=1), rel=0.01)
    assert fit.goodness_p > 1e-3
    assert fit.warnings == ()
