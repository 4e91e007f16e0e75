"""Telegraph noise against its exact laws: transition probabilities, autocorrelation, window averages."""

import numpy as np
import pytest
from scipy import stats
from support.cells.devices import cells_at, device
from support.cells.traps import window_means
from support.laws import check_correlation, check_law, check_mean, check_normal_variance, check_rate, rejects

from device_models import Device, ResistanceStepLaw, Scope, Stream, load_device, register
from device_models.errors import ConfigError
from device_models.parts.telegraph import Telegraph, TimeRange, Traps, step
from device_models.parts.windows import window_attenuation
from device_models.schema import NonNegative

N = 400_000
CAPTURE_S, EMISSION_S = 3e-3, 1e-3
Q, TAU0_S = 0.25, 0.75e-3


def traps(shape=(N,)):
    return Traps(np.full(shape, CAPTURE_S), np.full(shape, EMISSION_S))


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
        rejects(check_rate, after.sum(), N, 0.98 * p if p > 0.2 else p + 0.02)


def test_two_short_steps_are_one_long_step():
    rng = np.random.default_rng(2)
    half = step(np.zeros(N, int), 0.5e-3, rng.random(N), traps())
    whole = step(half, 0.5e-3, rng.random(N), traps())
    p = Q * (1 - np.exp(-1e-3 / TAU0_S))
    check_rate(whole.sum(), N, p)
    rejects(check_rate, whole.sum(), N, 1.04 * p)


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
    means = window_means(CAPTURE_S, EMISSION_S, 2e-3, 1, 40_000)[0]
    variance = Q * (1 - Q) * float(window_attenuation(np.array(TAU0_S), 2e-3))
    check_mean(means, Q, np.sqrt(variance))
    squares = (means - Q) ** 2
    check_mean(squares, variance, squares.std())
    rejects(check_mean, squares, 1.05 * variance, squares.std())


HE2019 = {"relative": 0.0015, "per_ohm": 1.662e-7}
WIDE = {"min_s": 1e-5, "max_s": 10.0}
TELEGRAPH = {"resistance_step": HE2019, "capture_time_s": WIDE, "emission_time_s": WIDE}


def telegraph(**change):
    return Telegraph.model_validate({**TELEGRAPH, **change})


def trap_law(g_s=1e-5, n=400_000, temperature_k=300.0, cycle=0, chip=0, **change):
    dev = device(temperature_k=temperature_k, telegraph={**TELEGRAPH, **change})
    return dev.read_law(cells_at(g_s, n, cycle=cycle, chip=chip)).traps


def factor_of(law):
    """dR/R of the traps of `trap_law` over the median's."""
    return law.amplitude / (1 - law.amplitude) / (HE2019["relative"] + HE2019["per_ohm"] / 1e-5)


def test_published_table_of_amplitudes():
    """0.32 % at 10 kohm, 1.0 % at 50k, 1.8 % at 100k, 8.5 % at 500k, 17 % at 1 Mohm."""
    resistance = np.array([1e4, 5e4, 1e5, 5e5, 1e6])
    d = telegraph().amplitude(1 / resistance, np.ones((1, 5)))[0]
    step = d / (1 - d)
    assert np.round(step[:1], 4).tolist() == [0.0032]
    assert np.round(step[1:3], 3).tolist() == [0.010, 0.018]
    assert np.round(step[3:], 3).tolist() == [0.085, 0.168]
    assert np.allclose(step, 0.0015 + 1.662e-7 * resistance, rtol=1e-9)
    wrong = telegraph(resistance_step={**HE2019, "per_ohm": 1.662e-7 * 1.02}).amplitude(1 / resistance, np.ones((1, 5)))
    assert not np.allclose(wrong, d, rtol=3e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_amplitude_saturates_below_one(dtype):
    """A step in resistance of any size cannot take more than the whole conductance: 1e12 ohm and beyond."""
    g = np.array([0.0, 1e-30, 1e-12, 1e-9, 1e-6], dtype)
    d = telegraph().amplitude(g, np.ones((1, 5), np.float32))[0]
    assert np.all(np.diff(d) <= 0)
    assert d[0] == d[2]
    assert np.all(d < 1)
    assert d[0] > 0.99999
    assert np.all(telegraph().amplitude(g, np.full((1, 5), 1e12, np.float32)) < 1)


def test_times_are_log_uniform_and_independent():
    traps = trap_law().traps
    for times in (traps.capture_s, traps.emission_s):
        check_law(np.log10(times), stats.uniform(-5, 6).cdf)
        rejects(check_law, np.log10(times), stats.uniform(-5, 6 * 1.02).cdf)
    standard = [(np.log10(times) + 2) / np.sqrt(3) for times in (traps.capture_s, traps.emission_s)]
    check_mean(standard[0] * standard[1], 0.0, 1.0)
    assert np.allclose(traps.occupancy, 1 / (1 + traps.capture_s / traps.emission_s))
    assert np.allclose(1 / traps.tau0_s, 1 / traps.capture_s + 1 / traps.emission_s)


def test_factors_are_log_normal_one_per_trap():
    factor = factor_of(trap_law(spread_log_sd=0.5, traps_per_cell=2))
    assert factor.shape == (2, 400_000)
    for logs in np.log(factor):
        check_normal_variance(logs, 0.25)
        rejects(check_normal_variance, logs, 0.25 * 1.02**2)
        check_mean(logs, 0.0, 0.5)
    check_correlation(*np.log(factor) / 0.5, 0.0)
    check_law(np.log(factor), stats.norm(0, 0.5).cdf)
    assert np.allclose(factor_of(trap_law(n=10)), 1, rtol=1e-6)


def test_amplitude_scopes_life_and_cycle():
    """ln factor of two programmings: the trap's own part is shared, the cycle's part is new."""
    change = {"spread_log_sd": 0.4, "cycle_log_sd": 0.3}
    one, two, elsewhere = (trap_law(**at, **change) for at in ({}, {"cycle": 1}, {"chip": 1}))
    logs = [np.log(factor_of(law)[0]) / 0.5 for law in (one, two, elsewhere)]
    for values in logs:
        check_normal_variance(values, 1.0)
        rejects(check_normal_variance, values, 1.02**2)
    check_correlation(logs[0], logs[1], 0.64)
    rejects(check_correlation, logs[0], logs[1], 0.62)
    check_correlation(logs[0], logs[2], 0.0)
    life = np.log(factor_of(trap_law(spread_log_sd=0.4))[0])
    for values in logs[:2]:
        check_normal_variance(values * 0.5 - life, 0.09)
        rejects(check_normal_variance, values * 0.5 - life, 0.09 * 1.02**2)
    assert device(telegraph={**TELEGRAPH, **change}).scopes == {
        "telegraph amplitude and time constants": Scope.CHIP,
        "telegraph amplitude, cycle to cycle": Scope.PROGRAMMING,
        "telegraph state": Scope.TIME,
    }
    assert "telegraph amplitude, cycle to cycle" not in device(telegraph=TELEGRAPH).scopes


def test_times_are_those_of_the_chip_whatever_the_amplitude_and_the_cycle():
    base = trap_law(n=1000)
    for other in (
        trap_law(n=1000, cycle=3),
        trap_law(g_s=1e-6, n=1000),
        trap_law(n=1000, spread_log_sd=1.0, cycle_log_sd=0.5),
        trap_law(n=1000, resistance_step={"relative": 0.3}),
    ):
        assert np.array_equal(other.traps.capture_s, base.traps.capture_s)
        assert np.array_equal(other.traps.emission_s, base.traps.emission_s)
    elsewhere = trap_law(n=1000, chip=1)
    assert not np.any(elsewhere.traps.capture_s == base.traps.capture_s)


def test_heat_shortens_both_times_by_the_arrhenius_factor():
    """0.3 eV from 300 K to 350 K: exp[0.3/8.617333e-5 (1/350 - 1/300)] = 0.19."""
    cold, hot = (trap_law(n=1000, temperature_k=t, activation_energy_ev=0.3).traps for t in (300.0, 350.0))
    factor = np.exp(0.3 / 8.617333e-5 * (1 / 350 - 1 / 300))
    assert np.allclose(hot.capture_s, factor * cold.capture_s, rtol=1e-5, atol=0)
    assert np.allclose(hot.emission_s, factor * cold.emission_s, rtol=1e-5, atol=0)
    assert np.allclose(hot.occupancy, cold.occupancy)
    frozen = trap_law(n=1000, temperature_k=4.0, activation_energy_ev=1.0).traps
    assert np.all(np.isfinite(frozen.occupancy))
    assert np.all(np.isfinite(frozen.tau0_s))


@register("test_square_root_step")
class SquareRootStep(ResistanceStepLaw):
    per_root_ohm: NonNegative

    def relative_step(self, resistance_ohm):
        return self.per_root_ohm * np.sqrt(resistance_ohm)


def test_a_resistance_step_of_ones_own():
    law = trap_law(g_s=1e-4, n=2, resistance_step={"law": {"name": "test_square_root_step", "per_root_ohm": 0.001}})
    assert np.allclose(law.amplitude, 0.1 / 1.1)


def test_a_round_trip_through_json_keeps_a_law_within_a_section():
    step = {"law": {"name": "test_square_root_step", "per_root_ohm": 0.001}}
    dev = device(telegraph={**TELEGRAPH, "resistance_step": step})
    again = Device.model_validate_json(dev.model_dump_json())
    assert again == dev
    assert again.telegraph.resistance_step.law == SquareRootStep(name="test_square_root_step", per_root_ohm=0.001)


def test_equal_bounds_give_a_constant():
    values = TimeRange(min_s=1e-3, max_s=1e-3).draw((10,), np.random.default_rng(0))
    assert np.allclose(values, 1e-3, rtol=1e-6, atol=0)


def test_states_start_stationary_also_for_rare_ones():
    dev = device(telegraph={**TELEGRAPH, "capture_time_s": {"min_s": 1.0, "max_s": 1.0},
                            "emission_time_s": {"min_s": 1e-3, "max_s": 1e-3}, "traps_per_cell": 3})  # fmt: skip
    law = dev.read_law(cells_at(1e-5, 1_000_000))
    state = dev.initial_state(law, Stream()).traps
    assert state.shape == (3, 1_000_000)
    check_rate(state.sum(), state.size, 1e-3 / 1.001)
    rejects(check_rate, state.sum(), state.size, 1.2e-3)
    assert np.array_equal(dev.initial_state(law, Stream()).traps, state)
    assert not np.array_equal(dev.initial_state(law, Stream(chip=1)).traps, state)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"capture_time_s": {"min_s": 1.0, "max_s": 0.1}}, "min_s=1 must not exceed max_s=0.1"),
        (
            {"capture_time_s": {"min_s": 0, "max_s": 1}},
            "telegraph.capture_time_s.min_s: input should be greater than 0",
        ),
        ({"spread_log_sd": -0.1}, "telegraph.spread_log_sd: input should be greater than or equal to 0, got -0.1"),
        ({"cycle_logsd": 0.1}, "did you mean cycle_log_sd?"),
        ({"traps_per_cell": 0}, "telegraph.traps_per_cell: input should be greater than or equal to 1, got 0"),
        ({"resistance_step": {**HE2019, "highest_ohm": 1e5}}, "g_min_s=1e-06 S is beyond the 100000 ohm"),
        (
            {"resistance_step": {**HE2019, "law": {"name": "test_square_root_step", "per_root_ohm": 1}}},
            "give one law only: relative and per_ohm | law",
        ),
    ],
)
def test_each_mistake_is_one_clear_line(change, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "telegraph": {**TELEGRAPH, **change}})
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)


def test_a_range_within_the_fit_of_the_amplitude_is_allowed():
    assert device(telegraph={**TELEGRAPH, "resistance_step": {**HE2019, "highest_ohm": 1e6}})


def test_a_share_of_the_cells_has_traps():
    """Of the others the amplitude is 0; who has them is of the chip, and no other draw changes."""
    law = {**load_device("rram_telegraph_illustrative").telegraph.model_dump(), "traps_per_cell": 2}
    every, some = (device(telegraph={**law, "share_of_cells": share}) for share in (1.0, 0.3))
    cells = cells_at(2e-5, 100_000)
    whole, part = every.read_law(cells).traps, some.read_law(cells).traps
    has = (part.amplitude > 0).all(axis=0)
    assert np.array_equal(has, (part.amplitude > 0).any(axis=0))
    check_rate(has.sum(), has.size, 0.3)
    rejects(check_rate, has.sum(), has.size, 0.31)
    assert np.array_equal(part.amplitude[:, has], whole.amplitude[:, has])
    assert np.array_equal(part.traps.capture_s, whole.traps.capture_s)
    assert np.array_equal(some.read_law(cells_at(2e-5, 100_000, cycle=3)).traps.amplitude > 0, part.amplitude > 0)
    assert np.all(part.mean_factor()[~has] == 1)
    assert np.all(part.factor_covariance(0.0, 0.0)[~has] == 0)
    assert some.scopes["cells that have traps"] is Scope.CHIP
    assert "cells that have traps" not in every.scopes


def test_jumps_are_a_second_kind_of_traps():
    """The first are as they are alone; both multiply the conductance; their effects have scopes of their own."""
    times = {"min_s": 50.0, "max_s": 50.0}
    jumps = {"resistance_step": {"relative": 0.25}, "capture_time_s": times, "emission_time_s": times}
    alone = device(telegraph=TELEGRAPH)
    both = device(telegraph={**TELEGRAPH, "jumps": {**jumps, "share_of_cells": 0.3}})
    cells = cells_at(5e-6, 100_000)
    one, two = alone.read_law(cells).traps, both.read_law(cells).traps
    count = len(one.amplitude)
    assert np.array_equal(two.amplitude[:count], one.amplitude)
    assert np.array_equal(two.traps.capture_s[:count], one.traps.capture_s)
    d = two.amplitude[count]
    check_rate((d > 0).sum(), d.size, 0.3)
    rejects(check_rate, (d > 0).sum(), d.size, 0.31)
    assert np.allclose(d[d > 0], 0.2)
    assert np.allclose(two.mean_factor(), one.mean_factor() * (1 - d / 2))
    assert both.scopes["telegraph state (jumps)"] is Scope.TIME
    assert both.scopes["cells that have traps (jumps)"] is Scope.CHIP
    with pytest.raises(ValueError, match=r"telegraph\.jumps\.resistance_step was fitted"):
        device(telegraph={**TELEGRAPH, "jumps": {**jumps, "resistance_step": {"relative": 0.25, "highest_ohm": 1e3}}})
