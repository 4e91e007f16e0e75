"""The saturating curve of `programming.pulses`: R(x) = (1 - exp(-c x)) / (1 - exp(-c)), x = n/N of N pulses.

A curvature c below 0, which no preset has, is a curve that accelerates.
"""

from __future__ import annotations

import numpy as np

LINEAR_BELOW = 1e-4
STEP = 1e-4


def positions(count: int) -> np.ndarray:
    """x of the reads after pulses 1 to `count`."""
    return np.arange(1, count + 1) / count


def rise(x: np.ndarray, curvature: float) -> np.ndarray:
    """R(x), the share of the way."""
    if abs(curvature) < LINEAR_BELOW:
        return np.asarray(x + curvature * x * (1 - x) / 2)
    return np.asarray(np.expm1(-curvature * x) / np.expm1(-curvature))


def slope(x: np.ndarray, curvature: float) -> np.ndarray:
    """R'(x)."""
    if abs(curvature) < LINEAR_BELOW:
        return np.asarray(1 + curvature * (0.5 - x))
    return np.asarray(-curvature * np.exp(-curvature * x) / np.expm1(-curvature))


def bend(x: np.ndarray, curvature: float) -> np.ndarray:
    """dR/dc at x."""
    return (rise(x, curvature + STEP) - rise(x, curvature - STEP)) / (2 * STEP)
