"""Traps over cells: amplitude against resistance, spread, share of the cells, what is told."""

import numpy as np
import pytest
from support.cells.populations import cell_fit, trap
from support.laws import check_rate, rejects

from device_models import load_device
from device_models.fit.across_cells.traps import fit_traps
from device_models.fit.sections.entry import document
from device_models.fit.sections.telegraph import telegraph_entries

LEVELS = np.geomspace(5e-6, 100e-6, 16)
HEAD = {"name": "mine", "family": "rram", "conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}}


def cells(seed, relative, per_ohm, spread=0.3, n=16, without=0):
    rng = np.random.default_rng(seed)
    fits = []
    for k, level in enumerate(np.geomspace(5e-6, 100e-6, n)):
        step = (relative + per_ohm / level) * np.exp(np.hypot(spread, 0.05) * rng.standard_normal())
        capture, emission = np.exp(rng.uniform(np.log(1e-3), np.log(1.0), 2))
        traps = () if k < without else (trap(level, step, capture, emission),)
        fits.append(cell_fit(level, 1e-3 * level, 200, traps=traps))
    return fits


def test_intervals_hold_the_truth_of_a_constant_step():
    held = np.zeros(2)
    for seed in range(100):
        fit = fit_traps(cells(seed, 0.1, 0.0))
        held += [fit.relative is not None and fit.relative.holds(0.1), fit.spread.holds(0.3)]
    assert held[0] >= 80  # another law is chosen of some
    check_rate(held[1], 100, 0.95)
    rejects(check_rate, held[1], 100, 0.7)


def test_steps_that_grow_with_the_resistance():
    fits = [fit_traps(cells(seed, 0.0, 1e-6, n=40)) for seed in range(40)]
    alone = [fit.per_ohm for fit in fits if fit.relative is None]
    assert len(alone) >= 30
    check_rate(sum(one.holds(1e-6) for one in alone), len(alone), 0.95)
    rejects(check_rate, sum(one.holds(1.3e-6) for one in alone), len(alone), 0.95)
    both = fit_traps(cells(2, 0.05, 2e-6, spread=0.1, n=60))
    assert both.relative.holds(0.05)
    assert both.per_ohm.holds(2e-6)
    assert np.allclose(both.step_at(1 / LEVELS), 0.05 + 2e-6 / LEVELS, rtol=0.1)
    assert both.correlations["amplitude and resistance"][1] < 1e-6


def test_share_of_cells_and_their_number_of_traps():
    fits = cells(3, 0.1, 0.0, n=20, without=15)
    fit = fit_traps(fits)
    assert fit.share_of_cells.holds(0.25)
    assert (fit.cells, fit.measured, fit.traps_per_cell) == (5, 20, 1)
    assert "in 5 of 20 cells" in fit.warnings[0]
    two = fit_traps([cell_fit(5e-5, 1e-7, 200, traps=(trap(5e-5, 0.1), trap(5e-5, 0.02)))])
    assert two.traps_per_cell == 2
    assert fit_traps([cell_fit(5e-5, 1e-7, 200)]) is None


def test_times_and_correlations_are_tested():
    rng = np.random.default_rng(0)
    times = np.exp(rng.uniform(np.log(1e-3), 0, 40))
    linked = [cell_fit(5e-5, 1e-7, 200, traps=(trap(5e-5, 0.1 * t**0.3, t, t),)) for t in times]
    fit = fit_traps(linked)
    assert fit.times_p > 0.01
    assert "amplitude and capture time 1.00" in fit.warnings[-1]
    heaped = [
        cell_fit(5e-5, 1e-7, 200, traps=(trap(5e-5, 0.1, t, 0.01),)) for t in np.append(np.linspace(0.5, 1, 39), 1e-3)
    ]
    assert any("not log-uniform" in line for line in fit_traps(heaped).warnings)


@pytest.mark.parametrize("n", [1, 2])
def test_few_traps(n):
    fit = fit_traps([cell_fit(level, 1e-7, 200, traps=(trap(level, 0.1),)) for level in LEVELS[:n]])
    assert np.isclose(fit.relative.value, 0.1)
    assert (fit.spread is None) == (n == 1)
    assert fit.per_ohm is None


def test_steps_that_no_law_has_become_a_table():
    """Ten times larger steps in the middle of the range; of the three laws none is taken for a table."""
    rng = np.random.default_rng(0)
    levels = np.geomspace(5e-6, 100e-6, 24)

    def bump(level):
        return 0.02 * np.exp(np.log(10) * np.exp(-((np.log(level / 22e-6) / 0.7) ** 2)))

    steps = bump(levels) * np.exp(0.2 * rng.standard_normal(24))
    fits = [cell_fit(g, 1e-3 * g, 200, traps=(trap(g, step),)) for g, step in zip(levels, steps, strict=True)]
    fit = fit_traps(fits)
    assert (fit.relative, fit.per_ohm) == (None, None)
    assert np.allclose(fit.step_at(1 / levels[2:-2]) / bump(levels[2:-2]), 1, atol=0.35)
    assert fit.spread.value < 0.4
    assert (np.abs(np.log(fit.table.step / bump(1 / fit.table.resistance_ohm))) < 4 * fit.table.log_se).sum() >= 3
    device = load_device(document(HEAD, telegraph_entries(fit, fits)))
    assert np.allclose(device.telegraph.resistance_step.of(levels), fit.step_at(1 / levels), rtol=1e-5)
    laws = [(0.1, 0.0), (0.0, 1e-6), (0.05, 2e-6)]
    tables = [fit_traps(cells(seed, *law, n=24)).table is not None for law in laws for seed in range(20)]
    assert sum(tables) <= 3


def test_few_traps_make_no_table():
    fits = [
        cell_fit(g, 1e-3 * g, 200, traps=(trap(g, step),))
        for g, step in zip(LEVELS[:11], [0.1, 0.9] * 5 + [0.1], strict=True)
    ]
    assert fit_traps(fits).table is None
