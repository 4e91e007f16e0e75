"""Calibration: from the moments of a layer's signals to the gain a_i (or g_i) and threshold of each neuron.

The trained quantities are beta_i and c_i. With V the fresh variance of the combined signal and M its slope along the
trained weights, the gain makes M ||w|| / sqrt(2 V) = beta and the threshold is c sqrt(2 V). Where beta is out of the
circuit's reach the threshold keeps the input at which the neuron fires half of the time: c M ||w|| / beta. What reads
add whatever the input is taken off the threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.gain import SignalMoments, reach, solve_gain
from crossbar_nsm.neuron.resolution import Resolution

SMALLEST_BETA = 1e-6


@dataclass(frozen=True)
class Target:
    """What neurons should do: fire with 1/2 [1 + erf(beta t + c)]; (channels, positions), positions 1 for dense layers
    and for one beta per channel."""

    beta: np.ndarray
    c: np.ndarray


@dataclass(frozen=True)
class Setting:
    """What the registers of the neurons hold, (channels, positions): gain is a_i or g_i of the circuit, threshold the
    signal added before the comparator (weight units). clipped marks neurons whose beta is out of the circuit's reach.
    """

    gain: np.ndarray
    threshold: np.ndarray
    clipped: np.ndarray


@dataclass(frozen=True)
class Rounding:
    """What the rounding of converters does to neurons. beta: what a neuron's beta is, over what the moments of its
    signals say. shift: where on t = w.z/||w|| it fires half of the time, less what moments say, times -1. Both
    (channels, positions)."""

    beta: np.ndarray | float = 1.0
    shift: np.ndarray | float = 0.0

    def applied_to(self, beta: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """beta and c as they are, of those that moments say."""
        whole = beta * self.beta
        return whole, c * self.beta + np.where(np.isfinite(whole), whole, 0.0) * self.shift

    def made_up_for(self, target: Target) -> Target:
        """What moments must say for a layer's neurons to have the target, by what the median neuron's beta becomes:
        what single neurons do beyond that depends on the images."""
        usual = np.median(self.beta)
        return Target(target.beta / usual, target.c / usual)


@dataclass(frozen=True)
class CalibrationCost:
    """Vector reads of a layer's arrays that its calibration took, and their time [s]; none when nothing is measured."""

    reads: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Calibrated:
    """What a calibration leaves behind: settings, what it believes of the signals, by which other targets get their
    settings, its cost, and the ranges (row tiles, outputs) of each array's converters, where there are any."""

    setting: Setting
    believed: SignalMoments
    cost: CalibrationCost
    ranges: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class LayerCalibration:
    """What calibration did to one layer; arrays have shape (channels, positions), positions 1 for dense layers.

    trained_beta, trained_c: what neurons should have. recovered_beta, recovered_c: what they have, by the exact moments
    of the programmed cells and the offsets of the comparators, behind converters of hidden layers by simulated reads
    (`crossbar_nsm.mapping.calibration.rounded_decisions`); without noise beta is infinite and c unknown (NaN). Slow
    noise, `trajectory` or `split`, counts with all the states that it may have, also for a measured calibration, which
    has seen one. lowest_beta, highest_beta: what the circuit could reach (the same exact moments). offset and
    direction_error: mean and root mean square over calibration images of what programmed weights make wrong in t =
    w.z/||w||, the former before the threshold makes up for it. frozen_share: of the variance of the combined signal,
    which successive passes share and which is no xi.

    Without calibration images what neurons see is not known: offset, direction_error and recovered_c are NaN, and betas
    are those for independent inputs +-1.
    """

    layer: str
    circuit: str
    method: str
    trained_beta: np.ndarray
    trained_c: np.ndarray
    recovered_beta: np.ndarray
    recovered_c: np.ndarray
    lowest_beta: np.ndarray
    highest_beta: np.ndarray
    normalisation_index: np.ndarray
    gain: np.ndarray
    threshold: np.ndarray
    clipped: np.ndarray
    offset: np.ndarray
    direction_error: np.ndarray
    frozen_share: np.ndarray
    cost: CalibrationCost

    @property
    def clipped_count(self) -> int:
        return int(self.clipped.sum())


def describe(
    layer: str,
    circuit: Circuit,
    method: str,
    target: Target,
    setting: Setting,
    exact: SignalMoments,
    sign: np.ndarray,
    normalisation_index: np.ndarray,
    cost: CalibrationCost,
    comparator_offset: np.ndarray | float = 0.0,
    inputs_known: bool = True,
    rounding: Rounding | None = None,
) -> LayerCalibration:
    """How the settings of a layer serve its target, by the exact moments of its signals and what `rounding` of
    converters makes of them. sign (channels, 1): -1 where beta was negative and -w is programmed. comparator_offset
    (neurons): what comparators add to the threshold. inputs_known: whether `exact` is of what neurons see of
    calibration images."""
    shape, gain = setting.gain.shape, setting.gain.ravel()
    deviation = np.where(exact.noiseless(gain), np.nan, np.sqrt(2 * exact.variance(gain)))
    known = np.where(inputs_known, np.ones(shape), np.nan)
    c = (setting.threshold.ravel() + comparator_offset + exact.mean_offset(gain)) / deviation
    beta, c = (rounding or Rounding()).applied_to(exact.beta(gain).reshape(shape), c.reshape(shape))
    lowest, highest = reach(exact)
    return LayerCalibration(
        layer,
        circuit.name,
        method,
        trained_beta=sign * target.beta,
        trained_c=target.c,
        recovered_beta=sign * beta,
        recovered_c=known * c,
        lowest_beta=lowest.reshape(shape),
        highest_beta=highest.reshape(shape),
        normalisation_index=normalisation_index,
        gain=setting.gain,
        threshold=setting.threshold,
        clipped=setting.clipped,
        offset=known * exact.offset_in_t(gain).reshape(shape),
        direction_error=known * exact.direction_error(gain).reshape(shape),
        frozen_share=exact.frozen_share(gain).reshape(shape),
        cost=cost,
    )


def ideal_moments(circuit: Circuit, device_r: float, keep_probability: float, norm: np.ndarray) -> SignalMoments:
    """What an uncalibrated designer assumes: noise V = (p r^2 + p (1 - p)) ||w||^2, exact weights, no idle cells; of
    masked reads p is the probability that a row is driven and its selector conducts."""
    p = keep_probability * circuit.drive_probability
    noisy = np.array([operand.is_read for operand in circuit.operands])
    mixed = circuit.signals @ np.diag(noisy * (p * device_r**2 + p * (1 - p))) @ circuit.signals.T
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
