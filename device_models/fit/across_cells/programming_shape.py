"""Mean and shape of the errors of good cells: whether a normal law around the target describes them.

Means of groups of like targets against one mean (chi-square); standardised errors against N(0, 1) (Kolmogorov-Smirnov),
and their variance in every group against 1. The shape is a table of quantiles of the standardised errors at normal
scores z, straight lines between, of mean 0 and variance 1 exactly.
"""

from __future__ import annotations

import numpy as np

from device_models.fit.across_cells.programming_spread import hats

PAIRS_PER_GROUP, MOST_GROUPS = 20, 10
SCORES = (-3.0, -2.5, -2.0, -1.645, -1.282, -1.0, -0.674, -0.319, 0.0)
BEYOND = 2.0  # samples that lie beyond the last score
LINES = 4001


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
