"""Analog-to-digital conversion of column currents, in weight units.

A converter of B bits has 2^B - 1 transition levels, evenly one LSB apart around zero, and gives the centres of the 2^B
steps between and beyond them (mid-rise: with 1 bit it is a comparator, and gives + or - half of its range). What makes
a converter differ from that, both constants of the chip, drawn once for each converter:

- offset: every level is moved by offset_sd_lsb times a standard normal.
- integral nonlinearity: levels lie on a parabola through the first and the last one that is inl_lsb high in the middle,
  up or down with equal probability. Its largest deviation from the straight line through the end points, which is how
  IEEE Std 1241 (terminal-based) and data sheets define INL, is inl_lsb for every converter.

Equations: docs/physics.md#analog-to-digital-converters.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from crossbar_nsm.array.config import AdcConfig
from crossbar_nsm.engine.kernels.kernel import kernel
from device_models.streams import Stream

f32 = np.float32
HARMONICS = 200
SMALLEST_LSB = 1e-30  # weight units; float32 holds its inverse


class Adc:
    """Converters of shape (tiles, outputs) with ranges -full_scale to +full_scale; currents beyond are clipped.

    A converter without a range (full_scale 0: nothing is connected to its column) always gives 0. `stream` addresses
    the layer's array.
    """

    def __init__(self, config: AdcConfig, full_scale: np.ndarray, stream: Stream):
        shape, steps = full_scale.shape, 2**config.bits
        lsb = 2 * full_scale.astype(np.float64) / steps
        connected = lsb > SMALLEST_LSB
        self.bits, self.full_scale = config.bits, full_scale.astype(np.float64)
        self.lsb = np.where(connected, lsb, 0.0).astype(f32)
        self.per_lsb = np.where(connected, 1 / np.where(connected, lsb, 1.0), 0.0).astype(f32)
        offset = config.offset_sd_lsb * stream.generator("adc_offset").standard_normal(shape)
        bow = config.inl_lsb * np.where(stream.generator("adc_bow").random(shape) < 0.5, -1.0, 1.0)
        self.middle = (offset + bow).astype(f32)  # where the level in the middle lies, in LSB
        last = max(steps // 2 - 1, 1)  # number of the last level, counted from the middle
        self.curvature = (bow / last**2).astype(f32)

    def sum_of_tiles(self, u: np.ndarray) -> np.ndarray:
        """Currents `u` (tiles, passes, units) float32, converted and then added over the tiles, (passes, units); an
        output's converter serves all of its positions."""
        result: np.ndarray = _sum_of_tiles(u, self.per_lsb, self.lsb, self.middle, self.curvature, 2 ** (self.bits - 1))
        return result

    def rounding_variance(self, noise_variance: np.ndarray) -> np.ndarray:
        """Variance that rounding adds to repeated reads of one input, (outputs), in the mean over inputs within the
        range; noise_variance (tiles, outputs) of the currents themselves, normal.

        Rounding errs by LSB^2/12 (Bennett 1948). What of it noise of variance (s LSB)^2 does not renew in every read is
        the variance of the mean error over inputs, sum_k exp(-(2 pi k s)^2) / (2 pi^2 k^2) LSB^2, k = 1, 2, ... (the
        harmonics of a dithered sawtooth: Carbone and Petri 1994): all without noise, 4 % at s = 0.26.
        """
        result: np.ndarray = (self.lsb.astype(np.float64) ** 2 / 12 * _renewed(noise_variance * self.per_lsb**2)).sum(0)
        return result


def _renewed(s_squared: np.ndarray) -> np.ndarray:
    """Share of the variance of rounding that noise renews; s in LSB."""
    share = np.zeros_like(s_squared)
    k = np.arange(1, HARMONICS + 1, dtype=np.float64)
    for number, weight in zip(k, k**-2 / (k**-2).sum(), strict=True):
        share -= weight * np.expm1(-((2 * np.pi * number) ** 2) * s_squared)
    return share


@kernel(parallel=True, error_model="numpy")
def _sum_of_tiles(
    u: np.ndarray, per_lsb: np.ndarray, lsb: np.ndarray, middle: np.ndarray, curvature: np.ndarray, half: int
) -> np.ndarray:
    """Level k, counted from the middle, lies at k + middle - curvature k^2; the code is the last level not above u.

    That is the root k = 2 v / (1 + sqrt(1 - 4 curvature v)), v = u - middle, rounded down: exact without curvature.
    """
    tiles, passes, units = u.shape
    positions = units // lsb.shape[1]
    lowest, highest = f32(-half), f32(half - 1)
    total = np.zeros((passes, units), f32)
    for p in prange(passes):
        for t in range(tiles):
            for unit in range(units):
                i = unit // positions
                v = u[t, p, unit] * per_lsb[t, i] - middle[t, i]
                beyond_the_turn = max(f32(1) - f32(4) * curvature[t, i] * v, f32(0))
                k = np.floor(f32(2) * v / (f32(1) + f32(math.sqrt(beyond_the_turn))))
                total[p, unit] += (min(max(k, lowest), highest) + f32(0.5)) * lsb[t, i]
    return total
