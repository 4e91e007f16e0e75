"""What the figures show is what the laws say, and simulated cells follow them."""

import math

import numpy as np
import pytest

from crossbar_nsm.report.figures.devices.laws import drift, programming_error, read_noise
from crossbar_nsm.report.figures.devices.reasons import missing
from device_models import load_device, preset_paths
from device_models.characterise.programmed import programmed, without_failures


def line(axes, label):
    (found,) = [line for line in axes.lines if line.get_label() == label]
    return np.asarray(found.get_xdata()), np.asarray(found.get_ydata())


@pytest.mark.parametrize("preset", preset_paths())
def test_programmed_cells_follow_the_drawn_law(preset):
    """20,000 cells per target: sd of a normal sample to 0.5 %, so 3 % is six sigma; more for skew laws."""
    device = load_device(preset)
    if missing(device, "programming_error"):
        assert not programmed(device).error_s.any()
        return
    axes = programming_error(device).axes[0]
    target, sd = line(axes, "20,000 cells each")
    exact = np.sqrt(without_failures(device).programming_moments_s(1e-6 * target)[1]) * 1e6
    assert sd == pytest.approx(exact, rel=0.03)
    assert np.abs(sd / (1.1 * exact) - 1).min() > 0.03  # a law 10 % off would be seen
    x, y = line(axes, "law")
    assert y == pytest.approx(1e6 * np.sqrt(device.programming_moments_s(1e-6 * x)[1]), rel=1e-6)


def test_clipping_at_zero_shows_as_a_mean_error():
    axes = programming_error(load_device("pcm_nandakumar2019")).axes[0]
    x, bias = line(axes, "law, mean error")
    sd_uS = 0.26348
    assert x[0] == 0
    assert bias[0] == pytest.approx(sd_uS / math.sqrt(2 * math.pi), rel=1e-3)  # half normal
    assert "law, mean error" not in [entry.get_label() for entry in
                                     programming_error(load_device("rram_milo2021")).axes[0].lines]  # fmt: skip


def test_the_lowest_level_after_a_reset_has_a_mark_of_its_own():
    device = load_device("rram_telegraph_illustrative")
    axes = programming_error(device).axes[0]
    x, y = line(axes, "law, after a reset")
    assert x[0] == pytest.approx(0.2)
    s = math.hypot(0.3, 0.1)
    assert y[0] == pytest.approx(0.2 * math.exp(s**2 / 2) * math.sqrt(math.expm1(s**2)), rel=1e-6)


def test_attempts_and_staircase_are_drawn_where_they_are():
    figure = programming_error(load_device("rram_switching_illustrative"))
    x, attempts = line(figure.axes[2], "simulated")
    grid, law = line(figure.axes[2], "law")
    assert attempts[1:] == pytest.approx(np.interp(x[1:], grid, law), rel=0.03)
    figure = programming_error(load_device("fefet_jerry2017"))
    number, g = line(figure.axes[-1], "potentiation, used")
    assert (number[0], number[-1]) == (0, 31)
    assert g == pytest.approx(np.linspace(0.04, 1.79, 32))


def test_read_noise_shows_floors_telegraph_and_flicker():
    axes = read_noise(load_device("rram_telegraph_illustrative")).axes[0]
    g, fresh = line(axes, "fresh read noise")
    assert fresh == pytest.approx(np.full(g.size, 0.5))
    _, d = line(axes, "telegraph amplitude d, median")
    step = 0.0015 + 1.662e-7 / (1e-6 * g)
    assert d == pytest.approx(100 * step / (1 + step))
    _, thermal = line(axes, "thermal floor, 100 ns")
    assert thermal == pytest.approx(100 * np.sqrt(4 * 1.380649e-23 * 300 * 1e-6 * g / 2e-7) / (0.2 * 1e-6 * g))
    _, shot = line(axes, "shot noise floor, 0.2 V, 100 ns")
    assert shot == pytest.approx(100 * np.sqrt(2 * 1.602176634e-19 * 0.2 * 1e-6 * g / 2e-7) / (0.2 * 1e-6 * g))
    axes = read_noise(load_device("pcm_nandakumar2019")).axes[0]
    g, grown = line(axes, "1/f noise since programming, 1 s")
    assert grown[-1] == pytest.approx(100 * 0.0088 * math.sqrt(math.log((1 + 2.5e-7) / 5e-7)))
    assert "fresh read noise" not in [entry.get_label() for entry in axes.lines]


def test_drift_medians_follow_the_power_law():
    device = load_device("pcm_nandakumar2019")
    axes = drift(device).axes[0]
    medians = [entry for entry in axes.lines if len(entry.get_xdata()) == 60]
    age, top = (np.asarray(data) for data in medians[-1].get_data())
    nu = 0.049  # clip(0.0244, 0.049, 0.1) at g_max
    assert top[age <= 20] == pytest.approx(25.0)
    assert top == pytest.approx(25 * np.maximum(age / 20, 1) ** -nu, rel=0.01)
    assert len(medians) == 4
