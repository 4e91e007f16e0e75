"""Mean and shape of the errors of good cells: whether a normal law around the target describes them.

Means of groups of like targets against one mean (chi-square); standardised errors against N(0, 1) (Kolmogorov-Smirnov),
and their variance in every group against 1. The shape is a table of quantiles of the standardised errors at normal
scores z, straight lines between, of mean 0 and variance 1 exactly.

Shapes that errors are tried for, of variance 1: normal, Laplace's, Student's t, two normals. `sd` of each is one step
towards the largest likelihood of the sd of weighted errors: the maximum itself for a normal and Laplace's, an EM step
where errors are normals of variances that differ (Student's t: Lange et al. 1989, doi:10.1080/01621459.1989.10478852).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from device_models.fit.across_cells.programming_spread import hats

PAIRS_PER_GROUP, MOST_GROUPS = 20, 10
SCORES = (-3.0, -2.5, -2.0, -1.645, -1.282, -1.0, -0.674, -0.319, 0.0)
BEYOND = 2.0  # samples that lie beyond the last score
LINES = 4001
WIDER = ((2.0, 0.1), (2.0, 0.3), (3.0, 0.1), (4.0, 0.1))  # of two normals: sd over that of the other, and share
DEGREES = (3, 4, 5, 8)  # of freedom; with two the variance is infinite, with many it is a normal


def group_of(target: np.ndarray) -> np.ndarray:
    """Up to 10 groups of like targets, of at least 20 pairs on average: number of the group of every pair."""
    groups = int(np.clip(len(target) // PAIRS_PER_GROUP, 1, MOST_GROUPS))
    edges = np.unique(np.quantile(target, np.linspace(0, 1, groups + 1)[1:-1]))
    return np.unique(np.searchsorted(edges, target, side="right"), return_inverse=True)[1]


def normal_p(standardised: np.ndarray) -> float:
    from scipy import stats

    return float(stats.kstest(standardised, "norm").pvalue)


def spread_p(target: np.ndarray, standardised: np.ndarray, fitted: int) -> float | None:
    """Variance 1 in every group of targets: each group's mean square to a normal (Wilson-Hilferty, with the kurtosis of
    all), squares summed; None where no group is left to test with."""
    from scipy import stats

    group = group_of(target)
    n, squares = np.bincount(group), np.bincount(group, standardised**2)
    if len(n) <= fitted:
        return None
    heavier = max(1.0, (float(np.mean(standardised**4)) / float(np.mean(standardised**2)) ** 2 - 1) / 2)
    width = 2 * heavier / (9 * n)
    scores = ((squares / n) ** (1 / 3) - (1 - width)) / np.sqrt(width)
    return float(stats.chi2.sf(np.sum(scores**2), len(n) - fitted))


def bias_p(target: np.ndarray, standardised: np.ndarray) -> float | None:
    """One mean for all groups of targets; None for a single group."""
    from scipy import stats

    group = group_of(target)
    n, sums = np.bincount(group), np.bincount(group, standardised)
    if len(n) < 2:
        return None
    return float(stats.chi2.sf(np.sum((sums / n - standardised.mean()) ** 2 * n), len(n) - 1))


def mean_errors(points_s: np.ndarray, target: np.ndarray, error: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Mean error [S] at the points, straight lines between; sd: of every pair."""
    basis = hats(target, points_s) / sd[:, None]
    return np.linalg.lstsq(basis, error / sd, rcond=None)[0]


def quantile_table(standardised: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normal scores and the quantiles there, of mean 0 and variance 1 under straight lines."""
    from scipy.special import ndtr

    upper = np.array([-z for z in SCORES[:-1] if ndtr(z) * len(standardised) >= BEYOND][::-1])
    scores = np.concatenate([-upper[::-1], [0.0], upper])
    values = np.quantile(standardised, ndtr(scores))
    mean, sd = table_moments(scores, values)
    return scores, (values - mean) / sd


def table_moments(scores: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Mean and sd of a quantity whose quantiles at normal scores are `values`, lines between and beyond them."""
    z = np.linspace(-8, 8, LINES)
    weight = np.exp(-(z**2) / 2)
    x = at_score(z, scores, values)
    mean = float(np.average(x, weights=weight))
    return mean, float(np.sqrt(np.average((x - mean) ** 2, weights=weight)))


def at_score(z: np.ndarray, scores: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Value at normal scores z: straight lines between the points, and on beyond the first and the last."""
    k = np.clip(np.searchsorted(scores, z) - 1, 0, len(scores) - 2)
    return values[k] + (values[k + 1] - values[k]) * (z - scores[k]) / (scores[k + 1] - scores[k])


class ErrorShape(Protocol):
    """parameters: that were chosen, besides the sd."""

    @property
    def parameters(self) -> int: ...

    def density(self, z: np.ndarray) -> np.ndarray:
        """Of errors over their sd."""

    def sd(self, z: np.ndarray, weight: np.ndarray, before: float) -> float:
        """Of errors z that count by weight; before: the last one."""


class _Normal:
    parameters = 0

    def density(self, z: np.ndarray) -> np.ndarray:
        return np.exp(-np.minimum(z**2, 1400) / 2) / np.sqrt(2 * np.pi)

    def sd(self, z: np.ndarray, weight: np.ndarray, before: float) -> float:
        return float(np.sqrt(_mean(z**2, weight)))


class _Laplace:
    parameters = 0

    def density(self, z: np.ndarray) -> np.ndarray:
        return np.exp(-np.minimum(np.sqrt(2) * np.abs(z), 700)) / np.sqrt(2)

    def sd(self, z: np.ndarray, weight: np.ndarray, before: float) -> float:
        return float(np.sqrt(2) * _mean(np.abs(z), weight))


@dataclass(frozen=True)
class _Student:
    degrees: int
    parameters = 1

    def density(self, z: np.ndarray) -> np.ndarray:
        from scipy.special import gammaln

        nu = self.degrees
        norm = np.exp(gammaln((nu + 1) / 2) - gammaln(nu / 2)) / np.sqrt(np.pi * (nu - 2))
        return np.asarray(norm * (1 + z**2 / (nu - 2)) ** (-(nu + 1) / 2))

    def sd(self, z: np.ndarray, weight: np.ndarray, before: float) -> float:
        nu = self.degrees
        scale_square = before**2 * (nu - 2) / nu
        heavy = (nu + 1) / (nu + z**2 / scale_square)
        return float(np.sqrt(_mean(heavy * z**2, weight) * nu / (nu - 2)))


@dataclass(frozen=True)
class _TwoNormals:
    """ratio: of the wider sd over the other; share: of the wider one."""

    ratio: float
    share: float
    parameters = 2

    def _densities(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        narrow = 1 / np.sqrt(1 - self.share + self.share * self.ratio**2)
        wide = self.ratio * narrow
        return (1 - self.share) * NORMAL.density(z / narrow) / narrow, self.share * NORMAL.density(z / wide) / wide

    def density(self, z: np.ndarray) -> np.ndarray:
        narrow, wide = self._densities(z)
        return narrow + wide

    def sd(self, z: np.ndarray, weight: np.ndarray, before: float) -> float:
        narrow, wide = self._densities(z / before)
        of_wide = wide / np.maximum(narrow + wide, 1e-300)
        in_narrow_sds = (1 - of_wide + of_wide / self.ratio**2) * z**2
        return float(np.sqrt(_mean(in_narrow_sds, weight) * (1 - self.share + self.share * self.ratio**2)))


NORMAL, LAPLACE = _Normal(), _Laplace()
STUDENTS = tuple(_Student(degrees) for degrees in DEGREES)
TWO_NORMALS = tuple(_TwoNormals(ratio, share) for ratio, share in WIDER)
SHAPES: tuple[ErrorShape, ...] = (NORMAL, LAPLACE, *STUDENTS, *TWO_NORMALS)


def _mean(values: np.ndarray, weight: np.ndarray) -> float:
    return float(np.sum(weight * values) / max(float(weight.sum()), 1e-12))
