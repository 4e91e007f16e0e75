"""What a chip makes of one layer: weights with errors, and the beta and c with which its neurons fire.

The cells are programmed and the neurons calibrated by the code that maps a finished network. Here the result is seen as
a change of (w, beta, c), so that a software network can be trained with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.mapping.calibration import array_moments, calibrate
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_layer import trained_parameters
from crossbar_nsm.neuron.circuits import Circuit, Operand
from crossbar_nsm.neuron.gain import ReadMoments, solve_gain
from crossbar_nsm.nsm.methods.nsm import NSMLayer

SMALLEST_BETA, LARGEST_BETA = 1e-3, 1e3  # of silent and of noiseless reads
LEAST_SLOPE = 0.05  # share of the trained weights; neurons that kept less are not scaled up further
BETA_STEP = 1e-2  # relative, for the derivative of the weights by beta


@dataclass(frozen=True)
class Realised:
    """A layer as the chip has it, relative to its trained parameters: weight + weight_error (outputs, rows), beta times
    beta_factor and c + c_shift (both outputs, positions). weight_by_beta (outputs, rows): how the weights change with
    beta, None where they do not."""

    weight_error: np.ndarray
    beta_factor: np.ndarray
    c_shift: np.ndarray
    weight_by_beta: np.ndarray | None


class VirtualLayer:
    """A layer on programmed `arrays`, read for `moments`; frozen: what slow noise adds to every read of an array,
    (rows, outputs) in weight units."""

    def __init__(
        self,
        circuit: Circuit,
        arrays: dict[Operand, Crossbar],
        moments: ReadMoments,
        frozen: Mapping[Operand, np.ndarray],
    ):
        self.circuit, self.moments = circuit, moments
        self.matrices = [
            arrays["main"].mean_matrix() if operand == "product" else arrays[operand].mean_matrix() + frozen[operand]
            for operand in circuit.operands
        ]

    def reach(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest beta that each neuron can have with this circuit, over all its gains."""
        ends = []
        for wanted in (SMALLEST_BETA, LARGEST_BETA):
            gain, _ = solve_gain(self.circuit, self.moments, np.full_like(self.moments.norm, wanted))
            ends.append(self._beta(self.circuit.coefficients(gain)))
        return np.minimum(*ends), np.maximum(*ends)

    def realised(self, weight: np.ndarray, beta: np.ndarray, c: np.ndarray, believed: ReadMoments) -> Realised:
        """weight (outputs, rows), beta >= 0 and c (outputs, positions), as calibrated from what is `believed`."""
        gain, threshold, _ = calibrate(self.circuit, believed, beta.ravel(), c.ravel())
        coefficients = self.circuit.coefficients(gain)
        variance = np.maximum(self.moments.variance(coefficients), (self.moments.norm / LARGEST_BETA) ** 2 / 2)
        argument = (threshold + self.moments.mean_offset(coefficients)) / np.sqrt(2 * np.where(variance > 0, variance, 1))
        seen = self._weight(gain, len(weight))
        by_beta = None
        if len({id(matrix) for matrix in self.matrices}) > 1 and any(self.circuit.slope):
            further, _, _ = calibrate(self.circuit, believed, beta.ravel() * (1 + BETA_STEP), c.ravel())
            by_beta = (self._weight(further, len(weight)) - seen) / (BETA_STEP * beta.mean(axis=1, keepdims=True))
        return Realised(
            seen - weight,
            self._beta(coefficients).reshape(beta.shape) / np.maximum(beta, SMALLEST_BETA),
            argument.reshape(c.shape) - c,
            by_beta,
        )

    def _beta(self, coefficients: np.ndarray) -> np.ndarray:
        return np.clip(self.moments.beta(coefficients), SMALLEST_BETA, LARGEST_BETA)

    def _weight(self, gain: np.ndarray, outputs: int) -> np.ndarray:
        """What combined reads multiply inputs with, scaled such that its projection on the trained weights is theirs;
        (outputs, rows). Gains of several positions are averaged."""
        coefficients = self.circuit.coefficients(gain)
        slope = self.moments.mean_slope(coefficients)
        shares = coefficients / np.where(np.abs(slope) > LEAST_SLOPE, slope, 1.0)
        shares = shares.reshape(len(coefficients), outputs, -1).mean(axis=2)
        result: np.ndarray = sum(matrix * share for matrix, share in zip(self.matrices, shares, strict=True)).T  # type: ignore[union-attr]
        return result


def oriented_parameters(layer: NSMLayer) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sign (outputs, 1), weight, beta and c of a layer with the weights of negative betas turned round: (w, -beta, c)
    is (-w, beta, c)."""
    weight, beta, c = trained_parameters(layer)
    sign = np.where(beta.sum(axis=1) < 0, -1.0, 1.0)[:, None]
    return sign, weight * sign, beta * sign, c


def read_moments(
    circuit: Circuit, arrays: dict[Operand, Crossbar], weight: np.ndarray, config: HardwareConfig
) -> ReadMoments:
    """Moments of the reads of programmed arrays, the comparator's noise among them; weight (outputs, rows)."""
    weight_per_a = arrays["main"].targets.column_scale / config.read.voltage_v
    return array_moments(circuit, arrays, weight, (config.neuron.comparator.noise_sd_a * weight_per_a) ** 2)


def frozen_noise(array: Crossbar, rng: np.random.Generator) -> np.ndarray:
    """A draw of what successive passes of an array share, (rows, outputs) weight units: for one chip a weight error."""
    variance = np.maximum(array.pair_covariance(array.read.interval_s), 0.0)
    return np.sqrt(variance) * rng.standard_normal(variance.shape) if variance.any() else variance

