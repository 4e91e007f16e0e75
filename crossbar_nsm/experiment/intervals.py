"""Intervals of means over chips and images, for values (chips, images) of several chips on the same images.

The mean errs by the choice of images, which all chips share, and by that of chips. Their variances add up:
Var = s_images^2 / images + s_chips^2 / chips, s_images^2 the variance over images of means over chips and s_chips^2
that over chips of means over images. Limits are those of Student's law with chips - 1 degrees of freedom, right for the
part of the chips and cautious for the other; with one chip they are normal, and hold for that chip. Intervals of ratios
are those of Fieller (1954).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student


def mean_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of the mean of `values` (chips, images)."""
    half = _quantile(len(values), 0.5 + level / 2) * math.sqrt(_covariance(values)[0, 0])
    mean = float(values.mean())
    return mean - half, mean + half


def ratio_interval(above: np.ndarray, below: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of mean(above) / mean(below), both (chips, images) of the same chips and images; unbounded
    where the mean below may be 0. One-sided bounds have twice the share outside: take level 0.9 for one of 95 %."""
    square = _quantile(len(above), 0.5 + level / 2) ** 2
    (aa, ab), (_, bb) = _covariance(above, below)
    a, b = float(above.mean()), float(below.mean())
    leading, half, constant = b**2 - square * bb, a * b - square * ab, a**2 - square * aa
    if leading <= 0:
        return -math.inf, math.inf
    root = math.sqrt(max(half**2 - leading * constant, 0.0))
    return (half - root) / leading, (half + root) / leading


def _covariance(*values: np.ndarray) -> np.ndarray:
    """Covariance matrix of the means of several values (chips, images)."""
    chips, images = values[0].shape
    over_images = np.cov([value.mean(axis=0) for value in values]).reshape(len(values), -1) / images
    if chips == 1:
        return over_images
    over_chips = np.cov([value.mean(axis=1) for value in values]).reshape(len(values), -1) / chips
    result: np.ndarray = over_images + over_chips
    return result


def _quantile(chips: int, probability: float) -> float:
    return float(student.ppf(probability, chips - 1) if chips > 1 else norm.ppf(probability))
