"""Analytic calibration: from the moments of the programmed cells to the gain a_i (or g_i) and threshold of each neuron.

The trained quantities are beta_i and c_i. With V the fresh variance of the combined signal and M its slope along the
trained weights, the gain makes M ||w|| / sqrt(2 V) = beta and the threshold is c sqrt(2 V). Where beta is out of the
circuit's reach the threshold keeps the input at which the neuron fires half of the time: c M ||w|| / beta. What row
drivers add to every read is taken off the threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.neuron.circuits import Circuit, Operand, array_of
from crossbar_nsm.neuron.gain import ReadMoments, solve_gain

SMALLEST_BETA = 1e-6


@dataclass(frozen=True)
class LayerCalibration:
    """What calibration did to one layer; arrays have shape (channels, positions), positions 1 for dense layers.

    recovered_beta follows from the moments of the programmed cells. gain is a_i or g_i of the circuit, threshold the
    signal added before the comparator (weight units), clipped marks neurons whose beta is out of the circuit's reach.
    """

    layer: str
    circuit: str
    trained_beta: np.ndarray
    recovered_beta: np.ndarray
    normalisation_index: np.ndarray
    gain: np.ndarray
    threshold: np.ndarray
    clipped: np.ndarray

    @property
    def clipped_count(self) -> int:
        return int(self.clipped.sum())


def array_moments(
    circuit: Circuit,
    arrays: dict[Operand, Crossbar],
    weight: np.ndarray,
    added: np.ndarray,
    converters: Mapping[Operand, Adc] = MappingProxyType({}),
) -> ReadMoments:
    """Moments of the operands as the programmed cells have them; weight (neurons, inputs), added (neurons). Operands
    with converters also carry what their rounding adds to the noise.

    A masked read r = sum_j m_j z_j w_j(t), m_j = 1 with probability p, has the slope p m. Half its mean squared change
    from pass to pass is p (1 - p) sum_j E[w_j^2] + p^2 [R(0) - R(D)], and with a read of all rows it shares p times
    what two of those share.
    """
    norm = np.linalg.norm(weight, axis=1)
    safe = np.where(norm > 0, norm, 1)
    sources = [arrays[array_of(operand)] for operand in circuit.operands]
    shares = [circuit.keep_probability if operand == "masked" else 1.0 for operand in circuit.operands]
    along = [(source.mean_matrix() * weight.T).sum(axis=0) / safe**2 for source in sources]
    slope = np.stack([share * values for share, values in zip(shares, along, strict=True)])
    size = len(circuit.operands)
    covariance = np.zeros((size, size, len(norm)))
    known: dict[tuple[Operand, int], np.ndarray] = {}
    for k, first in enumerate(circuit.operands):
        for other, second in enumerate(circuit.operands):
            if sources[k] is sources[other] and "product" not in (first, second):
                which = (array_of(first), abs(k - other))
                if which not in known:
                    known[which] = _fresh_covariance(sources[k], which[1])
                covariance[k, other] = shares[k] * shares[other] * known[which]
        if first != "product" and array_of(first) in converters:
            converter = converters[array_of(first)]
            covariance[k, k] += _rounding_variance(converter, sources[k], fresh=covariance[k, k], keep=shares[k])
        covariance[k, k] += sources[k].tile_mask_variance(shares[k]).sum(axis=0)
    offset = np.stack([source.mean_offset() for source in sources])
    return ReadMoments(slope, covariance, added, norm, offset)


def _fresh_covariance(array: Crossbar, apart: int) -> np.ndarray:
    """Covariance of two reads of one pass, the one `apart` reads after the other, less what both keep until the next
    pass (frozen noise is weight error).

    Half the mean squared change from pass to pass: R(0) - R(D) for one read, R(d) - [R(D - d) + R(D + d)] / 2 for two
    reads d apart, with passes D apart.
    """
    if array.law.fresh_gaussian and apart:
        return np.zeros(array.tiling.outputs)
    lag_s, interval, covariance = apart * array.read.between_reads_s, array.read.interval_s, array.settled_covariance
    if apart == 0:
        return np.maximum(covariance(0.0) - covariance(interval), 0.0)
    return covariance(lag_s) - (covariance(interval - lag_s) + covariance(interval + lag_s)) / 2


def _rounding_variance(converter: Adc, array: Crossbar, fresh: np.ndarray, keep: float) -> np.ndarray:
    """What rounding adds to the variance of a read that changes from pass to pass, (neurons): `fresh` of its cells, and
    that of a mask which keeps a share `keep` of the rows."""
    total = array.tile_variance()
    of_column = total.sum(axis=0)
    of_tiles = total * np.where(of_column > 0, fresh / np.where(of_column > 0, of_column, 1), 0)
    return converter.rounding_variance(of_tiles + array.tile_mask_variance(keep))


def ideal_moments(circuit: Circuit, device_r: float, keep_probability: float, norm: np.ndarray) -> ReadMoments:
    """What an uncalibrated designer assumes: noise V = (p r^2 + p (1 - p)) ||w||^2, exact weights, no idle cells; of
    masked reads p is the probability that a row is driven and its selector conducts."""
    size = len(circuit.operands)
    slope, covariance = np.empty((size, len(norm))), np.zeros((size, size, len(norm)))
    for k, operand in enumerate(circuit.operands):
        p = keep_probability * (circuit.keep_probability if operand == "masked" else 1.0)
        slope[k] = p
        if operand != "product":
            covariance[k, k] = (p * device_r**2 + p * (1 - p)) * norm**2
    return ReadMoments(slope, covariance, np.zeros_like(norm), norm)


def calibrate(
    circuit: Circuit, believed: ReadMoments, beta: np.ndarray, c: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(gain, threshold, clipped) of each neuron from what is believed of its reads."""
    gain, reached = solve_gain(circuit, believed, beta)
    coefficients = circuit.coefficients(gain)
    in_reach = c * np.sqrt(2 * believed.variance(coefficients))
    safe = np.where(np.abs(beta) < SMALLEST_BETA, SMALLEST_BETA, beta)
    beyond = c * believed.mean_slope(coefficients) * believed.norm / safe
    return gain, np.where(reached, in_reach, beyond) - believed.mean_offset(coefficients), ~reached
