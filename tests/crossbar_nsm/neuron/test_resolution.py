"""Gains and thresholds on the levels of converters: both ends, even steps, the nearest level, currents not weights."""

import numpy as np
import pytest

from crossbar_nsm.neuron.config import NeuronConfig
from crossbar_nsm.neuron.resolution import Resolution, quantised_gain, quantised_threshold

GAIN = np.random.default_rng(3).normal(2.0, 3.0, (40, 5))
WEIGHT_PER_A = np.random.default_rng(4).uniform(1e5, 5e6, (40, 1))
THRESHOLD = np.random.default_rng(5).normal(0.0, 3.0, (40, 5))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_gains_take_the_nearest_of_even_levels_with_both_ends(bits):
    rounded = quantised_gain(GAIN, bits)
    levels = np.linspace(GAIN.min(), GAIN.max(), 2**bits)
    nearest = levels[np.abs(GAIN[..., None] - levels).argmin(axis=-1)]
    assert np.allclose(rounded, nearest, rtol=0, atol=1e-12)
    assert np.isclose(rounded.min(), GAIN.min())
    assert np.isclose(rounded.max(), GAIN.max())


@pytest.mark.parametrize("bits", [1, 3, 6])
def test_all_neurons_share_one_reference_current(bits):
    current_a = quantised_threshold(THRESHOLD, WEIGHT_PER_A, bits) / WEIGHT_PER_A
    largest_a = np.abs(THRESHOLD / WEIGHT_PER_A).max()
    levels = np.linspace(-largest_a, largest_a, 2**bits)
    distance = np.abs(current_a[..., None] - levels).min(axis=-1)
    assert np.all(distance < 1e-9 * largest_a)
    step_a = 2 * largest_a / (2**bits - 1)
    assert np.all(np.abs(current_a - THRESHOLD / WEIGHT_PER_A) <= step_a / 2 * (1 + 1e-9))
    in_weight_units = quantised_threshold(THRESHOLD, np.ones((1, 1)), bits)  # levels of weights are others
    assert not np.allclose(in_weight_units, current_a * WEIGHT_PER_A)


def test_no_bits_are_exact_and_many_bits_nearly_so():
    assert quantised_gain(GAIN, None) is GAIN
    assert quantised_threshold(THRESHOLD, WEIGHT_PER_A, None) is THRESHOLD
    assert np.allclose(quantised_gain(GAIN, 24), GAIN, rtol=0, atol=1e-6)
    assert np.allclose(quantised_threshold(THRESHOLD, WEIGHT_PER_A, 24), THRESHOLD, rtol=0, atol=1e-4)


def test_nothing_to_tell_apart_stays_as_it_is():
    same = np.full(7, 3.5)
    assert np.array_equal(quantised_gain(same, 3), same)
    assert np.array_equal(quantised_threshold(np.zeros(7), np.ones(7), 3), np.zeros(7))


def test_gains_out_of_reach_do_not_widen_the_range():
    """A neuron whose beta is out of reach asks for the largest gain: it gets the largest of the others', whose steps
    stay as fine as without it."""
    resolution = Resolution(NeuronConfig(gain_bits=4), np.ones(4))
    gain, reached = np.array([[1.0], [1.4], [2.5], [1e4]]), np.array([[True], [True], [True], [False]])
    held = resolution.gain(gain, reached)
    assert np.array_equal(held[:3], quantised_gain(gain[:3], 4))
    assert held[3] == 2.5
