"""What read windows average of exponentially correlated processes, against integrals and fine-grained simulation."""

import numpy as np
import pytest
from support.laws import check_mean, check_normal_variance, rejects

from device_models.parts.windows import window_attenuation, window_covariance, window_step


def test_correlation_of_adjacent_windows():
    """The worked example: D = T = 2, tau0 = 0.75 gives a correlation of 0.25, not exp(-D/tau0) = 0.07."""
    tau0 = np.array(0.75)
    assert round(float(window_covariance(tau0, 2.0, 2.0) / window_attenuation(tau0, 2.0)), 2) == 0.25


@pytest.mark.parametrize("ratio", [1e-7, 1e-4, 1e-2, 1.0, 50.0])
def test_window_laws_against_direct_integration(ratio):
    """(1/T^2) times the double integral of exp(-|t - s|/tau0), on a fine grid."""
    window, tau0 = ratio, np.array(1.0)
    u = np.linspace(0, window, 200_001)
    weight = 2 * (window - u) / window**2
    assert np.isclose(window_attenuation(tau0, window), np.trapezoid(weight * np.exp(-u), u), rtol=1e-6)
    lag = 1.5 * window
    v = np.linspace(-window, window, 200_001)
    cov = np.trapezoid((window - np.abs(v)) / window**2 * np.exp(-np.abs(lag + v)), v)
    assert np.isclose(window_covariance(tau0, window, lag), cov, rtol=1e-6)


def test_slow_traps_keep_their_small_fresh_share():
    """R(0) - R(D) for D = 10 T and tau0 >> T is (D - T/3)/tau0 to first order, however slow the trap."""
    window, interval = 1e-7, 1e-6
    for tau0_s in (1e-2, 1.0, 1e3):
        tau0 = np.array(tau0_s)
        fresh = window_attenuation(tau0, window) - window_covariance(tau0, window, interval)
        assert np.isclose(fresh, (interval - window / 3) / tau0, rtol=2e-4, atol=2e-16)


@pytest.mark.parametrize("tau", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("gap", [0.0, 1.7])
def test_a_window_and_its_step_follow_a_path_of_many_small_steps(tau, gap):
    """State at a window's start, its mean over 200 points and the state at the next start, by an Ornstein-Uhlenbeck
    path on a grid: the rest of the mean that the law leaves has its variance and nothing to do with either state."""
    n, points = 100_000, 200
    rng, dt = np.random.default_rng(1), 1 / points
    rho, first = np.exp(-dt / tau), rng.standard_normal(n)
    x, total = first.copy(), np.zeros(n)
    for _ in range(points):
        later = rho * x + np.sqrt(1 - rho**2) * rng.standard_normal(n)
        total += (x + later) / 2  # trapezium
        x = later
    over_gap = np.exp(-gap / tau)
    x = over_gap * x + np.sqrt(1 - over_gap**2) * rng.standard_normal(n)
    step = window_step(np.array(tau), 1.0, 1.0 + gap)
    draw = (x - (1 - step.loss) * first) / step.kick
    check_normal_variance(draw, 1.0)
    rest = (total / points - step.from_state * first - step.from_kick * draw) / np.sqrt(step.rest)
    check_normal_variance(rest, 1.0)
    rejects(check_normal_variance, 1.02 * rest, 1.0)
    for state in (first, x):
        check_mean(rest * state, 0.0)
        rejects(check_mean, rest * state + 0.03, 0.0)


@pytest.mark.parametrize("tau", [1e-4, 0.3, 1.0, 1e3, 1e9])
@pytest.mark.parametrize("step", [1.0, 2.0, 1e4])
def test_steps_add_up_to_the_covariance_of_windows(tau, step):
    """Variance of a mean, covariance with the next and with the one after it, from the trajectory's coefficients."""
    tau, found = np.array(tau), window_step(np.array(tau), 1.0, step)
    rho = 1 - found.loss
    assert np.isclose(found.from_state**2 + found.from_kick**2 + found.rest, window_attenuation(tau, 1.0), rtol=1e-12)
    with_next = found.from_state * (rho * found.from_state + found.kick * found.from_kick)
    for later in (1, 2):
        covariance = window_covariance(tau, 1.0, later * step)
        assert np.isclose(with_next * rho ** (later - 1), covariance, rtol=1e-9, atol=1e-300)
