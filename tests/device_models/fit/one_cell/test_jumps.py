"""Levels that jump, as slow traps: the variance that noise leaves out, against telegraph records made another way."""

import numpy as np
import pytest
from support.laws import check_mean, rejects

from benchmarks.fit_kinds import flicker
from device_models.fit import Trace
from device_models.fit.one_cell.jumps import poisson, within
from device_models.fit.one_cell.levels import fit_trace

N, LEVEL_S, WHITE_S = 2000, 1e-5, 1e-7
INTERVAL_S = 0.01


def trace(path_s, slow_s=0.0, seed=0):
    """White noise and 1/f noise, of sds WHITE_S and slow_s, around levels."""
    rng = np.random.default_rng(seed)
    noise = WHITE_S * rng.standard_normal(N) + (slow_s * flicker(N, 1.0, rng) if slow_s else 0.0)
    return Trace("c", INTERVAL_S * np.arange(N), LEVEL_S + path_s + noise, "file.csv", "file.csv:2")


def steps(*places_and_changes):
    return sum(change * (np.arange(N) >= place) for place, change in places_and_changes)


def records(count, cells, rng):
    """States of symmetric traps of drawn holding times, `count` switches per record on average; (cells, times)."""
    times = (np.arange(400) + 0.5) / 400
    switches = rng.exponential(1 / count, (cells, int(6 * count) + 20)).cumsum(axis=1)
    return (rng.integers(0, 2, (cells, 1)) + (switches[:, :, None] < times).sum(axis=1)) % 2


@pytest.mark.parametrize("count", [1.0, 4.0])
def test_share_of_the_variance_that_a_record_shows(count):
    """Of 1/4, about the mean of the record itself; false alarm as `check_mean` has it."""
    variance = records(count, 4000, np.random.default_rng(1)).var(axis=1)
    expected = float(within(count)) / 4
    check_mean(variance, expected, variance.std())
    rejects(check_mean, variance, 1.1 * expected, variance.std())


def test_steps_have_their_whole_variance_and_no_more():
    """Fresh noise and jumps make up that of the trace; a jump is about as high as the steps, its level above the mean
    by half of it."""
    measured = trace(steps((700, 6e-7), (1500, -4e-7)))
    fit = fit_trace(measured)
    assert fit.kind == "steps + white"
    assert np.isclose(fit.jumps.variance_s2 + fit.noise_s.value**2, fit.total_sd_s**2, rtol=2e-3)
    assert 4e-7 < fit.jumps.step_s.value < 1.2e-6
    assert np.isclose(fit.level_s.value, measured.g_s.mean() + fit.jumps.step_s.value / 2)
    assert fit.slow is None


def test_of_one_jump_the_rate_is_hardly_known():
    """0.025 to 5.57 of a Poisson number that was 1 (Garwood 1936): a factor 220."""
    fit = fit_trace(trace(steps((900, 5e-7)), slow_s=2e-8, seed=1))
    assert fit.jumps.count.value == pytest.approx(1, abs=0.01)
    assert poisson(1.0).low == pytest.approx(0.0253, rel=0.01)
    assert poisson(1.0).high == pytest.approx(5.572, rel=0.001)
    assert fit.jumps.dwell_s.high > 30 * N * INTERVAL_S
    assert fit.jumps.dwell_s.low < 0.2 * N * INTERVAL_S
    assert fit.jumps.step_s.high > 3 * fit.jumps.step_s.value


def test_slow_noise_has_no_jumps():
    rng = np.random.default_rng(3)
    walk = 2e-8 * rng.standard_normal(N).cumsum()
    for path in (2e-7 * flicker(N, 1.0, rng), 2e-8 * flicker(N, 1.5, rng), walk):
        assert fit_trace(trace(path)).jumps is None


def test_a_level_that_jumps_to_next_to_nothing_stays_above_zero():
    fit = fit_trace(trace(steps((1000, -0.9 * LEVEL_S))))
    assert 0 < fit.jumps.step_s.value <= 0.9 * fit.level_s.value + 1e-12
