"""Intervals of means over chips and images, for values (chips, images) of several chips on the same images.

The mean errs by the choice of images, which all chips share, and by that of chips. Their variances add up:
Var = s_images^2 / images + s_chips^2 / chips, s_images^2 the variance over images of means over chips and s_chips^2
that over chips of means over images. Limits are those of Student's law with chips - 1 degrees of freedom, right for the
part of the chips and cautious for the other; with one chip they are normal, and hold for that chip. Intervals of ratios
are those of Fieller (1954).

With few chips and a choice of images that decides, that is wider than need be. Comparisons take the root of the sum of
squares of two half-widths, normal for the images and Student's for the chips (Howe 1974, Journal of the American
Statistical Association 69, 789): 90 % and 95 % intervals cover at least that, whichever part decides. (Satterthwaite's
degrees of freedom let 90 % intervals of two chips cover 83 %.)

Differences of error are -1, 0 or 1 for each image of a chip, and seldom not 0. Their variance over images counts two
images more, one of either sign (Bonett and Price 2012), so that it is never 0.

Equations: docs/physics.md#intervals-over-images-and-chips.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

Z95 = 1.959963984540054  # of the normal law, two-sided


def wilson(fraction: float, images: int) -> tuple[float, float]:
    """95 % Wilson interval of an error fraction over `images` images (the fraction may be a mean over chips)."""
    centre = (fraction + Z95**2 / (2 * images)) / (1 + Z95**2 / images)
    half = Z95 * math.sqrt(fraction * (1 - fraction) / images + Z95**2 / (4 * images**2)) / (1 + Z95**2 / images)
    return max(0.0, centre - half), min(1.0, centre + half)


def mean_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of the mean of `values` (chips, images)."""
    half = _quantile(len(values), 0.5 + level / 2) * math.sqrt(_covariance(values)[0, 0])
    mean = float(values.mean())
    return mean - half, mean + half


def image_interval(difference: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of the mean `difference` of error (chips, images): over images, for these chips."""
    return _within_one(_around(float(difference.mean()), _half_of_images(_with_two(difference), level)))


def over_images(values: np.ndarray, level: float = 0.95) -> tuple[float, float] | None:
    """Two-sided normal interval of the mean of `values` (chips, images): over images, for these chips; None with one
    image."""
    if values.shape[1] == 1:
        return None
    return _around(float(values.mean(axis=0).mean()), _half_of_images(values, level))


def mean_p(values: np.ndarray) -> float:
    """Two-sided normal p of a mean of `values` (chips, images) of 0: over images, for these chips; 1 with one image, of
    which nothing is known."""
    if values.shape[1] == 1:
        return 1.0
    half, mean = _half_of_images(values, 0.95), float(values.mean())
    if half == 0:
        return float(mean == 0)
    return float(2 * norm.sf(abs(mean) / (half / Z95)))


def combined_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of the mean of `values` (chips, images), for any chip and any image (one chip: that chip)."""
    return _around(float(values.mean()), math.hypot(_half_of_images(values, level), _half_of_chips(values, level)))


def error_interval(difference: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """`combined_interval` of a difference of error (chips, images), fit for few differences.

    Both ends lie (z^2 + 2) / 3 images further out than the variances say, z the normal quantile: by so much the exact
    upper limit of a Poisson count exceeds count + z sqrt(count + 1), the case of differences that are all of one sign.
    """
    halves = _half_of_images(_with_two(difference), level), _half_of_chips(difference, level)
    half = math.hypot(*halves) + _further(difference.shape[1], level)
    return _within_one(_around(float(difference.mean()), half))


def two_sample_interval(here: np.ndarray, there: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of mean(here) - mean(there), values (chips, images) of other chips on other images; with one
    chip on a side it holds for that chip."""
    halves = [half(values, level) for half in (_half_of_images, _half_of_chips) for values in (here, there)]
    return _around(float(here.mean() - there.mean()), math.hypot(*halves))


def two_sample_error_interval(here: np.ndarray, there: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """As `two_sample_interval`, of errors (0 or 1): with a mistake and a right answer more on either side (Agresti and
    Caffo 2000), and further out as in `error_interval`."""
    of_images = [_half_of_images(_with_two(values, (1.0, 0.0)), level) for values in (here, there)]
    of_chips = [_half_of_chips(values, level) for values in (here, there)]
    half = math.hypot(*of_images, *of_chips) + _further(min(here.shape[1], there.shape[1]), level)
    return _within_one(_around(float(here.mean() - there.mean()), half))


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


def _half_of_images(values: np.ndarray, level: float) -> float:
    """Normal half-width of the mean of values (chips, images): over images, for these chips."""
    images = values.shape[1]
    return float(norm.ppf(0.5 + level / 2) * values.mean(axis=0).std(ddof=1) / math.sqrt(images))


def _half_of_chips(values: np.ndarray, level: float) -> float:
    """Student's half-width of the mean of values (chips, images): over chips, on these images; 0 with one chip."""
    chips = len(values)
    if chips == 1:
        return 0.0
    return float(student.ppf(0.5 + level / 2, chips - 1) * values.mean(axis=1).std(ddof=1) / math.sqrt(chips))


def _around(mean: float, half: float) -> tuple[float, float]:
    return mean - half, mean + half


def _within_one(interval: tuple[float, float]) -> tuple[float, float]:
    """A difference of fractions is no further from 0 than 1."""
    return max(interval[0], -1.0), min(interval[1], 1.0)


def _with_two(values: np.ndarray, two: tuple[float, float] = (1.0, -1.0)) -> np.ndarray:
    """Two images more, on every chip."""
    return np.concatenate([values, np.tile(two, (len(values), 1))], axis=1)


def _further(images: int, level: float) -> float:
    return float(norm.ppf(0.5 + level / 2) ** 2 + 2) / (3 * images)


def _quantile(chips: int, probability: float) -> float:
    return float(student.ppf(probability, chips - 1) if chips > 1 else norm.ppf(probability))
