"""Relaxation against the published CMO/HfOx law: mean -0.089 ln t uS, sd 0.042 ln t + 0.412 uS."""

import numpy as np
import pytest
from scipy import stats
from support.cells.devices import G_MAX_S, G_MIN_S, cells_at, device
from support.laws import check_correlation, check_law, check_mean, check_normal_variance, rejects

from device_models import Scope, load_device
from device_models.errors import ConfigError

CMO = {"mean_per_ln_s": -0.089e-6, "sd_per_ln_s": 0.042e-6, "sd_at_1s_s": 0.412e-6}
HOUR_S, DAY_S = 3600.0, 86400.0
G_S = 5e-5


def changes(age_s, n=400_000, **at):
    dev = device(relaxation=CMO)
    return dev.aged_s(cells_at(G_S, n, **at), age_s) - G_S


@pytest.mark.parametrize(
    ("age_s", "mean_us", "sd_us"), [(1.0, 0.0, 0.412), (HOUR_S, -0.729, 0.756), (DAY_S, -1.012, 0.889)]
)
def test_published_numbers_at_a_second_an_hour_and_a_day(age_s, mean_us, sd_us):
    law = device(relaxation=CMO).relaxation
    assert round(law.mean_s(age_s) * 1e6, 3) == mean_us
    assert round(law.sd_s(age_s) * 1e6, 3) == sd_us
    change = changes(age_s, 1_000_000)
    mean, sd = -0.089e-6 * np.log(age_s), 0.042e-6 * np.log(age_s) + 0.412e-6
    check_mean(change, mean, sd)
    check_normal_variance(change, sd**2)
    rejects(check_normal_variance, change, (1.02 * sd) ** 2)
    check_law(change, stats.norm(mean, sd).cdf)
    rejects(check_law, change, stats.norm(mean, 1.02 * sd).cdf)
    if mean:
        rejects(check_mean, change, 1.02 * mean, sd)


def test_before_the_first_measurement_cells_are_as_programmed():
    for age_s in (0.0, 0.5):
        assert np.all(changes(age_s, 10) == 0)
    late = device(relaxation={**CMO, "from_s": 60.0})
    assert np.all(late.aged_s(cells_at(G_S, 10), 59.0) == G_S)
    assert np.any(late.aged_s(cells_at(G_S, 10), 60.0) != G_S)
    assert late.relaxation.mean_s(59.0) == 0
    assert late.relaxation.sd_s(59.0) == 0


def test_a_cell_keeps_its_rank_until_it_is_written_again():
    sd = [0.042e-6 * np.log(t) + 0.412e-6 for t in (HOUR_S, DAY_S)]
    mean = [-0.089e-6 * np.log(t) for t in (HOUR_S, DAY_S)]
    hour, day = ((changes(t) - m) / s for t, m, s in zip((HOUR_S, DAY_S), mean, sd, strict=True))
    assert np.allclose(hour, day, atol=1e-6)
    rewritten, elsewhere = ((changes(HOUR_S, **at) - mean[0]) / sd[0] for at in ({"cycle": 1}, {"chip": 1}))
    for other in (rewritten, elsewhere):
        check_correlation(hour, other, 0.0)
        rejects(check_correlation, hour, other, 0.02)
    assert device(relaxation=CMO).scopes == {"relaxation": Scope.PROGRAMMING}


def test_without_spread_the_mean_is_exact_and_nothing_is_random():
    dev = device(relaxation={"mean_per_ln_s": -1e-6})
    assert np.allclose(dev.aged_s(cells_at(G_S, 5), np.exp(2.0)), G_S - 2e-6, rtol=1e-12, atol=0)
    assert dev.scopes == {}
    assert dev.changes_with_time
    assert not device().changes_with_time


def test_a_falling_spread_ends_at_zero_and_conductances_are_clipped_at_zero():
    falling = device(relaxation={"sd_at_1s_s": 1e-6, "sd_per_ln_s": -0.1e-6})
    assert falling.relaxation.sd_s(np.exp(5)) == pytest.approx(0.5e-6)
    assert falling.relaxation.sd_s(np.exp(11)) == 0
    assert np.all(falling.aged_s(cells_at(G_S, 5), np.exp(11)) == G_S)
    aged = device(relaxation=CMO).aged_s(cells_at(G_MIN_S, 1000), DAY_S)
    assert aged.min() == 0


def test_negative_ages_are_refused():
    for age_s, message in ((-1.0, "must not be negative"), (float("nan"), "age_s=nan: expected a number")):
        with pytest.raises(ConfigError, match=message):
            device().aged_s(cells_at(G_S, 1), age_s)


@pytest.mark.parametrize(
    ("relaxation", "message"),
    [
        ({**CMO, "from_s": 1e-6}, "sd_per_ln_s=4.2e-08 makes the sd negative at from_s=1e-06"),
        ({**CMO, "sd_at_1s_s": -1e-6}, "relaxation.sd_at_1s_s: input should be greater than or equal to 0, got -1e-06"),
        ({"sd_at_1_s": 1e-6}, "unknown key, did you mean sd_at_1s_s?"),
    ],
)
def test_each_mistake_is_one_clear_line(relaxation, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S}, "relaxation": relaxation})
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)


def test_heat_makes_all_of_it_faster():
    """An hour at 100 C is exp[E_a/k (1/300 K - 1/373.15 K)] hours at 300 K."""
    warm = {"relaxation": {**CMO, "activation_energy_ev": 0.3}, "temperature_k": 373.15}
    faster = np.exp(0.3 * 1.602176634e-19 / 1.380649e-23 * (1 / 300 - 1 / 373.15))
    assert faster > 9
    hot, cold = device(**warm), device(relaxation=CMO)
    cells = cells_at(G_S, 100)
    assert np.allclose(hot.aged_s(cells, HOUR_S), cold.aged_s(cells, faster * HOUR_S), rtol=1e-6, atol=0)
    assert not np.allclose(hot.aged_s(cells, HOUR_S), cold.aged_s(cells, HOUR_S), rtol=1e-3, atol=0)
    assert np.isclose(hot.relaxation.slower(373.15), 1 / faster)
    assert cold.relaxation.slower(373.15) == 1.0
