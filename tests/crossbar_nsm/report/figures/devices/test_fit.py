"""What the figures of a fit show is what was measured and fitted."""

import numpy as np
import pytest
from support.cells.traces import telegraph_trace

from crossbar_nsm.report.figures.devices import fit as fit_figures
from device_models.fit.across_cells.drift import fit_drift
from device_models.fit.across_cells.programming import fit_programming
from device_models.fit.across_cells.read_noise import fit_read_noise
from device_models.fit.measurements.table import Pairs, Trace
from device_models.fit.one_cell.levels import fit_trace


@pytest.fixture(scope="module")
def fitted_traces():
    return [fit_trace(telegraph_trace(1500, k, g_s=g, cell=f"c{k}")) for k, g in enumerate((1e-5, 2e-5, 4e-5, 8e-5))]


def lines(axes):
    return [(line.get_xdata(), line.get_ydata()) for line in axes.get_lines()]


def test_programming_errors():
    rng = np.random.default_rng(1)
    target = rng.uniform(1e-5, 1e-4, 200)
    fit = fit_programming(Pairs(target, target + 2e-6 * rng.standard_normal(200), ("p.csv",)))
    left, right = fit_figures.fitted_programming(fit).axes
    (x, y), (_, below), (grid, above) = lines(left)
    assert np.allclose(x, 1e6 * target)
    assert np.allclose(y, 1e6 * (fit.programmed_s - target))
    assert np.allclose(above, 1e6 * (fit.bias_s.value + fit.sd_s(1e-6 * grid)))
    assert np.allclose(above - below, 2e6 * fit.sd_s(1e-6 * grid))
    assert f"p = {fit.goodness_p:.2g}" in right.get_title()


def test_traces_show_the_first_cells_and_say_so(fitted_traces):
    figure = fit_figures.fitted_traces(fitted_traces)
    assert len(figure.axes) == 6
    assert figure.get_supxlabel() == "3 of 4 cells"
    for axes, fit in zip(figure.axes[::2], fitted_traces, strict=False):
        (time, seen), (_, level) = lines(axes)
        assert np.allclose(seen, 1e6 * fit.g_s)
        assert np.allclose(level, 1e6 * fit.fitted_s)
        assert time[-1] == pytest.approx(1.499)
        assert axes.get_xlabel() == "time [s]"
    histogram = figure.axes[1]
    (density, g), = lines(histogram)  # fmt: skip
    assert np.trapezoid(density, g) == pytest.approx(1, abs=0.02)


def test_a_trace_that_goes_on_says_so():
    """2,000 samples of 1 ms: the panel ends at 1.5 s."""
    axes = fit_figures.fitted_traces([fit_trace(telegraph_trace(2000, 0, g_s=1e-5))]).axes[0]
    assert axes.get_xlabel() == "time [s] (the first 1,500 of 2,000 samples)"


def test_read_noise_of_cells(fitted_traces):
    fit = fit_read_noise(fitted_traces, 8e-5)
    (axes,) = fit_figures.fitted_read_noise(fit).axes
    grid, law = lines(axes)[-1]
    assert np.allclose(law, 1e6 * fit.sd_s(1e-6 * grid))
    points = axes.containers[0].lines[0]
    assert np.allclose(points.get_xdata(), 1e6 * fit.level_s)
    assert np.allclose(points.get_ydata(), 1e6 * fit.noise_s)


def test_drift_of_cells():
    times = np.geomspace(1, 1e4, 20)
    cells = [
        Trace(str(nu), times, 2e-5 * times**-nu * (1 + 1e-3 * np.sin(times)), "d.csv", "d.csv:2") for nu in (0.03, 0.06)
    ]
    fit = fit_drift(cells)
    (axes,) = fit_figures.fitted_drift(fit).axes
    for cell, (_, seen), (_, law) in zip(fit.cells, lines(axes)[::2], lines(axes)[1::2], strict=True):
        assert np.allclose(seen, 1e6 * cell.g_s)
        assert np.allclose(law, 1e6 * cell.fitted_s)
    assert "0.045" in axes.get_title()
