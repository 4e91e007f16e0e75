"""The part of a trace's noise that is fresh at each sample, where another part is slow (drift, 1/f, a second trap).

Half the mean square change between successive samples in the same state: a slow part hardly changes from one to the
next. What it does change is counted, so the result is an upper bound; jumps far outside the other changes (switches of
a slow trap) are not.

For m changes of white noise of variance v, the changes' covariances 2v, -v, 0, ... give this estimate the variance
(3m - 1) v^2 / m^2, half as much again as that of a sample variance: se of ln sd = sqrt(3m - 1) / 2m.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from device_models.fit.interval import Estimate, around

FEWEST_CHANGES = 20
JUMP = 6.0


def alternation(scores: np.ndarray) -> list[str]:
    """A sentence where successive prediction errors, as normal scores, are of opposite sign (p < 6e-5)."""
    correlation = float(np.mean(scores[1:] * scores[:-1]) / np.mean(scores**2))
    if correlation > -max(0.05, 4 / np.sqrt(len(scores))):
        return []
    return [f"successive samples alternate (correlation {correlation:.2f}): the noise is not fresh at each read"]


def fresh_noise(g_s: np.ndarray, captured: np.ndarray, gaps: np.ndarray | None = None) -> Estimate | None:
    """Sd [S] of the fresh noise with its interval; None for too few changes within a state (`captured`, per sample).

    gaps: indices k of changes, from sample k to k + 1, that are not of successive reads.
    """
    within = np.diff(captured.astype(int)) == 0
    if gaps is not None:
        within[gaps] = False
    changes = np.diff(g_s)[within]
    robust_sd = float(np.median(np.abs(changes))) / float(ndtri(0.75)) if changes.size else 0.0
    ordinary = changes[np.abs(changes) <= JUMP * robust_sd] if robust_sd else changes
    m = len(ordinary)
    if m < FEWEST_CHANGES or not ordinary.any():
        return None
    return around(float(np.sqrt(np.mean(ordinary**2) / 2)), float(np.sqrt(3 * m - 1) / (2 * m)), "S", "log")
