"""Write-verify against the truncated law, the geometric number of attempts, and independent integration."""

import numpy as np
import pytest
from scipy import stats
from support.cells.devices import G_MAX_S, G_MIN_S, device, written
from support.laws import check_counts, check_law, check_mean, check_rate, check_variance, rejects

from device_models import load_device
from device_models.errors import ConfigError
from device_models.parts.programming_laws.verify import Verify

N = 1_000_000
TARGET_S = 3e-5
STAIRS = {
    "potentiation": {"start_v": 2.85, "step_v": 0.05, "curvature": 3.0},
    "depression": {"start_v": 2.1, "step_v": 0.05},
    "count": 2000,
    "width_s": 75e-9,
    "cycle_sd_v": 2.0,
}
SPAN_S, WHOLE = G_MAX_S - G_MIN_S, 1 - np.exp(-3.0)


def position(g_s):
    return -np.log(1 - (np.asarray(g_s) - G_MIN_S) / SPAN_S * WHOLE) / 3


def on_the_staircase(x):
    return G_MIN_S + SPAN_S * (1 - np.exp(-3 * np.clip(x, 0, 1))) / WHOLE


class Stairs:
    """The law of one attempt of STAIRS at the level next to TARGET_S: x = position + 0.02 z."""

    def __init__(self):
        self.x = np.rint(position(TARGET_S) * 2000) / 2000
        self.target_s = float(on_the_staircase(self.x))

    def cdf(self, g_s):
        return stats.norm.cdf((position(g_s) - self.x) / 0.02)

    def ppf(self, p):
        return on_the_staircase(self.x + 0.02 * stats.norm.ppf(p))


LAWS = {
    "normal": ({"relative_sd": 0.02}, stats.norm(TARGET_S, 2e-6), TARGET_S),
    "log-normal": ({"set": {"cycle_sd": 0.08}}, stats.lognorm(0.08, scale=TARGET_S), TARGET_S),
    "staircase": ({"pulses": STAIRS}, Stairs(), Stairs().target_s),
}
MOST = 4
each_law = pytest.mark.parametrize("name", LAWS)


def verified(name, acceptance_s=0.5e-6, relative=0.02, most=MOST):
    law, one, target_s = LAWS[name]
    verify = {"acceptance_s": acceptance_s, "acceptance_relative": relative, "most_attempts": most}
    return device(programming={**law, "verify": verify}), one, target_s, acceptance_s + relative * target_s


def left_cdf(one, target_s, band, most=MOST):
    """Cdf of a cell as it is left: the truncated law with weight 1-(1-p)^n, that of the rejects with (1-p)^n."""
    low, high = one.cdf(target_s - band), one.cdf(target_s + band)
    p = high - low
    missed = (1 - p) ** most

    def cdf(g_s):
        below = one.cdf(g_s)
        inside = np.clip(below, low, high) - low
        return (1 - missed) * inside / p + missed * (below - inside) / (1 - p)

    return cdf, p


@each_law
def test_what_is_left_follows_the_truncated_law_and_the_tail_of_the_rejects(name):
    dev, one, target_s, band = verified(name)
    g = written(dev, target_s, N).g_s
    check_law(g, left_cdf(one, target_s, band)[0])
    rejects(check_law, g, left_cdf(one, target_s, 1.02 * band)[0])
    rejects(check_law, g, one.cdf)


@each_law
def test_chance_to_end_in_the_band(name):
    dev, one, target_s, band = verified(name)
    cells, p = written(dev, target_s), left_cdf(one, target_s, band)[1]
    inside = np.sum(np.abs(cells.g_s - target_s) <= band)
    check_rate(inside, cells.g_s.size, 1 - (1 - p) ** MOST)
    rejects(check_rate, inside, cells.g_s.size, 1 - (1 - 1.02 * p) ** MOST)
    spread = dev.programming.spread(dev.conductance)
    assert np.isclose(dev.programming.verify.acceptance(spread, np.array([target_s]))[0], p, rtol=1e-6)


@each_law
def test_number_of_attempts_is_geometric_and_cut(name):
    dev, one, target_s, band = verified(name)
    attempts, p = written(dev, target_s).attempts, left_cdf(one, target_s, band)[1]

    def law(p):
        return np.r_[p * (1 - p) ** np.arange(MOST - 1), (1 - p) ** (MOST - 1)]

    counts = np.bincount(attempts, minlength=MOST + 1)[1:]
    assert attempts.max() == MOST
    check_counts(counts, law(p))
    rejects(check_counts, counts, law(1.02 * p))
    mean = law(p) @ np.arange(1, MOST + 1)
    spread = dev.programming.spread(dev.conductance)
    assert np.isclose(dev.programming.verify.mean_attempts(spread, np.array([target_s]))[0], mean, rtol=1e-6)
    check_mean(attempts, mean)
    rejects(check_mean, attempts, 1.02 * mean)


@each_law
def test_exact_moments(name):
    dev, one, target_s, band = verified(name)
    mean, variance = (float(m[0]) for m in dev.programming_moments_s(np.array([target_s])))
    # Quantiles of the law of what is left, by its cdf on a fine grid of one attempt's quantiles.
    z = np.linspace(-7, 7, 400_001)
    grid = one.ppf(stats.norm.cdf(z))
    weights = np.diff(left_cdf(one, target_s, band)[0](grid))
    middles = (grid[1:] + grid[:-1]) / 2
    first, second = weights @ middles, weights @ middles**2
    assert np.allclose([mean, variance], [first, second - first**2], rtol=2e-4, atol=0)
    g = written(dev, target_s, N).g_s
    check_mean(g, mean)
    check_variance(g, mean, variance)
    rejects(check_variance, g, mean, 1.02 * variance)
    rejects(check_mean, g, mean + 0.02 * np.sqrt(variance))
    assert np.isclose(dev.error_sd_s(np.array([target_s]))[0], np.sqrt(variance), rtol=1e-9, atol=0)


@each_law
def test_every_programming_is_new_and_repeatable(name):
    dev, _, target_s, _ = verified(name)
    first, again, second = (written(dev, target_s, 1000, cycle=cycle) for cycle in (0, 0, 1))
    assert np.array_equal(first.g_s, again.g_s)
    assert np.array_equal(first.attempts, again.attempts)
    assert not np.any(first.g_s == second.g_s)
    assert not np.array_equal(first.attempts, second.attempts)


@each_law
def test_one_attempt_is_programming_without_verify(name):
    law, _, target_s = LAWS[name]
    alone = written(device(programming=law), target_s, 1000)
    once = written(verified(name, most=1)[0], target_s, 1000)
    assert np.array_equal(alone.g_s, once.g_s)
    assert alone.attempts is None
    assert np.all(once.attempts == 1)


def test_a_wide_band_accepts_everything_and_a_noiseless_cell_always_fits():
    wide = device(programming={"relative_sd": 0.02, "verify": {"acceptance_s": 1e-3}})
    plain = device(programming={"relative_sd": 0.02})
    exact = device(programming={"relative_sd": 0.0, "verify": {"acceptance_relative": 1e-6}})
    assert np.all(written(wide, 3e-5, 1000).attempts == 1)
    assert np.array_equal(written(wide, 3e-5, 1000).g_s, written(plain, 3e-5, 1000).g_s)
    assert np.all(written(exact, 3e-5, 100).g_s == 3e-5)
    for dev, same in ((wide, plain), (exact, device())):
        both = [d.programming_moments_s(np.array([3e-5])) for d in (dev, same)]
        assert np.allclose(*both, rtol=1e-9, atol=0)
        spread = dev.programming.spread(dev.conductance)
        assert dev.programming.verify.mean_attempts(spread, np.array([3e-5]))[0] == pytest.approx(1)


def test_a_band_of_zero_width_at_zero_holds_the_cells_that_are_clipped_there():
    """Target 0 with a relative band: half of the attempts end at exactly 0 and are accepted."""
    dev = device(0.0, programming={"relative_sd": 0.02, "verify": {"acceptance_relative": 0.1, "most_attempts": 3}})
    cells = written(dev, 0.0)
    check_rate(np.sum(cells.g_s == 0), cells.g_s.size, 1 - 0.5**3)
    mean, variance = (m[0] for m in dev.programming_moments_s(np.zeros(1)))
    check_mean(cells.g_s, mean)
    check_variance(cells.g_s, mean, variance)
    spread = dev.programming.spread(dev.conductance)
    check_mean(cells.attempts, dev.programming.verify.mean_attempts(spread, np.zeros(1))[0])


@pytest.mark.parametrize("target_s", [1e-6, 2e-6])
def test_a_band_that_reaches_below_zero(target_s):
    """acceptance_s above the target: every log-normal attempt is above the band's lower edge."""
    verify = {"acceptance_s": 3e-6, "most_attempts": 2}
    dev = device(programming={"set": {"cycle_sd": 1.0}, "reset": {"cycle_sd": 1.5}, "verify": verify})
    cells = written(dev, target_s)
    p = stats.norm.cdf(np.log((target_s + 3e-6) / target_s) / (1.5 if target_s == G_MIN_S else 1.0))
    check_rate(np.sum(cells.attempts == 1), cells.g_s.size, p)
    mean, variance = (m[0] for m in dev.programming_moments_s(np.array([target_s])))
    check_mean(cells.g_s, mean)
    assert np.isfinite(variance)


def test_a_log_normal_cell_at_zero_needs_one_attempt():
    dev = device(0.0, programming={"reset": {"cycle_sd": 0.5}, "verify": {"acceptance_relative": 0.1}})
    spread = dev.programming.spread(dev.conductance)
    assert np.all(written(dev, 0.0, 10).attempts == 1)
    assert dev.programming.verify.mean_attempts(spread, np.zeros(1))[0] == 1


def test_a_band_that_is_never_hit_uses_every_attempt():
    verify = Verify(acceptance_s=1e-30, most_attempts=7)
    spread = device(programming={"relative_sd": 0.02}).programming.spread(device().conductance)
    target = np.array([3e-5])
    assert verify.mean_attempts(spread, target)[0] == pytest.approx(7, rel=1e-6)
    whole = spread.partial_moments_s(target, np.full(1, -np.inf), np.full(1, np.inf))
    assert np.allclose(verify.moments(spread, target), whole, rtol=1e-9, atol=0)


@pytest.mark.parametrize(
    ("verify", "message"),
    [
        ({}, "give a band: acceptance_s or acceptance_relative above 0"),
        ({"acceptance_s": -1e-6}, "programming.verify.acceptance_s: input should be greater than or equal to 0"),
        ({"acceptance_relative": 1.0}, "less than 1, got 1.0"),
        ({"acceptance_s": 1e-6, "most_attempts": 0}, "greater than or equal to 1, got 0"),
        ({"acceptance": 1e-6}, "did you mean acceptance_s?"),
    ],
)
def test_each_mistake_is_one_clear_line(verify, message):
    programming = {"relative_sd": 0.02, "verify": verify}
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S}, "programming": programming})
    assert message in caught.value.mistakes[0]
    assert len(caught.value.mistakes) == 1
