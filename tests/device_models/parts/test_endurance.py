import numpy as np
import pytest
from scipy import stats
from support.cells.devices import G_MAX_S, G_MIN_S, device, written
from support.laws import check_law, check_normal_variance, check_rate, rejects

from device_models import ProgrammingLaw, Scope, load_device, register
from device_models.errors import ConfigError

N = 1_000_000
FAILURE = {"scale_cycles": 1e6, "shape": 1.5}


def worn(cycles, **parts):
    endurance = {"cycles": cycles, "spread": {"reference_cycles": 1e3, "exponent": 0.25}}
    return device(endurance=endurance, programming={"relative_sd": 0.01}, **parts)


@pytest.mark.parametrize("cycles", [0, 1e3, 1e7])
def test_spread_grows_with_cycles(cycles):
    sd = 0.01 * G_MAX_S * (1 + cycles / 1e3) ** 0.25
    g = written(worn(cycles), 5e-5).g_s
    check_normal_variance(g[g > 0], sd**2) if cycles < 1e7 else None
    dev = worn(cycles)
    assert np.isclose(dev.error_sd_s(np.array([5e-5]))[0], sd, rtol=1e-12, atol=0)
    assert np.isclose(dev.wear, (1 + cycles / 1e3) ** 0.25)
    rejects(check_normal_variance, g, (1.02 * sd) ** 2)


@register("test_one_microsiemens")
class OneMicrosiemens(ProgrammingLaw):
    def error_sd_s(self, target_s, conductance):
        return np.full_like(target_s, 1e-6)


PULSES = {"potentiation": {"start_v": 1.0, "step_v": 0.1}, "depression": {"start_v": 1.0, "step_v": 0.1}, "count": 100,
          "width_s": 1e-7, "cycle_sd_v": 0.2}  # fmt: skip


@pytest.mark.parametrize(
    ("law", "scatter"),
    [
        ({"set": {"cycle_sd": 0.03, "device_sd": 0.04}}, lambda g: np.log(g / 5.05e-5) / 0.05),
        ({"pulses": PULSES}, lambda g: (g - 5.05e-5) / ((G_MAX_S - G_MIN_S) / 100 * 2)),
        ({"error_polynomial_s": {"coefficients": [1e-6], "valid_s": [0, 1e-4]}}, lambda g: (g - 5.05e-5) / 1e-6),
        ({"law": {"name": "test_one_microsiemens"}}, lambda g: (g - 5.05e-5) / 1e-6),
    ],
)
def test_every_law_of_programming_wears(law, scatter):
    endurance = {"cycles": 3e3, "spread": {"reference_cycles": 1e3, "exponent": 1.0}}
    values = scatter(written(device(programming=law, endurance=endurance), 5.05e-5).g_s)
    check_normal_variance(values, 16.0)
    rejects(check_normal_variance, values, 16.0 * 1.02**2)


@pytest.mark.parametrize("cycles", [3e5, 2e6])
def test_failed_cells_follow_the_weibull_law_and_are_stuck_anywhere(cycles):
    dev = device(endurance={"cycles": cycles, "failure": FAILURE})
    cells = written(dev, 5e-5, N)
    failed = cells.g_s != 5e-5
    p = stats.weibull_min(1.5, scale=1e6).cdf(cycles)
    check_rate(failed.sum(), N, p)
    rejects(check_rate, failed.sum(), N, 1.02 * p)
    check_law(cells.g_s[failed], stats.uniform(G_MIN_S, G_MAX_S - G_MIN_S).cdf)
    assert np.array_equal(written(dev, 8e-5, N, cycle=5).g_s != 8e-5, failed)
    assert not np.array_equal(written(dev, 5e-5, N, chip=1).g_s != 5e-5, failed)
    assert dev.scopes == {"worn-out cells": Scope.CHIP}


def test_failures_are_independent_of_the_stuck_cells_of_a_fresh_chip():
    parts = {"endurance": {"cycles": 1e6, "failure": FAILURE}}
    worn_out = written(device(**parts), 5e-5, N).g_s != 5e-5
    stuck = written(device(faults={"stuck_on": 0.3}), 5e-5, N).g_s != 5e-5
    check_rate(np.sum(worn_out & stuck), N, 0.3 * (1 - np.exp(-1)))
    both = written(device(faults={"stuck_on": 0.3}, **parts), 5e-5, N).g_s != 5e-5
    assert np.array_equal(both, worn_out | stuck)


def test_a_fresh_device_is_not_worn():
    dev = device(endurance={"cycles": 0, "failure": FAILURE, "spread": {"reference_cycles": 1e3, "exponent": 1.0}})
    assert dev.wear == 1
    assert dev.scopes == {}
    assert np.all(written(dev, 5e-5, 100).g_s == 5e-5)
    assert device().wear == 1


@pytest.mark.parametrize(
    ("endurance", "message"),
    [
        ({}, "endurance.cycles: is missing"),
        ({"cycles": -1}, "greater than or equal to 0, got -1"),
        ({"cycles": 1, "failure": {"scale_cycles": 0, "shape": 1}}, "endurance.failure.scale_cycles: input should be"),
        ({"cycle": 1, "cycles": 1}, "did you mean cycles?"),
    ],
)
def test_each_mistake_is_one_clear_line(endurance, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "endurance": endurance})
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)


def test_a_spread_that_wear_makes_absurd_is_refused():
    endurance = {"cycles": 1e9, "spread": {"reference_cycles": 1e3, "exponent": 0.5}}
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "programming": {"reset": {"cycle_sd": 0.5}},
                     "endurance": endurance})  # fmt: skip
    assert caught.value.mistakes == ["configuration: endurance: 1e+09 cycles make the sd of ln G 500; at most 10"]
