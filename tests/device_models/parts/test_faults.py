import numpy as np
import pytest
from scipy import stats
from support.cells.devices import G_MAX_S, G_MIN_S, device, written
from support.laws import check_law, check_rate, rejects

from device_models import Scope, Stream
from device_models.errors import ConfigError
from device_models.parts.faults import Faults

N = 1_000_000
FAULTS = {"stuck_on": 0.2, "stuck_off": 0.15, "stuck_any": 0.1}


def test_rates_values_and_persistence():
    dev = device(faults=FAULTS, programming={"relative_sd": 0.001})
    first, second = (written(dev, 5e-5, N, cycle=cycle).g_s for cycle in (0, 1))
    for stuck, rate in ((G_MAX_S, 0.2), (G_MIN_S, 0.15)):
        check_rate(np.sum(first == stuck), N, rate)
        rejects(check_rate, np.sum(first == stuck), N, 1.02 * rate)
        assert np.array_equal(first == stuck, second == stuck)
    stuck = first == second  # the others were written anew
    check_rate(stuck.sum(), N, 0.45)
    elsewhere = written(dev, 5e-5, N, chip=1).g_s
    check_rate(np.sum((elsewhere == G_MAX_S) & (first == G_MAX_S)), N, 0.2**2)
    assert Scope.CHIP in dev.scopes.values()


def test_cells_stuck_anywhere_are_uniform_over_the_range():
    g = written(device(faults={"stuck_any": 0.9, "stuck_off": 0.05}), 5e-5, N).g_s
    anywhere = g[(g != 5e-5) & (g != G_MIN_S)]
    check_rate(len(anywhere), N, 0.9)
    check_law(anywhere, stats.uniform(G_MIN_S, G_MAX_S - G_MIN_S).cdf)
    rejects(check_law, anywhere, stats.uniform(G_MIN_S, 1.02 * (G_MAX_S - G_MIN_S)).cdf)


def test_yield_is_what_is_left():
    assert Faults(**FAULTS).yield_fraction == pytest.approx(0.55)
    assert Faults(**FAULTS).scopes == {"stuck cells": Scope.CHIP}
    assert Faults().scopes == {}


@pytest.mark.parametrize(("fault", "g_s"), [("stuck_on", G_MAX_S), ("stuck_off", G_MIN_S)])
def test_all_cells_stuck(fault, g_s):
    assert np.all(written(device(faults={fault: 1.0}), 5e-5, 100).g_s == g_s)


def test_no_faults_changes_nothing():
    dev = device()
    g = np.array([3e-5])
    assert dev.faults.apply(g, np.array([0.0]), dev.conductance) == g
    assert np.all(dev.program(g, Stream()).g_s == g)


def test_precision_is_kept():
    assert device(faults=FAULTS).program(np.full(9, 5e-5, np.float32), Stream()).g_s.dtype == np.float32


@pytest.mark.parametrize("rates", [{"stuck_on": 0.6, "stuck_off": 0.6}, {"stuck_on": 0.6, "stuck_any": 0.6}])
def test_more_than_all_cells_stuck(rates):
    with pytest.raises(ConfigError, match=rf"{' . '.join(rates)} = 1.2 exceeds 1"):
        Faults(**rates)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_is_a_probability(rate):
    with pytest.raises(ConfigError):
        Faults(stuck_any=rate)
