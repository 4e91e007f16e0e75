"""The exact law of sums of read noise, from characteristic functions: another way than any reader goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from device_models.parts.read_noise_laws.shapes import NoiseShape, QuantileTable
from device_models.parts.read_noise_laws.straight_pieces import WORDS

SKEWED = {"quantiles": {"probability": [0.05, 0.25, 0.5, 0.9, 0.99], "value": [-1.5, -0.6, -0.1, 1.2, 4.0]}}
HEAVY = {"quantiles": {"normal_score": [-3, -1, 0, 1, 3], "value": [-6, -0.7, 0, 0.7, 6]}}


def stairs(steps: int) -> dict:
    """Of so many steps."""
    scores = [round(z + side, 6) for z in np.linspace(-3, 3, steps) for side in (-1e-4, 1e-4)]
    values = [k + side for k in range(steps) for side in (0, 1)]
    return {"quantiles": {"normal_score": [-4.0, *scores, 4.0], "value": [0, *values, steps]}}


STEPS, STAIRS = stairs(20), stairs(40)  # of which 32 columns are too few, and 64
STEP, HIGHEST, HIGHEST_OF_MANY = 0.2, 60.0, 20.0  # of t, in units of 1 / sd


def characteristic(shape: NoiseShape, t: np.ndarray) -> np.ndarray:
    """E exp(i t X) of one number of variance 1."""
    if not isinstance(shape, QuantileTable):
        return 1 / (1 + t**2 / 2)  # Laplace
    total = np.zeros(len(t), complex)
    ends = shape.values
    for weight, low, high in zip(np.diff(shape.words) / WORDS, ends, ends[1:], strict=False):  # uniform pieces
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
