"""The effective number of samples: known values, the bivariate normal law, and sums on a lattice."""

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from crossbar_nsm.neuron.effective_samples import (
    decision_correlation,
    effective_samples,
    effective_samples_of_lattice,
    lag_lattice,
)


def exponential(samples, tau):
    return np.exp(-np.arange(1, samples) / tau)


def test_known_values():
    """100 samples a hundredth of the correlation time apart are worth 1.36; decisions 1.3 times as much and more."""
    rho = exponential(100, 100.0)
    assert effective_samples(rho, 100) == pytest.approx(1.359, abs=1e-3)
    long_run = 100 * (1 - rho[0]) / (1 + rho[0])  # of very many samples
    assert long_run == pytest.approx(0.5, abs=1e-3)
    assert effective_samples(decision_correlation(rho, 0.5), 100) == pytest.approx(1.807, abs=1e-3)
    assert effective_samples(decision_correlation(rho, 0.99), 100) == pytest.approx(2.822, abs=1e-3)
    assert effective_samples(np.zeros(99), 100) == 100
    assert effective_samples(np.ones(99), 100) == pytest.approx(1)
    assert effective_samples(np.zeros(0), 1) == 1


def test_the_long_run_is_reached_by_very_many_samples():
    rho = exponential(20_000, 2.0)
    assert effective_samples(rho, 20_000) == pytest.approx(20_000 * (1 - rho[0]) / (1 + rho[0]), rel=1e-3)


@pytest.mark.parametrize("rate", [0.02, 0.5, 0.9])
@pytest.mark.parametrize("rho", [-0.9, -0.1, 0.01, 0.5, 0.999])
def test_decisions_are_correlated_as_two_normals_beyond_a_threshold(rho, rate):
    h = float(ndtri(rate))
    both = multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([h, h])
    assert decision_correlation(rho, rate) == pytest.approx((both - rate**2) / (rate * (1 - rate)), abs=1e-8)


def test_the_ends_of_the_correlation():
    assert decision_correlation(np.array([-1.0, 0.0, 1.0]), 0.5) == pytest.approx([-1, 0, 1], abs=1e-5)
    assert decision_correlation(np.array([0.0, 1.0]), 1e-6) == pytest.approx([0, 1], abs=1e-9)


def test_a_wrong_number_of_lags_is_refused():
    with pytest.raises(ValueError, match="100 samples have 99 lags"):
        effective_samples(np.zeros(100), 100)


@given(
    samples=st.sampled_from([2, 3, 4, 7, 30, 100, 3000]),
    log_tau=st.floats(-3, 7),
    rate=st.sampled_from([None, 0.5, 0.9, 0.001]),
)
def test_lags_of_a_lattice_stand_for_all(samples, log_tau, rate):
    def seen(rho):
        return rho if rate is None else decision_correlation(rho, rate)

    tau = 10**log_tau
    exact = effective_samples(seen(exponential(samples, tau)), samples)
    quick = effective_samples_of_lattice(seen(np.exp(-lag_lattice(samples) / tau)), samples)
    assert quick == pytest.approx(exact, rel=1e-4)


def test_a_lattice_has_few_lags():
    assert len(lag_lattice(1_000_000)) == 61
    assert lag_lattice(2)[0] == 1


def test_millions_of_samples_take_little_memory_and_are_weighed_once():
    """tau of 1e4 lags: M_eff = M tanh(1 / (2 tau)), up to the ends."""
    samples, tau = 5_000_000, 1e4
    correlation = np.exp(-lag_lattice(samples) / tau)
    tracemalloc.start()
    found = effective_samples_of_lattice(correlation, samples)
    peak = tracemalloc.get_traced_memory()[1]
    started = time.process_time()
    for _ in range(20):
        effective_samples_of_lattice(correlation, samples)
    assert time.process_time() - started < 1
    tracemalloc.stop()
    assert found == pytest.approx(samples * np.tanh(1 / (2 * tau)), rel=3e-3)
    assert peak < 60e6
