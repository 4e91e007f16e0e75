import numpy as np
import pytest
from scipy.stats import norm
from support.laws import check_mean, check_normal_variance, check_rate, rejects

from crossbar_nsm.engine.kernels.counter_random import with_normal_noise
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.neuron.comparator import Comparator
from crossbar_nsm.neuron.config import ComparatorConfig
from device_models import Stream

N = 100_000


def passes(count=N):
    zeros = np.zeros(count, np.int64)
    return Passes(0, 1, zeros, zeros, np.arange(count))


def comparator(neurons, bias=0.0, weight_per_a=1.0, **config):
    return Comparator(ComparatorConfig(**config), np.full(neurons, weight_per_a), np.full((neurons, 1), bias), Stream())


def test_ideal_comparator_is_a_sign_with_sign_of_zero_plus_one():
    u = np.array([[-0.6, -0.5, 0.0]], np.float32)
    assert comparator(3, bias=0.5).decide(u, passes(1)).tolist() == [[-1.0, 1.0, 1.0]]


def test_offset_is_a_constant_of_the_chip_in_the_neurons_own_units():
    one, again = comparator(N, weight_per_a=3e6, offset_sd_a=1e-6), comparator(N, weight_per_a=3e6, offset_sd_a=1e-6)
    assert np.array_equal(one.offset, again.offset)
    check_mean(one.offset, 0.0, 3.0)
    check_normal_variance(one.offset, 9.0)
    rejects(check_normal_variance, one.offset, 9.3)


def test_decision_noise_is_fresh_per_decision():
    u = np.full((N, 2), 0.7, np.float32)
    z = comparator(2, weight_per_a=2e6, noise_sd_a=1e-6).decide(u, passes())
    fired = z > 0
    check_rate(fired[:, 0].sum(), N, norm.cdf(0.35))
    rejects(check_rate, fired[:, 0].sum(), N, norm.cdf(0.38))
    check_rate((fired[:, 0] & fired[:, 1]).sum(), N, norm.cdf(0.35) ** 2)


@pytest.mark.parametrize("mean", [0.0, 0.4])
def test_hysteresis_correlates_successive_decisions(mean):
    """P(+ after +) = Phi((E + h/2)/sd), P(+ after -) = Phi((E - h/2)/sd)."""
    at = passes()
    u = with_normal_noise(
        np.array([[mean]], np.float32), at.input_of, np.ones((1, 1), np.float32), 0, at.samples, at.images, np.uint64(4)
    )
    z = comparator(1, weight_per_a=1e6, hysteresis_a=1e-6).decide(u, at)[:, 0] > 0
    after_plus, after_minus = z[1:][z[:-1]], z[1:][~z[:-1]]
    check_rate(after_plus.sum(), len(after_plus), norm.cdf(mean + 0.5))
    check_rate(after_minus.sum(), len(after_minus), norm.cdf(mean - 0.5))
    rejects(check_rate, after_minus.sum(), len(after_minus), norm.cdf(mean))


def test_hysteresis_memory_carries_over_and_reset_forgets():
    u = np.array([[1.0], [0.0], [-0.2], [0.2]], np.float32)
    whole = comparator(1, weight_per_a=1e6, hysteresis_a=1e-6)
    once = whole.decide(u, passes(4))
    parts = comparator(1, weight_per_a=1e6, hysteresis_a=1e-6)
    twice = np.concatenate([parts.decide(u[:2], passes(2)), parts.decide(u[2:], passes(2))])
    assert np.array_equal(once, twice)
    assert once.ravel().tolist() == [1.0, 1.0, 1.0, 1.0]
    parts.reset()
    assert np.all(parts.last == 0)
