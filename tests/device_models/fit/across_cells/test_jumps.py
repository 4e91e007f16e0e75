"""Jumps over cells: the variance that simulated cells have, the share of cells, the rate, and what is told."""

import numpy as np
import pytest
from support.cells.populations import cell_fit, trap

from device_models import Stream, load_device
from device_models.fit import Trace, fit_files
from device_models.fit.across_cells.jumps import fit_jumps
from device_models.fit.interval import around
from device_models.fit.measurements.table import Measurements
from device_models.fit.one_cell.jumps import Jumps, poisson, within
from device_models.fit.sections.telegraph import jump_entries
from device_models.fit.twins.simulation import Grid, reads_s

LENGTH_S = 2.0


def jumping(level_s, variance_s2, count=1.0, **fields):
    step = 2 * float(np.sqrt(variance_s2 / within(count)))
    jumps = Jumps(variance_s2, poisson(count), LENGTH_S, around(step, 0.7, "S", "log"))
    total = float(np.sqrt(variance_s2 + 1e-16))
    return cell_fit(level_s, 1e-8, jumps=jumps, total_sd_s=total, **fields)


def test_none_where_no_level_jumps():
    assert fit_jumps([cell_fit(1e-5, 1e-8)]) is None


def test_the_rate_is_that_of_all_jumps_in_all_the_time():
    fit = fit_jumps([jumping(1e-5, 1e-14, 1.0), jumping(1e-5, 1e-14, 3.0), cell_fit(1e-5, 1e-8)])
    assert fit.count.value == pytest.approx(4)
    assert fit.dwell_s.value == pytest.approx(2 * LENGTH_S / 4)
    assert fit.dwell_s.low == pytest.approx(2 * LENGTH_S / fit.count.high)
    assert (fit.cells, fit.measured) == (2, 3)
    assert fit.share_of_cells.low < 0.15
    assert "95 % interval" in fit.warnings[0]


def test_the_mean_square_of_steps_is_that_of_the_cells():
    """Of a log-normal factor it would be exp(2 s^2) times the median's, and more than that of the few cells."""
    cells = [jumping(1e-5, v) for v in (1e-15, 2e-14, 5e-14)]
    fit = fit_jumps(cells)
    d = np.array([cell.jumps.step_s.value / cell.level_s.value for cell in cells])
    simulated = fit.relative.value**2 * np.exp(2 * fit.spread.value**2)
    assert simulated == pytest.approx(float(np.mean((d / (1 - d)) ** 2)), rel=1e-6)


def test_steps_of_the_same_height_at_any_conductance_are_no_share_of_it():
    cells = [jumping(level, 1e-14) for level in np.geomspace(5e-6, 1e-4, 8)]
    fit = fit_jumps(cells)
    assert fit.relative is None
    assert fit.per_ohm.value == pytest.approx(2 * np.sqrt(1e-14 / within(1.0)), rel=0.1)


def test_beside_other_traps_they_are_the_second_kind():
    cells = [jumping(1e-5, 1e-14, traps=(trap(1e-5, 0.1),)), cell_fit(2e-5, 1e-8)]
    keys = [entry.key for entry in jump_entries(fit_jumps(cells), cells, "telegraph.jumps")]
    assert "telegraph.jumps.resistance_step.relative" in keys
    assert "telegraph.jumps.share_of_cells" in keys


def test_simulated_cells_have_the_whole_variance():
    """Root mean square over 600 simulated cells, whose squares scatter by 100 %: 4 % of the sd, so that 15 % is passed
    once in 1,000 times; without jumps they have a fourth."""
    n, rng = 1000, np.random.default_rng(5)
    g_s = 1e-5 + 6e-7 * (np.arange(n) >= 400) - 4e-7 * (np.arange(n) >= 800) + 5e-8 * rng.standard_normal(n)
    cell = Trace("c", 0.01 * np.arange(n), g_s, "f.csv", "f.csv:2")
    fit = fit_files(Measurements(None, (cell,), ("f.csv",)))
    device = load_device(fit.preset())
    levels = np.full(600, fit.traces[0].level_s.value)
    grid = Grid.of(cell.time_s, 0.01)
    simulated = reads_s(device, levels, grid, Stream(seed=2), lambda _done, _total: None)
    assert np.sqrt(np.mean(simulated.std(axis=0) ** 2)) == pytest.approx(g_s.std(), rel=0.15)
    still = load_device({**fit.preset(), "telegraph": None})
    assert reads_s(still, levels, grid, Stream(seed=2), lambda _done, _total: None).std(axis=0).max() < 0.3 * g_s.std()
    told = [source["source"] for key, source in fit.preset()["sources"].items() if "resistance_step.relative" in key]
    assert "a slow trap with the variance that noise leaves of each trace" in told[0]
    assert any(line.startswith("jumps: in 1 of 1 cell the level") for line in fit.warnings)
