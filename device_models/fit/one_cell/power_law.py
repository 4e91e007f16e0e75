"""Noise of a power law as a sum of Ornstein-Uhlenbeck terms, whose likelihood is exact and quick.

At reads an interval apart the sum's spectrum is f^-gamma up to half the sampling rate: what lies above is folded back
as white noise, and counted as such. The variances are fitted to that (least squares of ln S); the fastest may be
negative, where the folded spectrum of the others is too large near half the sampling rate. Times in intervals,
frequencies in 1/interval, one-sided.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

PER_DECADE = 1.6
BEYOND = 3.0  # slowest term over the length of the trace
STEEPEST, FLATTEST = 2.0, 0.1
GRID = 39
SMOOTHNESS = 0.01


@dataclass(frozen=True)
class Ladder:
    """tau: correlation times, fastest first (J). steepness: exponents (G) at which the terms are known; first: the
    fastest term's variance over the spectrum at half the sampling rate (G), logs: ln of the others' (G, J - 1)."""

    tau: np.ndarray
    first: object
    logs: object

    def variances(self, exponent: float) -> np.ndarray:
        """Of the terms of S(f) = f^-exponent, (J)."""
        return np.append(self.first(exponent) * 0.5**-exponent, np.exp(self.logs(exponent)))  # type: ignore[operator]


def ladder(samples: int) -> Ladder:
    """For traces of up to so many samples; those of about the same length have one in common."""
    return _ladder(int(np.ceil(2 * np.log10(samples))))


@cache
def _ladder(half_decades: int) -> Ladder:
    from scipy.interpolate import CubicSpline

    samples = 10 ** (half_decades / 2)
    slowest = BEYOND * samples
    tau = np.geomspace(1 / np.pi, slowest, int(np.ceil(np.log10(slowest * np.pi) * PER_DECADE)) + 1)
    frequency = np.sort(np.append(np.geomspace(1 / (4 * samples), 0.5, 120), np.linspace(0.02, 0.5, 80)))
    of_terms = sampled(tau, frequency)
    exponents = np.linspace(FLATTEST, STEEPEST, GRID)
    x = np.array([_fitted(exponent, tau, frequency, of_terms) for exponent in exponents])
    return Ladder(tau, CubicSpline(exponents, x[:, 0]), CubicSpline(exponents, x[:, 1:]))


def _fitted(exponent: float, tau: np.ndarray, frequency: np.ndarray, of_terms: np.ndarray) -> np.ndarray:
    """The fastest variance over the law's at half the sampling rate, ln of the others."""
    from scipy.optimize import least_squares

    law, end = frequency**-exponent, 0.5**-exponent
    start = (exponent - 1) * np.log(tau)
    start += np.log(np.mean(law / (of_terms @ np.exp(start))))
    start[0] = np.exp(start[0]) / end
    bend = SMOOTHNESS * np.diff(np.eye(len(tau) - 1), 2, axis=0)

    def misses(x: np.ndarray) -> np.ndarray:
        density = of_terms @ np.append(x[0] * end, np.exp(np.minimum(x[1:], 80)))
        return np.append(np.log(np.maximum(density / law, 1e-9)), bend @ x[1:])

    return np.asarray(least_squares(misses, start, method="lm").x)


def sampled(tau: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """Spectrum of terms of variance 1 read at every interval, folded: (frequencies, terms)."""
    rho, turn = np.exp(-1 / tau), np.cos(2 * np.pi * frequency)[:, None]
    return np.asarray(2 * -np.expm1(-2 / tau) / (1 - 2 * rho * turn + rho**2))


def band(exponent: float, low: float, high: float) -> float:
    """Integral of f^-exponent between two frequencies."""
    a = 1 - exponent
    if abs(a) < 1e-6:
        return float(np.log(high / low))
    return float((high**a - low**a) / a)
