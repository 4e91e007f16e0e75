"""How programming scatters by a law of a user's own: any conductance that does not fall as a standard normal z rises.

Every law of one number has this form, G = Q(Phi(z)) with its quantile function Q. Moments are integrated numerically:
exact to rounding where G is smooth in z, to 1e-4 of an sd where it has kinks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy  # scipy.special is loaded where it is first used: it takes 0.2 s

from device_models.parts.programming_laws.spreads import Moments

FARTHEST = 8.0  # sigmas: Phi(z) is below 1 there in double precision, and nobody will ever see what is beyond
PANELS, NODES = 64, 6  # of the integral over z, and within each
HALVINGS = 52


@dataclass(frozen=True)
class QuantileSpread:
    """of(target, z) [S] of arrays of one shape; what is below 0 is clipped. share: of the variance of z that is a
    constant of the cell."""

    of: Callable[[np.ndarray, np.ndarray], np.ndarray]
    share: float = 0.0

    def conductance_s(self, target_s: np.ndarray, z: np.ndarray) -> np.ndarray:
        within = np.clip(np.asarray(z, np.float64), -FARTHEST, FARTHEST)  # Phi of single precision comes to 1 soon
        return np.maximum(self.of(np.asarray(target_s, np.float64), within), 0.0)

    def latent(self, target_s: np.ndarray, g_s: np.ndarray) -> np.ndarray:
        below, above = (np.full(np.shape(target_s), end) for end in (-FARTHEST, FARTHEST))
        for _ in range(HALVINGS):
            middle = (below + above) / 2
            reached = self.conductance_s(target_s, middle) >= g_s
            below, above = np.where(reached, below, middle), np.where(reached, middle, above)
        first, last = (self.conductance_s(target_s, np.full_like(above, end)) for end in (-FARTHEST, FARTHEST))
        return np.where(first >= g_s, -np.inf, np.where(last >= g_s, above, np.inf))

    def partial_moments_s(self, target_s: np.ndarray, low: np.ndarray, high: np.ndarray) -> Moments:
        low, high = (np.broadcast_to(np.asarray(end, np.float64), np.shape(target_s)) for end in (low, high))
        bottom = np.clip(self.latent(target_s, np.full(np.shape(target_s), np.finfo(float).tiny)), low, high)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        first, second = np.zeros(np.shape(target_s)), np.zeros(np.shape(target_s))
        edges = np.linspace(-FARTHEST, FARTHEST, PANELS + 1)
        for left, right in pairwise(edges):
            start, end = np.clip(left, bottom, high), np.clip(right, bottom, high)
            half = (end - start) / 2
            for node, weight in zip(nodes, weights, strict=True):
                z = start + half * (1 + node)
                g_s = self.conductance_s(target_s, z)
                mass = weight * half * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
                first, second = first + mass * g_s, second + mass * g_s**2
        return scipy.special.ndtr(high) - scipy.special.ndtr(low), first, second

    def device_share(self, target_s: np.ndarray) -> np.ndarray:
        return np.full_like(target_s, self.share)
