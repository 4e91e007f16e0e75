"""Programming errors against their exact moments, distributions and scopes."""

import numpy as np
import pytest
from scipy import integrate, stats
from support.cells.devices import G_MAX_S, G_MIN_S, device, written
from support.laws import check_correlation, check_law, check_mean, check_normal_variance, check_variance, rejects

from device_models import Scope, Stream, load_device
from device_models.errors import ConfigError

N = 1_000_000
NORMAL = {"relative_sd": 0.02}
POLYNOMIAL = {"error_polynomial_s": {"coefficients": [1e-6, 0.1], "valid_s": [0, 1e-4]}}
SWITCHING = {"set": {"cycle_sd": 0.05}, "reset": {"cycle_sd": 0.5}}
COMPLIANCE = {"cell_voltage_v": 0.4, "reference_current_a": 4e-5, "relative_sd": 0.1}


def moments(dev, target_s):
    mean, variance = dev.programming_moments_s(np.array([target_s]))
    return mean[0], variance[0]


def test_relative_error_is_a_fraction_of_g_max():
    g = written(device(programming=NORMAL), 5e-5, N).g_s
    check_mean(g, 5e-5, 2e-6)
    check_normal_variance(g, (2e-6) ** 2)
    rejects(check_normal_variance, g, (2.04e-6) ** 2)
    check_law(g, stats.norm(5e-5, 2e-6).cdf)
    rejects(check_law, g, stats.norm(5e-5, 2.04e-6).cdf)


def test_g_max_rescales_what_is_relative():
    g = written(device(programming=NORMAL), 5e-5, 1000).g_s
    doubled = device(2 * G_MIN_S, 2 * G_MAX_S, programming=NORMAL)
    assert np.allclose(written(doubled, 1e-4, 1000).g_s, 2 * g, rtol=1e-12, atol=0)


@pytest.mark.parametrize("target_s", [2e-5, 8e-5])
def test_polynomial_error_is_state_dependent(target_s):
    dev, sd = device(programming=POLYNOMIAL), 1e-6 + 0.1 * target_s
    g = written(dev, target_s).g_s
    check_normal_variance(g, sd**2)
    rejects(check_normal_variance, g, (1.02 * sd) ** 2)
    assert np.isclose(dev.error_sd_s(np.array([target_s]))[0], sd, rtol=1e-12, atol=0)


def test_set_and_reset_are_log_normal_and_asymmetric():
    dev = device(programming=SWITCHING)
    for target_s, log_sd in ((5e-5, 0.05), (1e-6, 0.5)):
        logs = np.log(written(dev, target_s, N).g_s / target_s)
        check_law(logs, stats.norm(0, log_sd).cdf)
        rejects(check_law, logs, stats.norm(0, 1.02 * log_sd).cdf)
        check_normal_variance(logs, log_sd**2)
        rejects(check_normal_variance, logs, (1.02 * log_sd) ** 2)
        expected = target_s * stats.lognorm(log_sd).std()
        assert np.isclose(dev.error_sd_s(np.array([target_s]))[0], expected, rtol=1e-9, atol=0)


def test_only_the_lowest_level_is_reset():
    dev = device(programming=SWITCHING)
    just_above = G_MIN_S + 1e-4 * (G_MAX_S - G_MIN_S)
    sd = dev.error_sd_s(np.array([G_MIN_S, just_above]))
    assert np.allclose(sd, [1e-6 * stats.lognorm(0.5).std(), just_above * stats.lognorm(0.05).std()], rtol=1e-9, atol=0)


@pytest.mark.parametrize("given", [{"set": {"cycle_sd": 0.3}}, {"reset": {"cycle_sd": 0.3}}])
def test_the_switching_not_named_is_exact(given):
    dev = device(programming=given)
    exact, spread = (G_MIN_S, 5e-5) if "set" in given else (5e-5, G_MIN_S)
    assert np.all(written(dev, exact, 100).g_s == exact)
    assert np.std(np.log(written(dev, spread, 1000).g_s)) > 0.2


def test_relative_spread_of_a_limited_set_falls_with_the_root_of_the_compliance_current():
    """sigma_R/R of R = 1/G, log-normal, is relative_sd (I_C/I_ref)^-1/2 exactly, from 0.4 uA to 40 uA."""
    dev = device(programming={"set": {"compliance": COMPLIANCE}})
    currents, spreads = [], []
    for target_s in (2e-6, 1e-5, 1e-4):
        current = 0.4 * target_s  # R = V_C / I_C
        expected = 0.1 * (current / 4e-5) ** -0.5
        resistance = 1 / written(dev, target_s, N if target_s < 3e-6 else 400_000).g_s
        log_sd = np.sqrt(np.log(1 + expected**2))
        logs = np.log(resistance * target_s)
        check_law(logs, stats.norm(0, log_sd).cdf)
        check_normal_variance(logs, log_sd**2)
        rejects(check_normal_variance, logs, np.log(1 + (1.02 * expected) ** 2))
        assert np.isclose(stats.lognorm(log_sd).std() / stats.lognorm(log_sd).mean(), expected)
        currents.append(current)
        spreads.append(resistance.std() / resistance.mean())
    assert np.allclose(np.diff(np.log(spreads)) / np.diff(np.log(currents)), -0.5, atol=0.01)


def test_a_compliance_and_the_resistance_it_leaves():
    compliance = device(programming={"set": {"compliance": COMPLIANCE}}).programming.set.compliance
    g = np.array([1e-6, 1e-4])
    assert np.allclose(1 / g, COMPLIANCE["cell_voltage_v"] / compliance.current_a(g))
    assert np.allclose(compliance.relative_sd_of(g), [1.0, 0.1])
    assert np.all(np.isfinite(compliance.log_sd(np.array([0.0]))))


def test_targets_are_not_touched_and_errors_are_clipped_at_zero():
    dev, targets = device(programming=NORMAL), np.full(1000, 1e-6)
    assert dev.program(targets, Stream()).g_s.min() == 0
    assert np.all(targets == 1e-6)


def test_a_target_off_by_rounding_is_taken_for_the_end_of_the_range():
    dev = device(0.0, programming=SWITCHING)
    cells = dev.program(np.array([-1e-12, G_MAX_S + 1e-12]), Stream())
    assert np.all(cells.g_s >= 0)
    assert written(device(), G_MAX_S * (1 + 1e-8), 1).g_s[0] == G_MAX_S


@pytest.mark.parametrize("target_s", [0.5e-6, 1.01e-4, float("nan"), -1e-6])
def test_targets_outside_the_range_are_refused_with_the_range(target_s):
    with pytest.raises(ConfigError) as caught:
        written(device(), target_s, 3)
    assert len(caught.value.mistakes) == 1
    assert f"{target_s:g} S" in str(caught.value)
    assert "1e-06 to 0.0001 S" in str(caught.value)


def clipped_normal(target_s, sd):
    """Mean and variance of max(0, N(target, sd^2)), by integration."""
    density = stats.norm(target_s, sd).pdf
    first, second = (
        integrate.quad(lambda g, k=k: g**k * density(g), 0, target_s + 12 * sd, points=[target_s], epsabs=0)[0]
        for k in (1, 2)
    )
    return first, second - first**2


@pytest.mark.parametrize("target_s", [1e-6, 3e-6, 5e-5])
def test_moments_of_clipped_normal_errors(target_s):
    dev = device(programming=NORMAL)
    g, (mean, variance) = written(dev, target_s).g_s, moments(dev, target_s)
    assert np.allclose([mean, variance], clipped_normal(target_s, 2e-6), rtol=1e-7, atol=0)
    check_mean(g, mean)
    check_variance(g, mean, variance)
    rejects(check_mean, g, 1.02 * mean)
    rejects(check_variance, g, mean, 1.02 * variance)


@pytest.mark.parametrize(("target_s", "log_sd"), [(G_MIN_S, 0.7), (5e-5, 0.3)])
def test_moments_of_log_normal_errors(target_s, log_sd):
    """exp(s^2/2) and exp(s^2) (exp(s^2) - 1) around a median of the target."""
    dev = device(programming={"set": {"cycle_sd": 0.3}, "reset": {"device_sd": 0.7}})
    mean, variance = moments(dev, target_s)
    law = stats.lognorm(log_sd, scale=target_s)
    assert np.allclose([mean, variance], [law.mean(), law.var()], rtol=1e-9, atol=0)
    g = written(dev, target_s).g_s
    check_mean(g, mean)
    rejects(check_mean, g, 1.02 * mean)


def test_without_error_programming_is_exact():
    pulses = {"potentiation": {"start_v": 2.0, "step_v": 0.1, "curvature": 3}, "count": 10, "width_s": 1e-7,
              "depression": {"start_v": 2.0, "step_v": 0.1}}  # fmt: skip
    for law in ({}, {"relative_sd": 0.0}, {"set": {}, "reset": {}}, {"pulses": pulses}):
        dev = device(programming=law)
        for target_s in (G_MIN_S, G_MAX_S):
            assert np.allclose(written(dev, target_s, 10).g_s, target_s, rtol=1e-7, atol=0)
            assert moments(dev, target_s)[1] == 0
        assert dev.scopes == {}
    assert np.all(written(device(programming={"relative_sd": 0.0}), 3e-5, 10).g_s == 3e-5)


@pytest.mark.parametrize(
    ("law", "rho", "sd"),
    [
        ({"relative_sd": 0.02, "device_fraction": 0.3}, 0.3, 2e-6),
        ({"set": {"cycle_sd": 0.03, "device_sd": 0.04}}, 0.64, 0.05),
        ({"set": {"compliance": {**COMPLIANCE, "relative_sd": 0.05}, "device_sd": 0.03}}, None, None),
    ],
)
def test_scopes_device_to_device_stays_cycle_to_cycle_is_new(law, rho, sd):
    """Errors of two programmings correlate by the share of the variance that is constant of the cell."""
    dev, target_s = device(programming=law), 5e-5
    if rho is None:
        cycle = np.log(1 + 0.05**2 * 2)  # I_C is half the reference
        rho, sd = 0.03**2 / (0.03**2 + cycle), np.sqrt(0.03**2 + cycle)

    def errors(**at):
        g = written(dev, target_s, N, **at).g_s
        return (g - target_s if "relative_sd" in law else np.log(g / target_s)) / sd

    first, second, elsewhere = errors(), errors(cycle=1), errors(chip=1)
    check_normal_variance(first, 1.0)
    check_normal_variance(second, 1.0)
    check_correlation(first, second, rho)
    rejects(check_correlation, first, second, 1.04 * rho)
    check_correlation(first, elsewhere, 0.0)
    assert np.array_equal(first, errors())
    assert dev.scopes == {
        "set/reset, cycle to cycle": Scope.PROGRAMMING,
        "set/reset, device to device": Scope.CHIP,
    }


@pytest.mark.parametrize(
    ("law", "scopes"),
    [
        ({}, set()),
        (NORMAL, {Scope.PROGRAMMING}),
        (POLYNOMIAL, {Scope.PROGRAMMING}),
        ({**NORMAL, "device_fraction": 1.0}, {Scope.CHIP}),
        ({"set": {"compliance": COMPLIANCE}}, {Scope.PROGRAMMING}),
        ({"reset": {"device_sd": 0.1}}, {Scope.CHIP}),
        ({"set": {"device_sd": 0.1}, "reset": {"cycle_sd": 0.1}}, {Scope.CHIP, Scope.PROGRAMMING}),
    ],
)
def test_declared_scopes(law, scopes):
    """What is declared is what changes: cells of one cycle against the next, and against another chip."""
    dev = device(programming=law)
    assert set(dev.scopes.values()) == scopes

    def cells(**at):
        return np.r_[written(dev, 5e-5, 20, **at).g_s, written(dev, G_MIN_S, 20, **at).g_s]

    assert np.array_equal(cells(), cells(cycle=1)) == (Scope.PROGRAMMING not in scopes)
    assert np.array_equal(cells(), cells(chip=1)) == (not scopes)


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ({**NORMAL, "set": {"cycle_sd": 0.1}}, "give one law only"),
        ({"set": {"cycle_sd": 0.1, "compliance": COMPLIANCE}}, "give one law only: cycle_sd | compliance"),
        ({"set": {"cycle_sd": 0.1}, "device_fraction": 0.1}, "device_fraction belongs to the normal laws"),
        ({**NORMAL, "device_fraction": 0.1, "verify": {"acceptance_s": 1e-6}}, "verify writes a cell until it fits"),
        ({"relative_sd": -0.1}, "programming.relative_sd: input should be greater than or equal to 0, got -0.1"),
        ({"reset": {"cycle_sd": -1}}, "programming.reset.cycle_sd: input should be greater than or equal to 0, got -1"),
        ({"relativ_sd": 0.1}, "programming.relativ_sd: unknown key, did you mean relative_sd?"),
        ({"device_fraction": 1.1, **NORMAL}, "less than or equal to 1, got 1.1"),
        ({"error_polynomial_s": {"coefficients": [1e-6, -0.1], "valid_s": [0, 1e-4]}}, "negative sd, -9e-06 S"),
        ({"error_polynomial_s": {"coefficients": [], "valid_s": [0, 1e-4]}}, "coefficients"),
        (
            {"error_polynomial_s": {"coefficients": [1e-6], "valid_s": [2e-6, 9e-5]}},
            "conductance: g_min_s=1e-06 to g_max_s=0.0001 S lies outside the range in which "
            "programming.error_polynomial_s was fitted, 2e-06 to 9e-05 S",
        ),
        ({"error_polynomial_s": {"coefficients": [1e-6], "valid_s": [0, 9e-5]}}, "0 to 9e-05 S"),
    ],
)  # fmt: skip
def test_each_mistake_is_one_clear_line(law, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S}, "programming": law})
    assert len(caught.value.mistakes) == 1
    assert "\n" not in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("law", [NORMAL, POLYNOMIAL, SWITCHING, {"set": {"compliance": COMPLIANCE}}])
def test_single_precision_targets_give_single_precision_cells(law):
    targets = np.full(10, 5e-5, np.float32)
    assert device(programming=law).program(targets, Stream()).g_s.dtype == np.float32


@pytest.mark.parametrize("preset", ["fefet_illustrative", "fefet_selector_illustrative"])
def test_many_targets_on_a_staircase_are_interpolated(preset):
    """Mean within 1e-6 of the range, sd within 1e-5 of it, of the exact moments of a few targets."""
    dev = load_device(preset)
    low, high = dev.conductance.g_min_s, dev.conductance.g_max_s
    target = np.random.default_rng(0).uniform(low, high, 10_000)
    many, few = dev.programming_moments_s(target), dev.programming_moments_s(target[:1000])
    assert np.abs(many[0][:1000] - few[0]).max() < 1e-6 * (high - low)
    assert np.abs(np.sqrt(many[1][:1000]) - np.sqrt(few[1])).max() < 1e-5 * (high - low)
