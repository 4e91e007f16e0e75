"""Sines in a trace: found where they are, with their frequency and size, and not in noise, traps or steps."""

import numpy as np
import pytest
from support.laws import check_rate, rejects

from benchmarks.fit_kinds import KINDS, flicker, made
from device_models.fit import Trace
from device_models.fit.one_cell.hum import find_lines, is_mains
from device_models.fit.one_cell.levels import fit_trace

TIME = np.arange(2000.0)


def noise(seed):
    rng = np.random.default_rng(seed)
    return 0.5 * flicker(len(TIME), 1.0, rng) + rng.standard_normal(len(TIME))


def test_two_lines_in_slow_noise():
    """se of an amplitude sqrt(2/n) = 0.03 sd of the noise, of a frequency sqrt(6/n) / (pi n a), a the amplitude."""
    waves = 1.5 * np.sin(2 * np.pi * 0.05123 * TIME) + 0.7 * np.cos(2 * np.pi * 0.1537 * TIME)
    lines, found = find_lines(TIME, 100 + noise(0) + waves)
    assert len(lines) == 2
    assert np.allclose([line.frequency for line in lines], [0.05123, 0.1537], atol=1e-4)
    assert np.allclose([line.amplitude for line in lines], [1.5, 0.7], atol=0.15)
    assert (found - waves).std() < 0.1


@pytest.mark.parametrize("wander", [0.0, 0.1, 0.3, 0.5])
def test_a_line_that_wanders_is_one_of_its_size(wander):
    """A phase that wanders by a part of a turn, as that of the mains, takes several sines, whose sizes say nothing: one
    of such a trace may be larger than the trace."""
    rng, time = np.random.default_rng(0), np.arange(6000.0)
    turns = 0.3 * time + wander * np.sin(2 * np.pi * (1.3 * time / 6000 + 0.6))
    y = 100 + np.cumsum(1e-4 * rng.standard_normal(6000)) + np.sin(2 * np.pi * turns)
    lines, found = find_lines(time, y)
    assert len(lines) == 1
    assert lines[0].frequency == pytest.approx(0.3, abs=1e-3)
    assert lines[0].amplitude == pytest.approx(1, rel=0.06)
    assert found.std() * 2**0.5 == pytest.approx(lines[0].amplitude, rel=0.01)


def test_none_where_there_is_none():
    """120 traces of all kinds; with a line of amplitude 0.5 in each, which most have, the rate is no longer 0."""
    traces = [made(kind, 2000, seed).g for kind in KINDS for seed in range(10)]
    assert sum(bool(find_lines(TIME, g)[0]) for g in traces) == 0
    hum = 0.5 * np.sin(2 * np.pi * 0.05 * TIME)
    held = sum(bool(find_lines(TIME, noise(seed) + hum)[0]) for seed in range(40))
    rejects(check_rate, held, 40, 0.01)


@pytest.mark.parametrize(
    ("hertz", "interval_s", "expected"),
    [
        (50, 1e-3, True),
        (120, 2.5e-3, True),
        (100, 2.5e-3, True),
        (57, 1e-3, False),
        (20, 1 / 70, True),
        (0.1, 1, False),
    ],
)
def test_the_mains(hertz, interval_s, expected):
    """At 70 Hz 50 Hz is read as 20 Hz; at 1 Hz anything may be."""
    assert is_mains(hertz, interval_s) == expected


def test_the_fit_names_hum_and_leaves_it_out():
    g = 1e-6 * (100 + np.random.default_rng(0).standard_normal(2000) + 2 * np.sin(2 * np.pi * 0.05 * TIME))
    fit = fit_trace(Trace("c", 1e-3 * (TIME + 1), g, "f", "f:1"))
    assert fit.kind == "white"
    assert not fit.unexplained
    assert "Hz (mains hum), amplitude 2.0" in fit.warnings[0]
    assert np.isclose(fit.noise_s.value, 1e-6, rtol=0.05)
    assert np.isclose(fit.total_sd_s, 1e-6, rtol=0.05)
