"""Programming by a law of a user's own shape: draws against the exact law, moments against closed forms."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr
from support.cells.devices import device, written
from support.laws import check_correlation, check_law, check_mean, check_rate, check_variance, rejects

from device_models import ProgrammingLaw, load_device, register
from device_models.errors import ConfigError
from device_models.schema import NonNegative

TARGET_S = 5e-5


@register("test_laplace")
class Laplace(ProgrammingLaw):
    scale_s: NonNegative

    def conductance_s(self, target_s, normals, conductance):
        return target_s - np.sign(normals) * self.scale_s * np.log(2 * ndtr(-np.abs(normals)))


@register("test_skewed")
class Skewed(ProgrammingLaw):
    """Log-normal around the target as its mean."""

    log_sd: NonNegative

    def conductance_s(self, target_s, normals, conductance):
        return target_s * np.exp(self.log_sd * normals - self.log_sd**2 / 2)


def laplace(scale_s=2e-6, **programming):
    return device(programming={"law": {"name": "test_laplace", "scale_s": scale_s}, **programming})


def skewed(log_sd=0.3, **programming):
    return device(programming={"law": {"name": "test_skewed", "log_sd": log_sd}, **programming})


def test_cells_follow_the_law_and_not_the_normal_of_its_variance():
    errors = (written(laplace(), TARGET_S, 300_000).g_s - TARGET_S) / 2e-6
    check_law(errors, stats.laplace.cdf)
    rejects(check_law, errors, stats.laplace(scale=1.02).cdf)
    rejects(check_law, errors, stats.norm(scale=np.sqrt(2)).cdf)
    check_law(written(skewed(), TARGET_S, 300_000).g_s, stats.lognorm(0.3, scale=TARGET_S * np.exp(-0.045)).cdf)


def test_moments_are_those_of_the_law():
    targets = np.array([1e-6, TARGET_S, 1e-4])
    mean, variance = skewed().programming_moments_s(targets)
    assert np.allclose(mean, targets, rtol=1e-9, atol=0)
    assert np.allclose(variance, targets**2 * np.expm1(0.09), rtol=1e-9, atol=0)
    assert np.allclose(skewed().error_sd_s(targets), targets * np.sqrt(np.expm1(0.09)), rtol=1e-9, atol=0)
    mean, variance = laplace().programming_moments_s(targets[1:])
    assert np.allclose(mean, targets[1:], rtol=1e-9, atol=0)
    assert np.allclose(variance, 2 * 2e-6**2, rtol=1e-6, atol=0)


def test_what_is_clipped_at_zero_counts():
    """E[max(0, t + b X)] of a Laplace X is t + b exp(-t/b) / 2."""
    mean, variance = laplace().programming_moments_s(np.array([1e-6]))
    assert np.isclose(mean[0], 1e-6 + 1e-6 * np.exp(-0.5), rtol=1e-6)
    cells = written(laplace(), 1e-6, 400_000).g_s
    assert cells.min() == 0
    check_variance(cells, mean[0], variance[0])
    rejects(check_variance, cells, mean[0], 1.02 * variance[0])


def test_many_targets_are_interpolated():
    targets = np.linspace(1e-6, 1e-4, 10_000)
    mean, variance = skewed().programming_moments_s(targets)
    assert np.allclose(mean, targets, rtol=1e-6, atol=0)
    assert np.allclose(variance, targets**2 * np.expm1(0.09), rtol=1e-3, atol=0)


def test_a_device_part_is_of_the_normal_behind_it():
    dev = skewed(device_fraction=0.25)
    first, second = (np.log(written(dev, TARGET_S, 300_000, cycle=cycle).g_s / TARGET_S) for cycle in (0, 1))
    z = [(values + 0.045) / 0.3 for values in (first, second)]
    check_correlation(*z, 0.25)
    rejects(check_correlation, *z, 0.24)


def test_wear_multiplies_errors():
    wear = {"cycles": 3e5, "spread": {"reference_cycles": 1e5, "exponent": 0.5}}
    worn = device(programming={"law": {"name": "test_laplace", "scale_s": 2e-6}}, endurance=wear)
    errors = (written(worn, TARGET_S, 300_000).g_s - TARGET_S) / (2 * 2e-6)
    check_law(errors, stats.laplace.cdf)
    assert np.isclose(worn.error_sd_s(np.array([TARGET_S]))[0], 2 * np.sqrt(2) * 2e-6, rtol=1e-6)


def test_write_verify_keeps_what_lands_in_the_band():
    """Accepted with p = 1 - exp(-1) when the band is one scale; moments and attempts as the law says."""
    dev = laplace(verify={"acceptance_s": 2e-6, "most_attempts": 4})
    cells = written(dev, TARGET_S, 300_000)
    p = 1 - np.exp(-1)
    check_rate((np.abs(cells.g_s - TARGET_S) <= 2e-6).sum(), cells.g_s.size, 1 - (1 - p) ** 4)
    check_mean(cells.attempts, (1 - (1 - p) ** 4) / p)
    mean, variance = dev.programming_moments_s(np.array([TARGET_S]))
    check_mean(cells.g_s, mean[0])
    check_variance(cells.g_s, mean[0], variance[0])
    rejects(check_variance, cells.g_s, mean[0], 1.1 * variance[0])


def test_single_precision_cells_have_no_infinite_errors():
    dev, target = laplace(), np.full(1_000_000, TARGET_S, np.float32)
    cells = dev.program(target, written(dev, TARGET_S, 1).stream)
    assert cells.g_s.dtype == np.float32
    assert np.isfinite(cells.g_s).all()


@register("test_falling")
class Falling(ProgrammingLaw):
    def conductance_s(self, target_s, normals, conductance):
        return target_s * np.exp(-0.1 * normals)


@register("test_infinite")
class Infinite(ProgrammingLaw):
    def conductance_s(self, target_s, normals, conductance):
        return target_s / np.maximum(normals, 0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("test_falling", "programming.law: test_falling: its conductance_s must not fall as its normals rise"),
        (
            "test_infinite",
            "law test_infinite (Infinite.conductance_s): gave inf for 1e-06 S; every number must be finite",
        ),
    ],
)
def test_laws_that_cannot_be(name, message):
    with pytest.raises(ConfigError) as caught, np.errstate(all="ignore"):
        load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "programming": {"law": {"name": name}}})
    assert message in str(caught.value)
