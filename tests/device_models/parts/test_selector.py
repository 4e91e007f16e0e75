"""Selectors: divider, probability, moments, and correlation of the bits in time."""

import numpy as np
import pytest
from scipy import integrate, stats
from support.cells.devices import cells_at, device
from support.laws import check_mean, check_rate, check_variance, rejects

from device_models import CellReads, Cells, ReadConditions, Scope, Stream, load_device
from device_models.errors import ConfigError
from device_models.parts.selector import bit_correlation

G_S = 2e-5
DEVICE = {
    "threshold": {"mean_v": 1.0, "sd_v": 0.1, "correlation_time_s": 1e-6},
    "input_v": 1.05,
    "on_conductance_s": 8e-5,
    "off_conductance_s": 5e-7,
}
N = 1_000_000


def gated(selector, n=N, g_s=G_S, **parts):
    dev = device(selector={"per": "cell", **selector}, **parts)
    return dev, dev.read_law(cells_at(g_s, n))


def by_hand(g_s):
    """p, on, off of DEVICE in series with g_s."""
    p = stats.norm.cdf((1.05 * g_s / (g_s + 5e-7) - 1.0) / 0.1)
    return p, 8e-5 / (g_s + 8e-5), 5e-7 / (g_s + 5e-7)


@pytest.mark.parametrize("g_s", [1e-6, 2e-5, 1e-4])
def test_divider_and_probability(g_s):
    _, law = gated(DEVICE, 3, g_s)
    p, on, off = by_hand(g_s)
    assert np.allclose(law.selector.probability, p, rtol=1e-9)
    assert np.allclose(law.selector.on, on, rtol=1e-9)
    assert np.allclose(law.selector.off, off, rtol=1e-9)
    assert np.allclose(law.selector.mean(), p * on + (1 - p) * off, rtol=1e-9)
    assert np.allclose(law.selector.variance(), p * (1 - p) * (on - off) ** 2, rtol=1e-9)


@pytest.mark.parametrize("g_s", [5e-6, 2e-5])
def test_mean_and_variance_by_simulation(g_s):
    dev, law = gated(DEVICE, g_s=g_s)
    seen = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(1)).read()
    p, on, off = by_hand(g_s)
    conducting = seen > g_s * (on + off) / 2
    check_rate(conducting.sum(), N, p)
    rejects(check_rate, conducting.sum(), N, 1.02 * p)
    assert np.allclose(seen, g_s * np.where(conducting, on, off), rtol=1e-6, atol=0)
    mean, variance = law.selector.mean()[0], law.selector.variance()[0]
    check_mean(seen / g_s, mean)
    check_variance(seen / g_s, mean, variance)
    rejects(check_mean, seen / g_s, 1.02 * mean)
    rejects(check_variance, seen / g_s, mean, 1.02 * variance)
    assert np.allclose(law.mean_s(), g_s * mean, rtol=1e-9, atol=0)


def test_an_ideal_divider_takes_the_whole_voltage():
    """Without a leak in the blocking state the voltage on it is input_v; a cell of no conductance stays finite."""
    _, law = gated({**DEVICE, "off_conductance_s": 0.0}, 2)
    assert np.allclose(law.selector.level, 0.5)
    assert np.all(law.selector.off == 0)
    _, law = gated({**DEVICE, "off_conductance_s": 0.0}, 2, 0.0)
    assert np.allclose(law.selector.level, 0.5)
    assert np.all(law.selector.on == 1)
    assert np.all(law.mean_s() == 0)
    _, law = gated(DEVICE, 2, 0.0)  # the leak takes all of the voltage: never on
    assert np.all(law.selector.off == 1)
    assert np.all(law.selector.probability < 1e-12)


@pytest.mark.parametrize("level", [-7.0, -2.0, -0.5, 0.0, 0.5, 1.5, 3.0])
@pytest.mark.parametrize("rho", [0.0, 0.1, 0.6, 0.99])
def test_bit_correlation_against_the_bivariate_normal(level, rho):
    h = -abs(level)
    p = stats.norm.cdf(h)

    def density(x):
        return stats.norm.pdf(x) * stats.norm.cdf((h - rho * x) / np.sqrt(1 - rho**2))

    both = integrate.quad(density, h - 12, h, epsabs=0, epsrel=1e-10, points=[h - 1])[0]
    if level > -5:
        law = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]])
        assert np.isclose(law.cdf([h, h]), both, rtol=1e-3, atol=1e-7)
    found = bit_correlation(np.array([level]), rho)[0]
    assert np.isclose(found, (both - p**2) / (p * (1 - p)), rtol=1e-5, atol=1e-7)
    if level == 0:
        assert np.isclose(found, 2 / np.pi * np.arcsin(rho), rtol=1e-12)


@pytest.mark.parametrize("level", [-50.0, -9.0, 9.0, 50.0])
def test_bit_correlation_stays_a_correlation_far_out(level):
    for rho in (0.0, 0.5, 1.0):
        assert -1e-9 <= bit_correlation(np.array([level]), rho)[0] <= 1
    assert bit_correlation(np.array([9.0]), 0.5)[0] == bit_correlation(np.array([-9.0]), 0.5)[0]


@pytest.mark.parametrize("input_v", [1.0, 1.05])
@pytest.mark.parametrize("lags", [1, 2])
def test_correlation_in_time(input_v, lags):
    """Bits of an Ornstein-Uhlenbeck threshold, half a correlation time apart."""
    dev, law = gated({**DEVICE, "input_v": input_v, "off_conductance_s": 0.0})
    reads = CellReads(law, dev.initial_state(law, Stream()), 5e-7, np.random.default_rng(2))
    first = reads.read()
    for _ in range(lags):
        later = reads.read()
    p, rho = stats.norm.cdf((input_v - 1) / 0.1), np.exp(-0.5 * lags)
    both = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([(input_v - 1) / 0.1] * 2)
    correlation = (both - p**2) / (p * (1 - p))
    bits = [(seen > 0) - p for seen in (first, later)]
    products = bits[0] * bits[1] / (p * (1 - p))
    check_mean(products, correlation)
    rejects(check_mean, products, (1.02 if lags == 1 else 1.04) * correlation)
    assert np.allclose(law.selector.correlation(5e-7 * lags), correlation, rtol=1e-4)
    assert np.all(law.selector.correlation(0.0) == 1)


def test_memoryless_law():
    dev, law = gated({"keep_probability": 0.3})
    reads = CellReads(law, dev.initial_state(law, Stream()), 1e-9, np.random.default_rng(3))
    first, second = (reads.read() / G_S for _ in range(2))
    assert set(np.unique(first)) == {0.0, 1.0}
    for bits in (first, second):
        check_rate(bits.sum(), N, 0.3)
        rejects(check_rate, bits.sum(), N, 0.306)
    check_rate(np.sum(first * second), N, 0.09)
    rejects(check_rate, np.sum(first * second), N, 0.09 * 1.04)
    assert np.allclose([law.selector.mean(), law.selector.variance()], [[0.3] * N, [0.21] * N])
    assert np.all(law.selector.correlation(1e-9) == 0)
    assert np.all(law.selector.correlation(0.0) == 1)


def test_scopes():
    assert gated({"keep_probability": 0.3}, 1)[0].scopes == {"selector": Scope.READ}
    assert gated(DEVICE, 1)[0].scopes == {"selector": Scope.TIME}
    assert device().selector is None
    assert device().read_law(cells_at(G_S, 1)).selector is None
    dev, law = gated(DEVICE, 1000)
    states = [dev.initial_state(law, stream).thresholds for stream in (Stream(), Stream(), Stream(chip=1))]
    assert np.array_equal(states[0], states[1])
    assert not np.any(states[0] == states[2])


PAIR_S = np.array([6e-5, 4e-6])


def pair_law(selector, n=N, **parts):
    dev = device(selector=selector, **parts)
    g_s = np.repeat(PAIR_S[:, None], n, axis=1)
    return dev, dev.read_law(Cells(g_s, Stream()), ReadConditions(age_s=1.0))


def test_one_selector_gates_a_pair_and_sees_the_sum_of_its_cells():
    dev, law = pair_law({**DEVICE, "per": "pair"}, 1000)
    p, on, off = by_hand(PAIR_S.sum())
    assert law.selector.level.shape == (1000,)
    assert np.allclose(law.selector.probability, p)
    assert np.allclose(law.selector.mean(), p * on + (1 - p) * off)
    seen = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(4)).read()
    assert np.allclose(seen[0] / PAIR_S[0], seen[1] / PAIR_S[1], rtol=1e-6)
    _, separate = pair_law({**DEVICE, "per": "cell"}, 1000)
    assert np.allclose(separate.selector.probability, np.repeat([[by_hand(g)[0]] for g in PAIR_S], 1000, axis=1))


@pytest.mark.parametrize("per", ["pair", "cell"])
@pytest.mark.parametrize("selector", [DEVICE, {"keep_probability": 0.4}])
@pytest.mark.parametrize("lags", [0, 1])
def test_variance_of_a_pair_with_every_other_noise(per, selector, lags):
    """G+ - G- with telegraph, 1/f and fresh noise behind the selector: mean, variance and covariance of two reads."""
    trap = {"min_s": 2e-6, "max_s": 2e-6}
    dev, law = pair_law(
        {**selector, "per": per}, 400_000,
        read_noise={"relative_sd": 0.1},
        telegraph={"resistance_step": {"relative": 0.5}, "capture_time_s": trap, "emission_time_s": trap},
        flicker={"relative": {"coefficient": 0.05}, "read_time_s": 1e-7, "slowest_s": 1e-4},
    )  # fmt: skip
    reads = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(5))
    seen = [np.subtract(*reads.read()) for _ in range(lags + 1)]
    mean = np.subtract(*law.mean_s())[0]
    check_mean(seen[0], mean)
    rejects(check_mean, seen[0], 1.02 * mean)
    covariance = law.pair_covariance_s2(1e-12, lags * 1e-6)[0]
    products = (seen[0] - mean) * (seen[lags] - mean)
    check_mean(products, covariance)
    spread = products.std() / np.sqrt(products.size)
    rejects(check_mean, products, covariance + max(0.02 * abs(covariance), 10 * spread))
    if lags == 0:
        rejects(check_mean, products, 1.02 * covariance)


@pytest.mark.parametrize("per", ["pair", "cell"])
def test_ideal_selectors_of_a_pair_in_closed_form(per):
    """One selector per pair: p(1-p) (G+ - G-)^2; two: p(1-p) (G+^2 + G-^2), the G_min terms are back."""
    _, law = pair_law({"keep_probability": 0.3, "per": per}, 2)
    squares = (PAIR_S[0] - PAIR_S[1]) ** 2 if per == "pair" else np.sum(PAIR_S**2)
    assert np.allclose(law.pair_covariance_s2(1e-7, 0.0), 0.21 * squares, rtol=1e-9, atol=0)
    assert np.all(law.pair_covariance_s2(1e-7, 1e-6) == 0)
    slow = {**DEVICE, "input_v": 1.0, "off_conductance_s": 0.0, "on_conductance_s": 1e6}
    _, law = pair_law({**slow, "per": per}, 2)
    correlation = 2 / np.pi * np.arcsin(np.exp(-1.0))
    assert np.allclose(law.pair_covariance_s2(1e-7, 1e-6), correlation * 0.25 * squares, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ({}, "give one law: keep_probability | threshold, input_v, on_conductance_s, off_conductance_s"),
        ({**DEVICE, "keep_probability": 0.5}, "give one law"),
        ({"input_v": 1.0, "on_conductance_s": 1e-4}, "missing: threshold, off_conductance_s"),
        ({"keep_probability": 0.0}, "selector.keep_probability: input should be greater than 0, got 0"),
        ({"keep_probability": 1.0}, "selector.keep_probability: input should be less than 1, got 1"),
        ({"keep_probability": -0.1}, "greater than 0, got -0.1"),
        ({"keep_probabilty": 0.5}, "did you mean keep_probability?"),
        ({**DEVICE, "off_conductance_s": 1e-4}, "off_conductance_s must be below on_conductance_s"),
        ({**DEVICE, "threshold": {**DEVICE["threshold"], "sd_v": -0.1}}, "selector.threshold.sd_v: input should be"),
        ({"keep_probability": 0.5, "per": "row"}, "selector.per: input should be 'pair' or 'cell', got 'row'"),
    ],
)
def test_each_mistake_is_clear(selector, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "selector": selector})
    assert message in str(caught.value)
    assert len(caught.value.mistakes) == 1
