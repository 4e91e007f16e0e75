import numpy as np
import pytest
from scipy import stats
from support.laws import check_correlation, check_law, check_normal_variance, rejects

from device_models.parts.ornstein_uhlenbeck import grown_variance, kick_and_loss, step

N = 1_000_000


@pytest.mark.parametrize("dt_s", [0.1, 1.0, 10.0])
def test_stationary_law_and_exponential_correlation(dt_s):
    rng, tau_s = np.random.default_rng(1), 2.0
    first = rng.standard_normal(N)
    later = step(first, dt_s, tau_s, rng.standard_normal(N))
    check_law(later, stats.norm().cdf)
    rejects(check_law, later, stats.norm(0, 1.02).cdf)
    check_correlation(first, later, np.exp(-dt_s / 2))
    if dt_s < 5:
        rejects(check_correlation, first, later, 1.02 * np.exp(-dt_s / 2))


def test_two_short_steps_are_one_long_step():
    rng = np.random.default_rng(2)
    state = np.zeros(N)
    for _ in range(2):
        state = step(state, 0.25, 1.0, rng.standard_normal(N))
    check_normal_variance(state, 1 - np.exp(-1.0))
    rejects(check_normal_variance, state, 1.02**2 * (1 - np.exp(-1.0)))
    assert np.isclose(grown_variance(0.5, 1.0), 1 - np.exp(-1.0))


def test_no_time_no_change_and_long_times_forget():
    state, normals = np.array([0.3, -2.0]), np.array([1.0, 1.0])
    assert np.array_equal(step(state, 0.0, 1.0, normals), state)
    assert np.array_equal(step(state, 1e3, 1.0, normals), normals)
    assert grown_variance(0.0, 1.0) == 0
    assert grown_variance(1e3, 1.0) == 1


def test_slow_processes_keep_their_small_steps():
    assert np.isclose(grown_variance(1e-6, 1e8), 2e-14, rtol=1e-6, atol=0)
    assert np.allclose(step(np.zeros(1), 1e-6, 1e8, np.ones(1)), np.sqrt(2e-14), rtol=1e-6, atol=0)


def test_kick_and_loss_are_those_of_a_step_however_small():
    for ratio in (1e-12, 1e-3, 1.0, 50.0):
        kick, loss = kick_and_loss(ratio * 2.0, 2.0)
        moved = step(np.array([1.0]), ratio * 2.0, 2.0, np.array([1.0]))
        assert np.allclose(1.0 - loss + kick, moved)
        assert np.isclose(kick**2, 1 - (1 - loss) ** 2, atol=1e-12)
        assert np.isclose(loss, min(ratio, 1.0), rtol=0.5)
    assert np.array_equal(kick_and_loss(1.0, 0.0), (1.0, 1.0))
