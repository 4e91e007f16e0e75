"""Telegraph noise against its exact laws: transition probabilities, autocorrelation, window averages."""

import numpy as np
import pytest
from scipy import stats
from support.laws import check_law, check_mean, check_rate, rejects

from device_models.telegraph import (
    Telegraph,
    TimeRange,
    Traps,
    step,
    window_attenuation,
    window_covariance,
    window_mean,
)

N = 200_000
CAPTURE_S, EMISSION_S = 3e-3, 1e-3
Q, TAU0_S = 0.25, 0.75e-3


def traps(shape=(N,)):
    return Traps(np.full(shape, CAPTURE_S), np.full(shape, EMISSION_S), np.ones(shape))


def test_occupancy_and_correlation_time():
    assert np.allclose(traps().occupancy, Q)
    assert np.allclose(traps().tau0_s, TAU0_S)


@pytest.mark.parametrize("dt_s", [0.0, 1e-5, 1e-3, 1.0])
@pytest.mark.parametrize("start", [0, 1])
def test_step_has_the_exact_transition_probability(dt_s, start):
    uniforms = np.random.default_rng(1).random(N)
    after = step(np.full(N, start), dt_s, uniforms, traps())
    p = Q + (start - Q) * np.exp(-dt_s / TAU0_S)
    check_rate(after.sum(), N, p)
    if 0 < p < 1:
        rejects(check_rate, after.sum(), N, min(p + 0.02, 1.0))


def test_two_short_steps_are_one_long_step():
    rng = np.random.default_rng(2)
    half = step(np.zeros(N, int), 0.5e-3, rng.random(N), traps())
    whole = step(half, 0.5e-3, rng.random(N), traps())
    check_rate(whole.sum(), N, Q * (1 - np.exp(-1e-3 / TAU0_S)))


def test_autocorrelation_is_exponential():
    rng = np.random.default_rng(3)
    first = (rng.random(N) < Q).astype(int)
    later = step(first, 1e-3, rng.random(N), traps())
    product = (first - Q) * (later - Q)
    expected = Q * (1 - Q) * np.exp(-1e-3 / TAU0_S)
    check_mean(product, expected, product.std())
    rejects(check_mean, product, 1.1 * expected, product.std())


def test_window_average_of_drawn_switching_times():
    """Mean and variance of 40,000 window means from drawn switching times, window = 2 ms, tau0 = 0.75 ms."""
    rng = np.random.default_rng(4)
    means = np.array([window_mean(float(rng.random() < Q), 2e-3, CAPTURE_S, EMISSION_S, rng) for _ in range(40_000)])
    variance = Q * (1 - Q) * float(window_attenuation(np.array(TAU0_S), 2e-3))
    check_mean(means, Q, np.sqrt(variance))
    squares = (means - Q) ** 2
    check_mean(squares, variance, squares.std())
    rejects(check_mean, squares, 1.05 * variance, squares.std())


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


def test_amplitude_follows_resistance_and_stays_below_one():
    law = Telegraph.model_validate(
        {
            "resistance_step": {"relative": 0.0015, "per_ohm": 1.662e-7},
            "spread_log_sd": 0.5,
            "capture_time_s": {"min_s": 1e-5, "max_s": 10},
            "emission_time_s": {"min_s": 1e-5, "max_s": 10},
        }
    )
    drawn = law.draw_traps((N,), np.random.default_rng(5))
    unit = Traps(drawn.capture_s, drawn.emission_s, np.ones_like(drawn.factor))
    resistance = np.array([1e4, 5e4, 1e5, 5e5, 1e6])
    d = law.amplitude(1 / resistance, Traps(*(np.ones((1, 5)),) * 3))[0]
    assert np.round(d / (1 - d), 4).tolist() == [0.0032, 0.0098, 0.0181, 0.0846, 0.1677]
    assert law.amplitude(np.zeros(N), unit).max() < 1
    check_law(np.log(drawn.factor[0]), stats.norm(0, 0.5).cdf)
    check_law(np.log10(drawn.capture_s[0]), stats.uniform(-5, 6).cdf)
    rejects(check_law, np.log10(drawn.capture_s[0]), stats.uniform(-5, 5.9).cdf)


def test_equal_bounds_give_a_constant():
    values = TimeRange(min_s=1e-3, max_s=1e-3).draw((10,), np.random.default_rng(0))
    assert np.allclose(values, 1e-3)
