"""Pulse staircases: levels, amplitudes, direction, and an error that follows the slope of the curve."""

import numpy as np
import pytest
from scipy import stats
from support.cells.devices import G_MAX_S, G_MIN_S, device, written
from support.laws import (
    check_correlation,
    check_law,
    check_mean,
    check_normal_variance,
    check_rate,
    check_variance,
    rejects,
)

from device_models import Scope, Stream, load_device
from device_models.errors import ConfigError

SPAN_S = G_MAX_S - G_MIN_S
COUNT = 31


def pulses(direction="potentiation", curvature=3.0, **spread):
    return {
        "potentiation": {"start_v": 2.85, "step_v": 0.05, "curvature": curvature},
        "depression": {"start_v": 2.1, "step_v": 0.04, "curvature": curvature},
        "count": COUNT,
        "width_s": 75e-9,
        "direction": direction,
        **spread,
    }


def fefet(direction="potentiation", curvature=3.0, **spread):
    return device(programming={"pulses": pulses(direction, curvature, **spread)})


def after(n, direction, curvature):
    """Conductance after n pulses, as the module's text says it."""
    c = curvature
    share = n / COUNT if c == 0 else (1 - np.exp(-c * n / COUNT)) / (1 - np.exp(-c))
    return G_MIN_S + SPAN_S * share if direction == "potentiation" else G_MAX_S - SPAN_S * share


each_staircase = pytest.mark.parametrize(
    ("direction", "curvature"), [(d, c) for d in ("potentiation", "depression") for c in (0.0, 3.0)]
)


@each_staircase
def test_every_level_is_reached_exactly_without_spread(direction, curvature):
    levels = after(np.arange(COUNT + 1), direction, curvature)
    g = fefet(direction, curvature).program(levels, Stream()).g_s
    assert np.allclose(g, levels, rtol=1e-7, atol=0)


@each_staircase
def test_a_target_between_two_levels_goes_to_the_nearer_in_pulses(direction, curvature):
    levels = after(np.array([7, 8]), direction, curvature)
    near = after(np.array([7.4, 7.6]), direction, curvature)
    assert np.allclose(fefet(direction, curvature).program(near, Stream()).g_s, levels, rtol=1e-7, atol=0)


@each_staircase
@pytest.mark.parametrize("n", [5, 24])
def test_a_small_error_is_the_slope_of_the_curve_times_sd_over_step(direction, curvature, n):
    dev, target_s = fefet(direction, curvature, cycle_sd_v=0.005), after(n, direction, curvature)
    slope = abs(after(n + 1e-3, direction, curvature) - after(n - 1e-3, direction, curvature)) / 2e-3  # S per pulse
    sd = slope * 0.005 / (0.05 if direction == "potentiation" else 0.04)
    assert np.isclose(dev.error_sd_s(np.array([target_s]))[0], sd, rtol=2e-3, atol=0)
    g = written(dev, target_s).g_s
    assert np.isclose(g.std(), sd, rtol=8e-3, atol=0)


@each_staircase
def test_law_of_a_large_error_and_of_the_cells_that_stop_at_an_end(direction, curvature):
    """x = n/count + sd z is cut to [0, 1]: between the ends a transformed normal, at each end an atom."""
    n, sd_v = 10, 0.5
    dev, target_s = fefet(direction, curvature, cycle_sd_v=sd_v), after(n, direction, curvature)
    g = written(dev, target_s, 1_000_000).g_s
    sd = sd_v / ((0.05 if direction == "potentiation" else 0.04) * COUNT)
    x = stats.norm(n / COUNT, sd)
    first, last = after(0, direction, curvature), after(COUNT, direction, curvature)
    assert g.min() >= G_MIN_S * (1 - 1e-9)
    assert g.max() <= G_MAX_S * (1 + 1e-9)
    at_first, at_last = (np.isclose(g, end, rtol=1e-9, atol=0) for end in (first, last))
    check_rate(at_first.sum(), g.size, x.cdf(0))
    check_rate(at_last.sum(), g.size, x.sf(1))
    rejects(check_rate, at_first.sum(), g.size, stats.norm(n / COUNT, 1.02 * sd).cdf(0))
    share = np.abs(g[~(at_first | at_last)] - first) / SPAN_S
    places = share if curvature == 0 else -np.log(1 - share * (1 - np.exp(-curvature))) / curvature

    def inside(sd):
        return stats.truncnorm(-n / COUNT / sd, (1 - n / COUNT) / sd, loc=n / COUNT, scale=sd).cdf

    check_law(places, inside(sd))
    rejects(check_law, places, stats.norm(n / COUNT, sd).cdf)
    mean, variance = (float(m[0]) for m in dev.programming_moments_s(np.array([target_s])))
    z = np.linspace(-8, 8, 400_001)
    seen = after(np.clip(n / COUNT + sd * z, 0, 1) * COUNT, direction, curvature)
    weights = stats.norm.pdf(z) * (z[1] - z[0])
    assert np.allclose([mean, variance], [weights @ seen, weights @ (seen - weights @ seen) ** 2], rtol=1e-6, atol=0)
    check_mean(g, mean)
    check_variance(g, mean, variance)
    rejects(check_mean, g, mean + 0.01 * np.sqrt(variance))
    rejects(check_variance, g, mean, 1.02 * variance)


def test_potentiation_and_depression_mirror_each_other():
    """With the same step, depression to the mirrored level has the same error, mirrored."""
    up = device(programming={"pulses": pulses(cycle_sd_v=0.1)})
    mirrored = {**pulses("depression", cycle_sd_v=0.1), "depression": pulses()["potentiation"]}
    down = device(programming={"pulses": mirrored})
    level = after(np.array([6]), "potentiation", 3.0)
    (mean, variance), (other_mean, other_variance) = (
        up.programming_moments_s(level),
        down.programming_moments_s(G_MIN_S + G_MAX_S - level),
    )
    assert np.allclose(mean - level, -(other_mean - (G_MIN_S + G_MAX_S - level)), rtol=1e-6, atol=0)
    assert np.allclose(variance, other_variance, rtol=1e-6, atol=0)


def test_scopes_of_the_two_voltages():
    """Places on the straight staircase correlate by the device's share of the variance of the voltage."""
    dev, target_s = fefet(curvature=0.0, cycle_sd_v=0.03, device_sd_v=0.04), after(15, "potentiation", 0.0)

    def pulses_off(**at):
        return (written(dev, target_s, **at).g_s - target_s) / (SPAN_S / COUNT)

    first, second, elsewhere = (pulses_off(**at) for at in ({}, {"cycle": 1}, {"chip": 1}))
    check_normal_variance(first, 1.0)  # 0.05 V, one step
    rejects(check_normal_variance, first, 1.02**2)
    check_correlation(first, second, 0.64)
    rejects(check_correlation, first, second, 0.62)
    check_correlation(first, elsewhere, 0.0)
    assert set(dev.scopes.values()) == {Scope.CHIP, Scope.PROGRAMMING}
    assert set(fefet(cycle_sd_v=0.1).scopes.values()) == {Scope.PROGRAMMING}
    assert set(fefet(device_sd_v=0.1).scopes.values()) == {Scope.CHIP}


def test_a_wide_error_on_a_strongly_curved_staircase_stays_finite():
    dev = fefet(curvature=20.0, cycle_sd_v=3.0)
    g = written(dev, after(16, "potentiation", 20.0), 1_000_000).g_s
    mean, variance = (float(m[0]) for m in dev.programming_moments_s(np.array([after(16, "potentiation", 20.0)])))
    check_mean(g, mean)
    check_variance(g, mean, variance)
    rejects(check_mean, g, 1.02 * mean)


def test_levels_keep_the_precision_of_the_targets():
    cells = fefet(cycle_sd_v=0.1).program(np.full(5, 5e-5, np.float32), Stream())
    assert cells.g_s.dtype == np.float32


@pytest.mark.parametrize(
    ("conductance", "change", "message"),
    [
        ({"levels": 31}, {}, "conductance.levels=31, but 31 programming.pulses give 32 levels"),
        (
            {},
            {"cycle_sd_v": -0.1},
            "programming.pulses.cycle_sd_v: input should be greater than or equal to 0, got -0.1",
        ),
        ({}, {"direction": "up"}, "programming.pulses.direction: input should be 'potentiation' or 'depression'"),
        ({}, {"cycle_sdv": 0.1}, "unknown key, did you mean cycle_sd_v?"),
        ({}, {"count": 0}, "programming.pulses.count"),
    ],
)
def test_each_mistake_is_one_clear_line(conductance, change, message):
    with pytest.raises(ConfigError) as caught:
        load_device(
            {"conductance": {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S, **conductance},
             "programming": {"pulses": {**pulses(), **change}}}
        )  # fmt: skip
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)


def identical(**spread):
    """Pulses without voltages."""
    staircases = {way: {"curvature": 3.0} for way in ("potentiation", "depression")}
    return {"programming": {"pulses": {**staircases, "count": COUNT, **spread}}}


def test_a_spread_in_pulses_is_one_in_volts_over_the_step():
    target_s = after(np.array([3, 10, 20]), "potentiation", 3.0)
    volts = fefet(cycle_sd_v=0.03, device_sd_v=0.04)
    pulses_ = device(**identical(cycle_sd_pulses=0.6, device_sd_pulses=0.8))
    assert np.allclose(volts.error_sd_s(target_s), pulses_.error_sd_s(target_s), rtol=1e-12)
    assert pulses_.scopes.keys() == volts.scopes.keys()
    assert np.allclose(pulses_.programming.spread(pulses_.conductance).device_share(target_s), 0.64)
    assert not device(**identical()).scopes


@pytest.mark.parametrize(
    ("spread", "message"),
    [
        ({"cycle_sd_v": 0.1}, "a spread in volts needs potentiation.step_v"),
        ({"cycle_sd_v": 0.1, "device_sd_pulses": 1}, "give spreads in volts or in pulses"),
        ({"cycle_sd_pulses": -1}, "greater than or equal to 0"),
    ],
)
def test_mistakes_of_identical_pulses(spread, message):
    with pytest.raises(ConfigError, match=message):
        load_device({"conductance": {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S}, **identical(**spread)})


def test_levels_that_agree_with_the_pulses_are_allowed():
    conductance = {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S, "levels": COUNT + 1}
    assert load_device({"conductance": conductance, "programming": {"pulses": pulses()}}).conductance.levels == 32
