"""Drift against the published PCM exponents (Nandakumar 2019, g = G/25 uS, t0 = 20 s)."""

import numpy as np
import pytest
from scipy import stats
from support.cells.devices import cells_at, device
from support.laws import check_correlation, check_law, check_mean, check_normal_variance, rejects

from device_models import Scope, load_device
from device_models.errors import ConfigError

G_MAX_S = 25e-6
PCM = {
    "reference_time_s": 20.0,
    "exponent": {
        "mean": {"at_g_max": 0.0244, "per_log_g": -0.0155, "lowest": 0.049, "highest": 0.1},
        "sd": {"at_g_max": -0.0059, "per_log_g": -0.0125, "lowest": 0.008, "highest": 0.045},
    },
}
# mean clip(-0.0155 ln g + 0.0244, 0.049, 0.1), sd clip(-0.0125 ln g - 0.0059, 0.008, 0.045), by hand
PUBLISHED = {1.0: (0.049, 0.008), 0.5: (0.049, 0.008), 0.1: (0.0601, 0.0229), 0.01: (0.0958, 0.045)}


def pcm(drift=PCM):
    return device(0.1e-6, G_MAX_S, drift=drift)


def exponents(g, age_s=20e4, n=1_000_000, dev=None, **at):
    g_s = g * G_MAX_S
    aged = (dev or pcm()).aged_s(cells_at(g_s, n, **at), age_s)
    return -np.log(aged / g_s) / np.log(age_s / 20.0)


@pytest.mark.parametrize("g", PUBLISHED)
def test_published_mean_and_sd_of_the_exponent(g):
    mean, sd = PUBLISHED[g]
    exact_mean = np.clip(-0.0155 * np.log(g) + 0.0244, 0.049, 0.1)
    exact_sd = np.clip(-0.0125 * np.log(g) - 0.0059, 0.008, 0.045)
    assert (round(exact_mean, 4), round(exact_sd, 4)) == (mean, sd)
    nu = exponents(g)
    check_mean(nu, exact_mean, exact_sd)
    rejects(check_mean, nu, 1.02 * exact_mean, exact_sd)
    check_normal_variance(nu, exact_sd**2)
    rejects(check_normal_variance, nu, (1.02 * exact_sd) ** 2)
    check_law(nu, stats.norm(exact_mean, exact_sd).cdf)
    rejects(check_law, nu, stats.norm(exact_mean, 1.02 * exact_sd).cdf)


def test_each_cell_follows_one_power_law_over_decades():
    """ln(G/G0) is proportional to ln(t/t0), with the same exponent at every age and after every programming."""
    nu = exponents(0.1, 21.0, 1000)
    for age_s in (200.0, 20e3, 20e6):
        assert np.allclose(exponents(0.1, age_s, 1000), nu, rtol=1e-6)
    assert np.allclose(exponents(0.1, 20e3, 1000, cycle=3), nu, rtol=1e-6)


def test_scope_is_the_chip():
    first, elsewhere = ((exponents(0.1, n=400_000, chip=chip) - 0.0601) / 0.0229 for chip in (0, 1))
    check_correlation(first, elsewhere, 0.0)
    rejects(check_correlation, first, first, 0.98)
    assert pcm().scopes == {"drift exponent": Scope.CHIP}


@pytest.mark.parametrize("age_s", [0.0, 1.0, 20.0])
def test_nothing_drifts_before_the_reference_time(age_s):
    assert np.all(pcm().aged_s(cells_at(5e-6, 10), age_s) == 5e-6)


def test_without_spread_the_power_law_is_exact():
    dev = pcm({"reference_time_s": 1.0, "exponent": {"mean": {"at_g_max": 0.05}}})
    assert np.allclose(dev.aged_s(cells_at(5e-6, 3), 1e5), 5e-6 * 1e5**-0.05, rtol=1e-12, atol=0)
    assert dev.scopes == {}
    assert dev.changes_with_time


def test_g_max_rescales_the_exponents_and_a_cell_at_zero_stays_finite():
    double = device(0.1e-6, 2 * G_MAX_S, drift=PCM)
    one = pcm().aged_s(cells_at(1e-6, 100), 1e4)
    assert np.allclose(double.aged_s(cells_at(2e-6, 100), 1e4), 2 * one, rtol=1e-12, atol=0)
    assert np.all(pcm().aged_s(cells_at(0.0, 3), 1e9) == 0)


def test_a_negative_sd_away_from_g_max_counts_as_zero():
    law = {
        "reference_time_s": 1.0,
        "exponent": {"mean": {"at_g_max": 0.05}, "sd": {"at_g_max": 0.01, "per_log_g": 0.1}},
    }
    aged = pcm(law).aged_s(cells_at(0.1 * G_MAX_S, 100), 10.0)
    assert np.allclose(aged, 0.1 * G_MAX_S * 10**-0.05, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("drift", "message"),
    [
        ({}, "give one law only: reference_time_s and exponent | law"),
        ({"reference_time_s": 20.0}, "give one law only"),
        ({**PCM, "exponents": {}}, "unknown key, did you mean exponent?"),
        (
            {"reference_time_s": 20.0, "exponent": {"mean": {"at_g_max": 0.05}, "sd": {"at_g_max": -0.01}}},
            "sd: at_g_max=-0.01 is a negative sd",
        ),
        (
            {"reference_time_s": 20.0, "exponent": {"mean": {"at_g_max": 0.05, "lowest": 0.2, "highest": 0.1}}},
            "lowest=0.2 must not exceed highest=0.1",
        ),
        ({**PCM, "reference_time_s": 0}, "drift.reference_time_s: input should be greater than 0, got 0"),
    ],
)
def test_each_mistake_is_one_clear_line(drift, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": 1e-7, "g_max_s": G_MAX_S}, "drift": drift})
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)
