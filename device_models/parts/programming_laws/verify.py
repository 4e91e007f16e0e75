"""Write-verify: a cell is written again until it is read within a band around its target.

Every attempt is a whole new pulse sequence with its own draw, so with p the chance that one attempt lands in the band,
the number of attempts is geometric, cut at `most_attempts`, and an accepted cell follows the law of one attempt
restricted to the band. A cell that never lands there keeps its last attempt.

Equations: docs/physics.md#write-verify.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import scipy  # scipy.special is loaded where it is first used: it takes 0.2 s
from pydantic import Field, model_validator

from device_models.parts.programming_laws.spreads import Moments, Spread
from device_models.schema import Conductance, Count, NonNegative, Schema


class Verify(Schema):
    """Accepted: |G - target| <= acceptance_s + acceptance_relative * target. Without noise of the verifying read."""

    acceptance_s: Conductance = 0.0
    """half-width of the band, the same for all targets [S]"""
    acceptance_relative: Annotated[NonNegative, Field(lt=1)] = 0.0
    """half-width of the band that grows with the target [fraction of the target]"""
    most_attempts: Annotated[Count, Field(le=255)] = 10
    """how often a cell is written at most; one that never lands in the band keeps its last attempt"""

    @model_validator(mode="after")
    def _some_band(self) -> Verify:
        if not (self.acceptance_s or self.acceptance_relative):
            raise ValueError("give a band: acceptance_s or acceptance_relative above 0")
        return self

    def band_s(self, target_s: np.ndarray) -> np.ndarray:
        """Half-width of the band [S]."""
        return self.acceptance_s + self.acceptance_relative * target_s

    def accepts(self, g_s: np.ndarray, target_s: np.ndarray) -> np.ndarray:
        accepted: np.ndarray = np.abs(g_s - target_s) <= self.band_s(target_s)
        return accepted

    def acceptance(self, spread: Spread, target_s: np.ndarray) -> np.ndarray:
        """Chance that one attempt lands in the band."""
        low, high = self._latent_band(spread, target_s)
        return scipy.special.ndtr(high) - scipy.special.ndtr(low)

    def mean_attempts(self, spread: Spread, target_s: np.ndarray) -> np.ndarray:
        """[1 - (1 - p)^n] / p."""
        p = self.acceptance(spread, target_s)
        return np.where(p > 0, _tries(p, self.most_attempts), self.most_attempts)

    def moments(self, spread: Spread, target_s: np.ndarray) -> Moments:
        """P, E[G], E[G^2] of the cell as it is left.

        The part of one attempt inside the band counts [1 - (1 - p)^n]/p times, that outside (1 - p)^(n - 1) times.
        """
        low, high = self._latent_band(spread, target_s)
        ends = np.array(np.inf, target_s.dtype)
        p = scipy.special.ndtr(high) - scipy.special.ndtr(low)
        inside, whole = spread.partial_moments_s(target_s, low, high), spread.partial_moments_s(target_s, -ends, ends)
        again, left = _tries(p, self.most_attempts), (1 - p) ** (self.most_attempts - 1)
        total, first, second = (again * i + left * (w - i) for i, w in zip(inside, whole, strict=True))
        return total, first, second

    def _latent_band(self, spread: Spread, target_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Between which z an attempt is accepted, the edges of the band included."""
        band = self.band_s(target_s)
        return spread.latent(target_s, target_s - band), spread.latent(target_s, np.nextafter(target_s + band, np.inf))


def _tries(p: np.ndarray, most: int) -> np.ndarray:
    """[1 - (1 - p)^n] / p, n where p is 0."""
    safe = np.where(p > 0, p, 1.0)
    return np.where(p > 0, -np.expm1(most * np.log1p(-np.minimum(safe, 1 - 1e-16))) / safe, float(most))
