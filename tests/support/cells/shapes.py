"""The exact law of sums of read noise, from characteristic functions: another way than any reader goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from device_models.parts.read_noise_laws.shapes import HALF_BITS, NoiseShape, QuantileTable, half_lattice

SKEWED = {"quantiles": {"probability": [0.05, 0.25, 0.5, 0.9, 0.99], "value": [-1.5, -0.6, -0.1, 1.2, 4.0]}}
HEAVY = {"quantiles": {"normal_score": [-3, -1, 0, 1, 3], "value": [-6, -0.7, 0, 0.7, 6]}}
STEP, HIGHEST, HIGHEST_OF_MANY = 0.2, 60.0, 20.0  # of t, in units of 1 / sd


def characteristic(shape: NoiseShape, t: np.ndarray) -> np.ndarray:
    """E exp(i t X) of one number of variance 1."""
    if not isinstance(shape, QuantileTable):
        return 1 / (1 + t**2 / 2)  # Laplace
    some = slice(None, None, 4)  # of the points of the quantile function
    weights = np.diff(half_lattice()[some], prepend=0.0) / 2.0 ** (HALF_BITS + 1)
    total = np.zeros(len(t), complex)
    for values in shape.half_values[:, some]:  # uniform pieces, to which the many short ones in the tails add nothing
        ends = np.concatenate([values[:1], values])
        for weight, low, high in zip(weights, ends, ends[1:], strict=False):
            if weight > 1e-7:
                total += weight * np.exp(0.5j * t * (low + high)) * np.sinc(t * (high - low) / (2 * np.pi))
    return total


def sum_cdf(
    shape: NoiseShape | None, scales: Sequence[float], normal_sd: float = 0.0
) -> Callable[[np.ndarray], np.ndarray]:
    """Distribution function of sum_k scales[k] X_k + normal_sd N (Gil-Pelaez); None: all of it normal."""
    sd = float(np.sqrt(np.sum(np.square(scales)) + normal_sd**2))
    t = np.arange(STEP / 2, HIGHEST if len(scales) <= 4 else HIGHEST_OF_MANY, STEP)
    phi = np.exp(-((t * normal_sd / sd) ** 2) / 2).astype(complex)
    for scale in scales:
        phi *= np.exp(-((t * scale / sd) ** 2) / 2) if shape is None else characteristic(shape, t * scale / sd)
    x = np.linspace(-12, 12, 801)
    kept = np.abs(phi) > 1e-12
    cdf = 0.5 - (np.exp(-1j * x[:, None] * t[kept]) * (phi[kept] / t[kept])).imag.sum(axis=1) * STEP / np.pi
    return lambda values: np.interp(np.asarray(values) / sd, x, np.clip(cdf, 0, 1))
