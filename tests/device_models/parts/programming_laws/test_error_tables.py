"""Programming errors given as tables, against laws of which the tables are made."""

import numpy as np
import pytest
from scipy import stats
from support.cells.devices import G_MAX_S, G_MIN_S, device, written
from support.laws import check_law, check_mean, check_normal_variance, check_variance, rejects

from device_models import load_device
from device_models.errors import ConfigError

SDS = {"name": "table", "target_s": [1e-6, 2e-5, 1e-4], "sd_s": [2e-7, 2e-6, 1e-6]}
QUANTILES = {
    "name": "quantile_table",
    "target_s": [1e-6, 1e-4],
    "normal_score": [-2.0, 0.0, 1.0],
    "error_s": [[-4e-7, 0.0, 1e-7], [-1e-5, 0.0, 1e-6]],
}


def with_law(law, **more):
    return device(programming={"law": {**law, **more}})


def test_a_normal_error_has_the_sd_of_the_table():
    dev = with_law(SDS)
    targets = np.array([1e-6, 5.75e-6, 2e-5, 6e-5, 1e-4])
    assert np.allclose(dev.error_sd_s(targets), [2e-7, 6.5e-7, 2e-6, 1.5e-6, 1e-6], rtol=1e-9, atol=0)
    errors = written(dev, 6e-5, 200_000).g_s - 6e-5
    check_mean(errors, 0.0, 1.5e-6)
    check_normal_variance(errors, (1.5e-6) ** 2)
    rejects(check_normal_variance, errors, (1.54e-6) ** 2)


def test_one_target_holds_for_all():
    dev = with_law(SDS, target_s=[5e-5], sd_s=[1e-6])
    assert np.allclose(dev.error_sd_s(np.array([1e-6, 1e-4])), 1e-6)
    shaped = with_law(QUANTILES, target_s=[5e-5], error_s=[[-1e-6, 0, 1e-6]])
    assert shaped.programming_moments_s(np.array([5e-5]))[1][0] > 0


def test_quantiles_of_a_normal_law_are_that_law():
    """Linear in z, also beyond the outermost scores."""
    line = [[sd * z for z in QUANTILES["normal_score"]] for sd in (1e-7, 2e-6)]
    dev, sd = with_law(QUANTILES, error_s=line), 1e-7 + 1.9e-6 * 49 / 99
    errors = written(dev, 5e-5, 200_000).g_s - 5e-5
    check_law(errors, stats.norm(0, sd).cdf)
    rejects(check_law, errors, stats.norm(0, 1.03 * sd).cdf)
    mean, variance = dev.programming_moments_s(np.array([5e-5]))
    assert np.isclose(mean[0], 5e-5, rtol=1e-9, atol=0)
    assert np.isclose(variance[0], sd**2, rtol=1e-9, atol=0)


def test_quantiles_of_another_shape_against_the_two_half_normals_that_they_are():
    """Halfway between the targets errors are -5.2e-6 |z| / 2 below and 5.5e-7 z above."""
    dev, low, high = with_law(QUANTILES), 2.6e-6, 5.5e-7
    target_s = (1e-6 + 1e-4) / 2
    errors = written(dev, target_s, 400_000).g_s - target_s

    def cdf(x):
        return np.where(x < 0, stats.norm(0, low).cdf(x), stats.norm(0, high).cdf(x))

    check_law(errors, cdf)
    rejects(check_law, errors, stats.norm(0, low).cdf)
    mean = (high - low) / np.sqrt(2 * np.pi)
    variance = (low**2 + high**2) / 2 - mean**2
    check_variance(errors, mean, variance)
    exact = dev.programming_moments_s(np.array([target_s]))
    assert np.isclose(exact[0][0] - target_s, mean, rtol=1e-3)
    assert np.isclose(exact[1][0], variance, rtol=1e-3)


def test_verify_and_wear_go_with_tables():
    law = {"law": QUANTILES, "verify": {"acceptance_s": 1e-6, "most_attempts": 20}}
    dev = device(programming=law)
    cells = written(dev, 5e-5, 100_000)
    assert np.abs(cells.g_s - 5e-5).max() <= 1e-6 * (1 + 1e-6)
    check_mean(cells.g_s, dev.programming_moments_s(np.array([5e-5]))[0][0])


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ({**SDS, "target_s": [1e-6, 2e-5, 2e-5]}, "target_s: 2e-05 after 2e-05; the points of a table must rise"),
        ({**SDS, "sd_s": [1e-6]}, "sd_s: 1 entries, but 3 in target_s"),
        ({**SDS, "sd_s": [1e-6, -1e-6, 0]}, "input should be greater than or equal to 0"),
        ({**SDS, "target_s": [1e-6, 2e-5, 5e-5]}, "programming.law (table) was fitted, 1e-06 to 5e-05 S"),
        ({**QUANTILES, "error_s": [[0, 0, -1e-9], [0, 0, 0]]}, "error_s at 1e-06 S falls from 0 to -1e-09"),
        ({**QUANTILES, "error_s": [[0, 0], [0, 0, 0]]}, "error_s at 1e-06 S: 2 entries, but 3 in normal_score"),
        ({**QUANTILES, "normal_score": [-2, 0, 1e-7]}, "are two of those too close, or is the unit not siemens?"),
        ({**QUANTILES, "error_s": [[-4, 0, 1], [-10, 0, 1]]}, "-4 S is no cell's conductance"),
        ({**SDS, "name": "tabel"}, "no programming law is called 'tabel'; did you mean table?"),
    ],
)
def test_each_mistake_is_one_clear_line(law, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S}, "programming": {"law": law}})
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)
