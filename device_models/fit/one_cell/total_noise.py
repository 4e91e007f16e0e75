"""Slow and fresh noise where no law explains a trace: 1/f^gamma that has the level of its spectrum at every frequency,
and white noise that makes up the differences of successive reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma

from device_models.fit.one_cell.gaussian import NoiseLaw, binned_periodogram, pivot_of
from device_models.fit.one_cell.power_law import FLATTEST, STEEPEST

PER_DECADE = 8
LEAST_WHITE = 1e-4  # of the variance of successive differences


@dataclass(frozen=True)
class Matched:
    """noise: the law. covariance: of ln density at the pivot, exponent, ln white variance, if the bins' scatter about
    the law is chance."""

    noise: NoiseLaw
    covariance: np.ndarray


def matched(residual: np.ndarray) -> Matched:
    """Least squares of ln S in bins of equal ln f, so that each decade counts alike."""
    from scipy.optimize import least_squares

    n = len(residual)
    frequency, density, counts = binned_periodogram(residual, PER_DECADE)
    logs = np.log(density) - (digamma(counts) - np.log(counts))
    pivot, end = pivot_of(n), float(logs[-1])

    def misses(x: np.ndarray) -> np.ndarray:
        return np.logaddexp(x[0] - x[1] * np.log(frequency / pivot), x[2] + np.log(2)) - logs

    start = np.array([float(np.interp(pivot, frequency, logs)), 1.0, end - np.log(4)])
    bounds = ([-np.inf, FLATTEST, end - 12], [np.inf, STEEPEST, end + 2])
    found = least_squares(misses, start, bounds=bounds)
    scatter = float(2 * found.cost) / max(len(logs) - 3, 1)
    covariance = scatter * np.linalg.pinv(found.jac.T @ found.jac)
    exponent = float(found.x[1])
    law = NoiseLaw(float(np.exp(found.x[0])) * pivot**exponent, exponent, 0.0, "flicker")
    step = float(np.mean(np.diff(residual) ** 2)) / 2
    tau, variances = law.terms(n)
    white = max(step - float(variances @ -np.expm1(-1 / tau)), LEAST_WHITE * step)
    return Matched(NoiseLaw(law.density, exponent, white, "flicker"), covariance)
