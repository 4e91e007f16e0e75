"""What a chip makes of one layer: weights with errors, and the beta and c with which its neurons fire.

The cells are programmed and the neurons calibrated by the code that maps a finished network. Here the result is seen as
a change of (w, beta, c), so that a software network can be trained with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.mapping.calibration.settings import Target, calibrate
from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.gain import SignalMoments
from crossbar_nsm.neuron.resolution import Resolution

SMALLEST_BETA, LARGEST_BETA = 0.02, 1e3  # a coin; a step, where reads are noiseless
LEAST_SLOPE = 0.05  # share of the trained weights; neurons that kept less are not scaled up further
BETA_STEP = 1e-2  # relative, for the derivative of the weights by beta


@dataclass(frozen=True)
class Realised:
    """A layer as the chip has it, relative to what was trained: weight + weight_error (outputs, rows), beta times
    beta_factor and c + c_shift (both outputs, positions). weight_by_beta (outputs, rows): how the weights change with
    beta, None where they do not."""

    weight_error: np.ndarray
    beta_factor: np.ndarray
    c_shift: np.ndarray
    weight_by_beta: np.ndarray | None


class VirtualLayer:
    """A layer on programmed arrays, whose signals have `moments`; frozen: what slow noise adds to every read of an
    array, (rows, outputs) in weight units."""

    def __init__(
        self,
        circuit: Circuit,
        arrays: Mapping[str, Crossbar],
        moments: SignalMoments,
        frozen: Mapping[str, np.ndarray],
    ):
        self.moments, self.has_two_arrays = moments, len(arrays) > 1
        read = {name: array.mean_matrix() + frozen[name] for name, array in arrays.items()}
        means = [
            operand.drive_probability
            * (read[operand.array] if operand.is_read else arrays[operand.array].unsplit.mean_matrix())
            for operand in circuit.operands
        ]
        offsets = np.stack([arrays[operand.array].mean_offset() for operand in circuit.operands])
        self.signals = np.einsum("sk,kro->sor", circuit.signals, np.stack(means))  # E[s_k] = signals @ z + drivers
        self.drivers = circuit.signals @ offsets
        self.shares = circuit.signals @ circuit.drive_probability

    def realised(
        self, weight: np.ndarray, target: Target, believed: SignalMoments, resolution: Resolution | None = None
    ) -> Realised:
        """What the layer becomes when it is calibrated for `target` (beta >= 0) from what is `believed` of it, with
        registers of this resolution (None: exact); weight (outputs, rows)."""
        shape = target.beta.shape
        setting = calibrate(believed, target, resolution)
        gain = setting.gain.ravel()
        silent = np.maximum(self.moments.norm, SMALLEST_BETA) / LARGEST_BETA
        deviation = np.sqrt(np.maximum(2 * self.moments.variance(gain), silent**2))
        drivers = np.repeat(self.drivers, shape[1], axis=1)
        c = (setting.threshold.ravel() + drivers[0] + gain * drivers[1]) / deviation
        beta = np.clip(self.moments.beta(gain), SMALLEST_BETA, LARGEST_BETA).reshape(shape)
        (seen, of_position), by_beta = self._weight(setting.gain), None
        if self.has_two_arrays:
            here, there = (
                self._weight(calibrate(believed, replace(target, beta=target.beta * factor)).gain)[0]
                for factor in (1.0, 1 + BETA_STEP)
            )
            by_beta = (there - here) / (BETA_STEP * target.beta.mean(axis=1, keepdims=True))
        factor = of_position * beta / np.maximum(target.beta, SMALLEST_BETA)
        return Realised(seen - weight, factor, c.reshape(shape) - target.c, by_beta)

    def _weight(self, gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the combined signal multiplies inputs with, in the scale in which its slope along the trained weights is
        1, (outputs, rows), the mean over the positions of an output; and by how much it is larger at each position,
        (outputs, positions), which for two arrays leaves out that their shares differ."""
        slope = self.moments.mean_slope(gain.ravel()).reshape(gain.shape)
        scale = 1 / np.where(np.abs(slope) > LEAST_SLOPE, slope, 1.0)
        first, second = (share.mean(axis=1, keepdims=True) for share in (scale, gain * scale))
        whole = scale * (self.shares[0] + gain * self.shares[1])
        mean = whole.mean(axis=1, keepdims=True)
        larger = np.where(mean > LEAST_SLOPE, whole / np.where(mean > LEAST_SLOPE, mean, 1.0), 1.0)
        return first * self.signals[0] + second * self.signals[1], larger


def frozen_noise(array: Crossbar, between_s: float, rng: np.random.Generator) -> np.ndarray:
    """A draw of what reads between_s apart share, (rows, outputs) in weight units: for one chip an error of weights."""
    variance = np.maximum(array.pair_covariance(between_s), 0.0)
    return np.sqrt(variance) * rng.standard_normal(variance.shape) if variance.any() else variance
