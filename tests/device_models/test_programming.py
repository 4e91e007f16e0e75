"""Programming errors against their exact moments, and their scopes."""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats
from support.laws import check_law, check_mean, check_normal_variance, rejects

from device_models import Device, Scope, Stream, load_device

RANGE = {"g_min_s": 1e-6, "g_max_s": 1e-4}
N = 200_000


def device(**programming):
    return Device.model_validate({"conductance": RANGE, "programming": programming})


def programmed(dev, target_s, cycle=0, seed=0):
    stream = Stream(seed=seed)
    targets = np.full(N, target_s)
    return dev.program(targets, dev.chip(targets.shape, stream), stream, cycle)


def test_relative_error_is_a_fraction_of_g_max():
    g = programmed(device(relative_sd=0.02), 5e-5)
    check_mean(g, 5e-5, 2e-6)
    check_normal_variance(g, (2e-6) ** 2)
    rejects(check_normal_variance, g, (2.04e-6) ** 2)
    doubled = Device.model_validate(
        {"conductance": {"g_min_s": 2e-6, "g_max_s": 2e-4}, "programming": {"relative_sd": 0.02}}
    )
    assert np.allclose(programmed(doubled, 1e-4), 2 * g)


def test_polynomial_error_is_state_dependent():
    dev = device(error_polynomial_s={"coefficients": [1e-6, 0.1], "valid_s": [0, 1e-4]})
    for target in (2e-5, 8e-5):
        g = programmed(dev, target)
        check_normal_variance(g, (1e-6 + 0.1 * target) ** 2)
        rejects(check_normal_variance, g, 1.04 * (1e-6 + 0.1 * target) ** 2)


def test_set_and_reset_are_log_normal_and_asymmetric():
    dev = device(set={"cycle_sd": 0.05}, reset={"cycle_sd": 0.5})
    up, down = programmed(dev, 5e-5), programmed(dev, 1e-6)
    check_law(np.log(up / 5e-5), stats.norm(0, 0.05).cdf)
    check_law(np.log(down / 1e-6), stats.norm(0, 0.5).cdf)
    check_normal_variance(np.log(down / 1e-6), 0.5**2)
    rejects(check_normal_variance, np.log(down / 1e-6), 0.51**2)
    sd = dev.programming.error_sd_s(np.array([1e-6]), dev.conductance)[0]
    assert np.isclose(sd, 1e-6 * stats.lognorm(0.5).std())


def test_clipped_at_zero_and_targets_untouched():
    dev = device(relative_sd=0.02)
    targets = np.full(1000, 1e-6)
    g = dev.program(targets, dev.chip(targets.shape, Stream()), Stream())
    assert g.min() == 0
    assert np.all(targets == 1e-6)


@pytest.mark.parametrize("law", [{"relative_sd": 0.02}, {"set": {"cycle_sd": 0.3}, "reset": {"device_sd": 0.7}}])
@pytest.mark.parametrize("target_s", [0.0, 1e-6, 3e-6, 5e-5])
def test_moments_of_clipped_and_log_normal_errors(law, target_s):
    dev = device(**law)
    g = programmed(dev, target_s)
    mean, variance = (float(value[0]) for value in dev.programming.moments_s(np.array([target_s]), dev.conductance))
    check_mean(g, mean, max(g.std(), 1e-30))
    squares = (g - mean) ** 2
    check_mean(squares, variance, max(squares.std(), 1e-30))
    if g.std() > 0:
        rejects(check_mean, g, 1.02 * mean, g.std())


def test_without_error_programming_is_exact():
    assert np.all(programmed(device(relative_sd=0.0), 3e-5) == 3e-5)
    assert np.all(programmed(device(), 3e-5) == 3e-5)


def test_scopes_device_to_device_stays_cycle_to_cycle_is_new():
    dev = device(relative_sd=0.02, device_fraction=0.3)
    first, second = (programmed(dev, 5e-5, cycle) for cycle in (0, 1))
    check_normal_variance(first, (2e-6) ** 2)
    errors = [(g - 5e-5) / 2e-6 for g in (first, second)]
    products = errors[0] * errors[1]  # variance of the product of correlated normals: 1 + rho^2
    check_mean(products, 0.3, np.sqrt(1 + 0.3**2))
    rejects(check_mean, products, 0.32, np.sqrt(1 + 0.3**2))
    other_chip = (programmed(dev, 5e-5, seed=1) - 5e-5) / 2e-6
    check_mean(errors[0] * other_chip, 0.0, 1.0)
    assert set(dev.scopes.values()) == {Scope.CHIP, Scope.PROGRAMMING}
    assert set(device(relative_sd=0.02).scopes.values()) == {Scope.PROGRAMMING}
    assert device().scopes == {}


def test_one_law_only():
    with pytest.raises(ValidationError, match="give one law only"):
        device(relative_sd=0.1, set={"cycle_sd": 0.1})


def test_published_fits_to_the_printed_digit():
    milo = load_device("rram_milo2021").programming.error_polynomial_s
    assert np.round(milo.sd_s(np.array([50e-6, 225e-6])) * 1e6, 2).tolist() == [4.33, 2.73]
    wan = load_device("rram_wan2022").programming.error_polynomial_s
    g = np.array([0.0, 10.0, 20.0, 39.3])
    expected = 1.053 + 0.2374 * g - 0.01167 * g**2 + 1.536e-4 * g**3
    assert np.allclose(wan.sd_s(g * 1e-6) * 1e6, expected, rtol=1e-9)


def test_the_two_published_fits_of_the_same_chip_agree_in_the_middle_and_differ_at_the_ends():
    """The second fit, g = G/40 uS; a mistake of a power of ten in the coefficients would show here."""
    g = np.array([1.0, 10.0, 20.0, 30.0, 39.0])
    x = g / 40
    second = 0.348 + 16.03 * x - 43.853 * x**2 + 45.393 * x**3 - 16.815 * x**4
    first = load_device("rram_wan2022").programming.error_polynomial_s.sd_s(g * 1e-6) * 1e6
    ratio = second / first
    assert np.all(np.abs(ratio - 1) < 0.5)
    assert np.all(np.abs(ratio[1:4] - 1) < 0.25)
