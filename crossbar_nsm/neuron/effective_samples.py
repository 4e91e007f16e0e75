"""How many independent samples M successive ones are worth.

The mean of M samples, equally far apart, with autocorrelation R(k) has the variance of a mean of

    M_eff = M / (1 + 2 sum_{k<M} (1 - k/M) R(k))

independent ones (exact for any M). Decisions of a threshold forget faster than the current: where currents a time apart
have correlation rho, and are jointly normal (sums over many cells), decisions that fire with probability P have

    R_b = [Phi2(h, h; rho) - P^2] / (P (1 - P)),   h = Phi^-1(P).

Equations: docs/physics.md#effective-samples.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from device_models.parts.selector import bit_correlation

PER_DECADE = 10
"""Lags of a lattice. Cubic interpolation in ln(lag) between them makes an error of M_eff below 1e-4 for exponential
decays."""

PIECE = 2**18  # lags that are looked at at once


def effective_samples(correlation: np.ndarray, samples: int) -> np.ndarray:
    """M_eff of `samples` samples; correlation (samples - 1, ...) at the lags 1, 2, ..., the result (...)."""
    if len(correlation) != samples - 1:
        raise ValueError(f"{len(correlation)} correlations: {samples} samples have {samples - 1} lags")
    return _effective(correlation, 1 - np.arange(1, samples) / samples, samples)


def effective_samples_of_lattice(correlation: np.ndarray, samples: int) -> np.ndarray:
    """The same from the correlations at the lags of `lag_lattice(samples)`, (lags, ...)."""
    return _effective(correlation, _lattice_weights(samples), samples)


def _effective(correlation: np.ndarray, weights: np.ndarray, samples: int) -> np.ndarray:
    result: np.ndarray = samples / (1 + 2 * np.tensordot(weights, correlation, axes=(0, 0)))
    return result


def decision_correlation(correlation: np.ndarray | float, rate: float) -> np.ndarray:
    """R_b of decisions that fire with probability `rate`, between currents of this correlation."""
    rho = np.clip(correlation, -1 + 1e-12, 1.0)
    return bit_correlation(np.asarray(ndtri(rate)), rho)


def lag_lattice(samples: int) -> np.ndarray:
    """Lags, in units of the first, that stand for all of 1 to samples - 1: PER_DECADE a decade, at least four."""
    last = int(np.ceil(PER_DECADE * np.log10(max(samples - 1, 1)) - 1e-9))
    result: np.ndarray = 10.0 ** (np.arange(max(last, 3) + 1) / PER_DECADE)
    return result


@lru_cache(maxsize=4)
def _lattice_weights(samples: int) -> np.ndarray:
    """Weights of the lattice in sum_{k<M} (1 - k/M) R(k): every lag by the cubic through its four neighbours."""
    weights = np.zeros(len(lag_lattice(samples)))
    for start in range(1, samples, PIECE):
        k = np.arange(start, min(start + PIECE, samples))
        position = PER_DECADE * np.log10(k)
        first = np.clip(np.floor(position).astype(int) - 1, 0, len(weights) - 4)
        x, share = position - first, 1 - k / samples
        for node in range(4):
            others = [other for other in range(4) if other != node]
            basis = np.prod([(x - other) / (node - other) for other in others], axis=0)
            np.add.at(weights, first + node, share * basis)
    weights.flags.writeable = False
    return weights
