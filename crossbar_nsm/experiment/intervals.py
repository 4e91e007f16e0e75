"""Intervals of means over chips and images, for values (chips, images) of several chips on the same images.

The mean errs by the choice of images, which all chips share, and by that of chips. Their variances add up:
Var = s_images^2 / images + s_chips^2 / chips, s_images^2 the variance over images of means over chips and s_chips^2
that over chips of means over images. Limits are those of Student's law with chips - 1 degrees of freedom, right for the
part of the chips and cautious for the other; with one chip they are normal, and hold for that chip. (Degrees of freedom
after Satterthwaite would make them narrower, and let 90 % intervals of two chips cover 83 %.) Intervals of ratios are
those of Fieller (1954).

Differences of error are -1, 0 or 1 for each image of a chip, and seldom not 0. Their variance over images counts two
images more, one of either sign (Bonett and Price 2012), so that it is never 0.
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


def image_interval(difference: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of the mean `difference` of error (chips, images): over images, for these chips."""
    half = float(norm.ppf(0.5 + level / 2)) * math.sqrt(_covariance(_with_two(difference).mean(axis=0)[None])[0, 0])
    mean = float(difference.mean())
    return mean - half, mean + half


def error_interval(difference: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of the mean `difference` of error (chips, images), for any chip and any image (one chip: for
    that chip).

    Both ends lie (z^2 + 2) / 3 images further out than the variances say, z the normal quantile: by so much the exact
    upper limit of a Poisson count exceeds count + z sqrt(count + 1), the case of differences that are all of one sign.
    """
    sd = math.sqrt(_covariance(_with_two(difference))[0, 0])
    half = _quantile(len(difference), 0.5 + level / 2) * sd + _further(difference.shape[1], level)
    mean = float(difference.mean())
    return mean - half, mean + half


def two_sample_interval(here: np.ndarray, there: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of mean(here) - mean(there), values (chips, images) of other chips on other images; Student's
    law has the degrees of freedom of the side with fewer chips, which is cautious. With one chip on a side it holds for
    that chip."""
    variance = sum(float(_covariance(values)[0, 0]) for values in (here, there))
    half = _quantile(min(len(here), len(there)), 0.5 + level / 2) * math.sqrt(variance)
    mean = float(here.mean() - there.mean())
    return mean - half, mean + half


def two_sample_error_interval(here: np.ndarray, there: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """As `two_sample_interval`, of errors (0 or 1): with a mistake and a right answer more on either side (Agresti and
    Caffo 2000), and further out as in `error_interval`."""
    two = (1.0, 0.0)
    low, high = two_sample_interval(_with_two(here, two), _with_two(there, two), level)
    half = (high - low) / 2 + _further(min(here.shape[1], there.shape[1]), level)
    mean = float(here.mean() - there.mean())
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


def _with_two(values: np.ndarray, two: tuple[float, float] = (1.0, -1.0)) -> np.ndarray:
    """Two images more, on every chip."""
    return np.concatenate([values, np.tile(two, (len(values), 1))], axis=1)


def _further(images: int, level: float) -> float:
    return float(norm.ppf(0.5 + level / 2) ** 2 + 2) / (3 * images)


def _quantile(chips: int, probability: float) -> float:
    return float(student.ppf(probability, chips - 1) if chips > 1 else norm.ppf(probability))
