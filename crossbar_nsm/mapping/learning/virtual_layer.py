"""A layer as a programmed and calibrated chip has it, written as a change of the trained (w, beta, c).

Cells are programmed and neurons calibrated as on a chip (`mapping.programming`, `mapping.calibration`). With mean
signals E[s_k] = m_k.z + d_k (d_k: what row drivers add), u = s_0 + g s_1 of slope M and variance V (`neuron.gain`), a
neuron of the chip fires with 1/2 [1 + erf(beta' w'.z/||w|| + c')],

    w' = (m_0 + g m_1) / M,   beta' = M ||w|| / sqrt(2 V),   c' = (threshold + d_0 + g d_1) / sqrt(2 V),

so a software network with w', beta' and c' in place of w, beta and c can be trained for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.mapping.calibration.settings import HIGHEST_BETA, LOWEST_BETA, Target, calibrate
from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.gain import SignalMoments
from crossbar_nsm.neuron.resolution import Resolution

LEAST_SLOPE = 0.05  # M of exact weights is 1; neurons with less are not scaled up further
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
    """A layer on programmed arrays, whose signals have `moments`. frozen: what slow noise adds to the weights in every
    read of an array, (rows, outputs)."""

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
        """The layer calibrated for `target` (beta >= 0) from the moments that are `believed`, with registers of this
        resolution (None: exact); weight (outputs, rows): w. Where beta decides how two arrays are mixed, the derivative
        of w' by it is a difference quotient."""
        shape = target.beta.shape
        setting = calibrate(believed, target, resolution)
        gain = setting.gain.ravel()
        silent = np.maximum(self.moments.norm, LOWEST_BETA) / HIGHEST_BETA
        deviation = np.sqrt(np.maximum(2 * self.moments.variance(gain), silent**2))
        drivers = np.repeat(self.drivers, shape[1], axis=1)
        c = (setting.threshold.ravel() + drivers[0] + gain * drivers[1]) / deviation
        beta = np.clip(self.moments.beta(gain), LOWEST_BETA, HIGHEST_BETA).reshape(shape)
        (realised, size), by_beta = self._weight(setting.gain), None
        if self.has_two_arrays:
            at_beta, above = (
                self._weight(calibrate(believed, replace(target, beta=target.beta * factor)).gain)[0]
                for factor in (1.0, 1 + BETA_STEP)
            )
            by_beta = (above - at_beta) / (BETA_STEP * target.beta.mean(axis=1, keepdims=True))
        factor = size * beta / np.maximum(target.beta, LOWEST_BETA)
        return Realised(realised - weight, factor, c.reshape(shape) - target.c, by_beta)

    def _weight(self, gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """w' (outputs, rows), the mean over the positions of an output, and the size of w' at each position over that
        mean, (outputs, positions): of exact weights, so that of two arrays with different errors to first order."""
        slope = self.moments.mean_slope(gain.ravel()).reshape(gain.shape)
        scale = 1 / np.where(np.abs(slope) > LEAST_SLOPE, slope, 1.0)
        first, second = (share.mean(axis=1, keepdims=True) for share in (scale, gain * scale))
        size = scale * (self.shares[0] + gain * self.shares[1])
        mean = size.mean(axis=1, keepdims=True)
        relative = np.where(mean > LEAST_SLOPE, size / np.where(mean > LEAST_SLOPE, mean, 1.0), 1.0)
        return first * self.signals[0] + second * self.signals[1], relative


def frozen_noise(array: Crossbar, between_s: float, rng: np.random.Generator) -> np.ndarray:
    """A draw of the noise that reads between_s apart share, (rows, outputs) in weight units: an error of a chip's
    weights."""
    variance = np.maximum(array.pair_covariance(between_s), 0.0)
    return np.sqrt(variance) * rng.standard_normal(variance.shape) if variance.any() else variance
