"""Calibration: from the moments of a layer's signals to the gain a_i (or g_i) and threshold of each neuron.

The trained quantities are beta_i and c_i. With V the fresh variance of the combined signal and M its slope along the
trained weights, the gain makes M ||w|| / sqrt(2 V) = beta and the threshold is c sqrt(2 V). Where beta is out of the
circuit's reach the threshold keeps the input at which the neuron fires half of the time: c M ||w|| / beta. What reads
add whatever the input is taken off the threshold.

Equations: docs/physics.md#calibration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.gain import SignalMoments, solve_gain
from crossbar_nsm.neuron.resolution import Resolution
from device_models.device import Device
from device_models.shown import shown

SMALLEST_BETA = 1e-6
LOWEST_BETA, HIGHEST_BETA = 0.02, 1e3  # that are learned: a coin; a step, where reads are noiseless


@shown
@dataclass(frozen=True)
class Target:
    """What neurons should do: fire with 1/2 [1 + erf(beta t + c)]; (channels, positions), positions 1 for dense layers
    and for one beta per channel."""

    beta: np.ndarray
    c: np.ndarray


@shown
@dataclass(frozen=True)
class Setting:
    """What the registers of the neurons hold, (channels, positions): gain is a_i or g_i of the circuit, threshold the
    signal added before the comparator (weight units). clipped marks neurons whose beta is out of the circuit's reach.
    """

    gain: np.ndarray
    threshold: np.ndarray
    clipped: np.ndarray


@shown
@dataclass(frozen=True)
class Rounding:
    """What the rounding of converters does to neurons. beta: what a neuron's beta is, over what the moments of its
    signals say. shift: where on t = w.z/||w|| it fires half of the time, less what moments say, times -1. Both
    (channels, positions)."""

    beta: np.ndarray | float = 1.0
    shift: np.ndarray | float = 0.0

    def applied_to(self, beta: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """beta and c as they are, of those that moments say."""
        rounded = beta * self.beta
        return rounded, c * self.beta + np.where(np.isfinite(rounded), rounded, 0.0) * self.shift

    def made_up_for(self, target: Target) -> Target:
        """What moments must say for a layer's neurons to have the target, by what the median neuron's beta becomes:
        what single neurons do beyond that depends on the images."""
        usual = np.median(self.beta)
        return Target(target.beta / usual, target.c / usual)


@shown
@dataclass(frozen=True)
class CalibrationCost:
    """Vector reads of a layer's arrays that its calibration took, and their time [s]; none when nothing is measured."""

    reads: int = 0
    seconds: float = 0.0


@shown
@dataclass(frozen=True)
class Calibrated:
    """What a calibration leaves behind: settings, what it believes of the signals, by which other targets get their
    settings, its cost, and the ranges (row tiles, outputs) of each array's converters, where there are any."""

    setting: Setting
    believed: SignalMoments
    cost: CalibrationCost
    ranges: Mapping[str, np.ndarray]


Registers = tuple[Target, Calibrated | None]
"""What the neurons of a layer should do, and the settings they keep; None in place of those: calibrate."""


def data_sheet_moments(circuit: Circuit, device: Device, norm: np.ndarray) -> SignalMoments:
    """What a designer assumes who knows the data sheet alone: exact weights, no idle cells, fresh noise r at g_max, and
    the share of reads that an unloaded selector passes. Then V = (p r^2 + p (1 - p)) ||w||^2, p the probability that a
    read's row is driven and its selector conducts."""
    r, passed = device.relative_read_sd, 1.0 if device.selector is None else device.selector.unloaded_probability
    p = passed * circuit.drive_probability
    noisy = np.array([operand.is_read for operand in circuit.operands])
    mixed = circuit.signals @ np.diag(noisy * (p * r**2 + p * (1 - p))) @ circuit.signals.T
    slope = np.outer(circuit.signals @ p, np.ones_like(norm))
    return SignalMoments(slope, mixed[:, :, None] * norm**2, np.zeros_like(norm), norm)


def calibrate(believed: SignalMoments, target: Target, resolution: Resolution | None = None) -> Setting:
    """The settings that realise `target` (beta >= 0) if what is believed of the signals is true, as registers of this
    resolution hold them (None: exactly); the threshold is that of the gain as it is held."""
    shape = target.beta.shape
    exact, reached = (values.reshape(shape) for values in solve_gain(believed, target.beta.ravel()))
    gain = exact if resolution is None else resolution.gain(exact, reached)
    threshold = _threshold(believed, target, gain, reached)
    return Setting(gain, threshold if resolution is None else resolution.threshold(threshold), ~reached)


def _threshold(believed: SignalMoments, target: Target, gain: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """The threshold that goes with a gain, (channels, positions)."""
    g, beta, c = gain.ravel(), target.beta.ravel(), target.c.ravel()
    in_reach = c * np.sqrt(2 * believed.variance(g))
    safe = np.where(np.abs(beta) < SMALLEST_BETA, SMALLEST_BETA, beta)
    beyond = c * believed.mean_slope(g) * believed.norm / safe
    threshold = np.where(reached.ravel(), in_reach, beyond) - believed.mean_offset(g)
    return threshold.reshape(gain.shape)
