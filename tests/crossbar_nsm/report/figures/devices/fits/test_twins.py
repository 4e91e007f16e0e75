"""What is drawn of a twin stands beside the measurement, at the same scale."""

import numpy as np
import pytest
from support.cells.fits import a_device, given_fit, measured_cells

from crossbar_nsm.report.figures import twin_ageing, twin_programming, twin_traces
from device_models.fit import twin
from device_models.fit.across_cells.programming import fit_programming
from device_models.fit.measurements.table import Pairs
from device_models.fit.twins.ageing import AgeingPair

DEVICE = a_device(read_noise={"relative_sd": 0.01})


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(0)
    target = np.repeat([2e-5, 4e-5, 8e-5], 30)
    programming = fit_programming(Pairs(target, target + 5e-7 * rng.standard_normal(90), ("p.csv",)))
    return twin(given_fit(DEVICE, traces=tuple(measured_cells(DEVICE, (2e-5, 4e-5), 400)), programming=programming))


def test_traces(made):
    axes = twin_traces(made.traces).axes
    assert len(axes) == 8
    measured, simulated, _, spectrum = axes[:4]
    pair = made.traces[0]
    assert np.allclose(measured.get_lines()[0].get_ydata(), 1e6 * pair.measured_s)
    assert np.allclose(simulated.get_lines()[0].get_ydata(), 1e6 * pair.twin_s)
    assert measured.get_ylim() == simulated.get_ylim()
    low, high = measured.get_ylim()
    assert low <= 1e6 * min(pair.measured_s.min(), pair.twin_s.min())
    assert high >= 1e6 * max(pair.measured_s.max(), pair.twin_s.max())
    labels = [text.get_text() for text in spectrum.get_legend().get_texts()]
    assert labels == ["95 % of the twins", "twins, median", "measured"]


@pytest.mark.filterwarnings("error")
def test_few_reads_have_no_spectrum_and_no_legend():
    traces = [*measured_cells(DEVICE, (2e-5,), 10), *measured_cells(DEVICE, (4e-5,), 400)]
    axes = twin_traces(twin(given_fit(DEVICE, traces=tuple(traces))).traces).axes
    assert axes[3].get_legend() is None
    assert axes[7].get_legend() is not None
    assert twin_traces(twin(given_fit(DEVICE, traces=tuple(traces[:1]))).traces).axes[3].get_legend() is None


def test_programming(made):
    left, middle, right = twin_programming(made.programming).axes
    assert np.allclose(left.get_lines()[0].get_ydata(), 1e6 * made.programming.measured_error_s)
    assert np.allclose(middle.get_lines()[0].get_ydata(), 1e6 * made.programming.twin_error_s)
    assert left.get_ylim() == middle.get_ylim()
    assert np.allclose(right.get_lines()[1].get_ydata(), 1e6 * made.programming.spread_s)


def test_ageing():
    times = np.array([0.0, 1.0, 10.0, 100.0])
    points = np.log1p(times)[:, None] * np.array([-1.0, 0.0, 1.0])
    pair = AgeingPair(times, 0.0, (25.0, 50.0, 75.0), np.full(4, 9), points, 1.1 * points, (points - 0.1, points + 0.1))
    (axes,) = twin_ageing(pair).axes
    lines = axes.get_lines()
    assert np.allclose(lines[0].get_ydata(), 1.1 * points[1:, 0])
    assert np.allclose(lines[1].get_ydata(), points[1:, 0])
    assert [text.get_text() for text in axes.texts] == ["25 %", "50 %", "75 %"]
