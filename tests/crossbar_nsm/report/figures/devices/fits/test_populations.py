"""Numbers of cells stand at the level of their cell, with their intervals."""

import numpy as np
import pytest
from support.cells.fits import a_trace_fit, a_trap

from crossbar_nsm.report.figures import fitted_relaxation, fitted_slow_noise, fitted_traps
from device_models.fit.across_cells.ageing import fit_ageing
from device_models.fit.interval import Estimate
from device_models.fit.measurements.table import Trace
from device_models.fit.one_cell.trace_fit import SlowNoise

LEVELS_S = (1e-5, 2e-5, 4e-5)


@pytest.fixture(scope="module")
def fits():
    slow = SlowNoise(Estimate(1e-7, 0.9e-7, 1.2e-7, "S"), Estimate(1.1, 1.0, 1.2, "1"))
    rng = np.random.default_rng(0)
    return [
        a_trace_fit(g * (1 + 0.01 * rng.standard_normal(100)), slow=slow, traps=(a_trap(g, 0.1), a_trap(g, 0.02)))
        for g in LEVELS_S
    ]


def test_traps(fits):
    amplitudes, times = fitted_traps(fits).axes
    points = amplitudes.containers[0].lines[0]
    assert np.allclose(points.get_xdata(), np.repeat(1e6 * np.array([fit.level_s.value for fit in fits]), 2))
    assert np.allclose(points.get_ydata(), [10, 2] * 3)
    assert amplitudes.get_title() == "6 traps: amplitude"
    capture, emission = times.containers
    assert np.allclose(capture.lines[0].get_ydata(), 0.03)
    assert np.allclose(emission.lines[0].get_ydata(), 0.01)


def test_relaxation():
    times = np.array([0.0, 1.0, 10.0, 100.0, 1000.0])
    rng = np.random.default_rng(0)
    sd_s = np.where(times > 0, 1e-6 + 2e-7 * np.log(np.maximum(times, 1)), 0)
    g_s = 5e-5 + sd_s * rng.standard_normal((150, 1))
    fit = fit_ageing([Trace(str(k), times, g, "r.csv", "r.csv:2") for k, g in enumerate(g_s)]).relaxation
    (axes,) = fitted_relaxation(fit).axes
    lines = axes.get_lines()
    assert len(lines) == 10
    assert np.allclose(lines[0].get_ydata(), fit.fitted[0, 1:])
    assert np.allclose(lines[9].get_ydata(), fit.measured[4, 1:])
    assert "150 cells" in axes.get_title()


def test_slow_noise(fits):
    amplitude, exponent = fitted_slow_noise(fits).axes
    assert np.allclose(amplitude.containers[0].lines[0].get_ydata(), 0.1)
    assert np.allclose(exponent.containers[0].lines[0].get_ydata(), 1.1)
