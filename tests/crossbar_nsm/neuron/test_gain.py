"""The gain equation: closed forms, the ceiling, and what cannot be reached."""

import numpy as np
import pytest

from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig
from crossbar_nsm.neuron.gain import LARGEST_GAIN, SignalMoments, reach, solve_gain

NORM = np.array([2.0, 2.0, 2.0])
BETA = np.array([0.5, 1.0, 3.0])


def of_name(scaling):
    return circuit_of(NeuronConfig(scaling=scaling))


def moments(circuit, variances, r=0.05, added=0.0, slopes=(1.0, 1.0), correlation=0.0):
    """Signals of a circuit of two reads, whose `variances` are multiples of r^2 ||w||^2."""
    mix, sd = of_name(circuit).signals, np.sqrt(variances)
    reads = np.outer(sd, sd) * np.array([[1, correlation], [correlation, 1]])
    covariance = (mix @ reads @ mix.T)[:, :, None] * r**2 * NORM**2
    return SignalMoments(np.outer(mix @ slopes, np.ones(3)), covariance, np.full(3, added), NORM)


def test_paired_closed_form():
    """g = (sqrt(M^2 ||w||^2 / (beta^2 V) - 1) - 1) / 2; beta = 1 from r = 5 % is g = 9.5."""
    gain, reached = solve_gain(moments("paired", (1, 1)), BETA)
    expected = (np.sqrt(1 / (BETA**2 * 0.05**2) - 1) - 1) / 2
    assert np.allclose(gain, expected)
    assert np.round(gain[1], 1) == 9.5
    assert reached.all()


def test_digital_closed_form():
    """a = beta sqrt(2 v) - 1 with v = r^2: the exchange of the ideal network."""
    gain, reached = solve_gain(moments("digital", (1, 0)), BETA)
    assert np.allclose(gain, BETA * np.sqrt(2) * 0.05 - 1)
    assert reached.all()


@pytest.mark.parametrize("circuit", ["digital", "paired", "replica"])
def test_the_solution_gives_back_beta(circuit):
    believed = moments(circuit, (1.0, 0.0 if circuit == "digital" else 1.3), added=1e-4, slopes=(0.98, 1.02))
    gain, reached = solve_gain(believed, BETA)
    assert reached.all()
    assert np.allclose(believed.beta(gain), BETA, rtol=1e-5)
    lowest, highest = reach(believed)
    assert np.all((lowest < BETA) & (highest > BETA))


def test_ceiling_of_two_equally_noisy_reads_is_one_over_r():
    """Averaging both reads is the best the circuit can do: beta = ||w|| sqrt((1/V + 1/V)/2) = 1/r."""
    believed = moments("paired", (1, 1), r=0.5)
    gain, reached = solve_gain(believed, np.array([1.9, 2.1, 50.0]))
    assert reached.tolist() == [True, False, False]
    assert np.allclose(gain[1:], -0.5)
    assert np.allclose(believed.beta(gain), [1.9, 2.0, 2.0])
    assert np.allclose(reach(believed)[1], 2.0)


def test_none_has_one_beta_only():
    slope, covariance = np.zeros((2, 3)), np.zeros((2, 2, 3))
    slope[0], covariance[0, 0] = 1, 0.05**2 * 4
    one = SignalMoments(slope, covariance, np.zeros(3), NORM)
    native = 1 / (np.sqrt(2) * 0.05)
    gain, reached = solve_gain(one, np.array([1.0, native, 100.0]))
    assert np.allclose(reach(one), native)
    assert reached.tolist() == [False, True, False]
    assert np.all(gain == 0)


def test_without_noise_nothing_is_reached_and_nothing_crashes():
    """The gain stays 0, which leaves the programmed weights as they are: no circuit may destroy them."""
    for circuit in ("digital", "paired", "replica"):
        gain, reached = solve_gain(moments(circuit, (0, 0), slopes=(1.0, 0.9)), BETA)
        assert not reached.any()
        assert np.all(gain == 0)


def test_beta_zero_takes_the_largest_gain_and_zero_weights_need_none():
    gain, reached = solve_gain(moments("paired", (1, 1)), np.zeros(3))
    assert np.all(gain == LARGEST_GAIN)
    assert not reached.any()
    silent = SignalMoments(np.zeros((2, 3)), moments("paired", (1, 1)).covariance, np.zeros(3), np.zeros(3))
    gain, reached = solve_gain(silent, BETA)
    assert np.all(gain == 0)
    assert reached.all()


def test_correlated_reads_amplify_only_what_is_fresh():
    """Var = V [1 + 2 g (1 + g)(1 - rho)] for two reads with correlation rho."""
    rho, g = 0.9, np.array([0.3, 5.0, 20.0])
    variance = moments("paired", (1, 1), correlation=rho).variance(g)
    assert np.allclose(variance, (0.05 * NORM) ** 2 * (1 + 2 * g * (1 + g) * (1 - rho)))


@pytest.mark.parametrize("circuit", ["digital", "paired"])
def test_a_negative_beta_is_out_of_reach_and_its_gain_a_number(circuit):
    """One position of a channel whose other positions have positive betas."""
    believed = moments(circuit, (1.0, 0.3), r=0.3)
    gain, reached = solve_gain(believed, np.array([-0.5, -3.0, 1.0]))
    assert reached.tolist() == [False, False, True]
    assert np.isfinite(gain).all()
    assert np.abs(believed.beta(gain)[:2]).max() < 1e-3
