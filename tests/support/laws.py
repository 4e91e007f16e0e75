"""Statistical checks against exact laws. Each raises AssertionError when the law is rejected.

Seeds are fixed, so a test either always passes or always fails; FALSE_ALARM is the chance that a right law fails for a
seed chosen blindly. Every use has a negative control beside it: `rejects` runs the same check with a wrong parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import special, stats

FALSE_ALARM = 1e-6


def check_mean(values: np.ndarray, mean: float, sd: float | None = None) -> None:
    """Independent values of standard deviation `sd` (estimated when None: for thousands of values) have this mean."""
    sd = float(np.std(values, ddof=1)) if sd is None else sd
    z = (np.mean(values) - mean) / (sd / math.sqrt(np.size(values)))
    p = 2 * stats.norm.sf(abs(z))
    assert p > FALSE_ALARM, f"mean {np.mean(values):.6g}, law {mean:.6g}: {z:+.1f} sigma"


def check_normal_variance(values: np.ndarray, variance: float) -> None:
    """Independent normal values have this variance (chi-square test)."""
    n = np.size(values)
    statistic = (n - 1) * np.var(values, ddof=1) / variance
    p = 2 * min(stats.chi2.sf(statistic, n - 1), stats.chi2.cdf(statistic, n - 1))
    assert p > FALSE_ALARM, f"variance {np.var(values):.6g}, law {variance:.6g}: p = {p:.1e}"


def check_variance(values: np.ndarray, mean: float, variance: float) -> None:
    """Independent values of any law with this exact mean have this variance (normal limit, for thousands of values)."""
    check_mean((np.ravel(values).astype(float) - mean) ** 2, variance)


def check_correlation(first: np.ndarray, second: np.ndarray, rho: float) -> None:
    """Pairs of correlated normals, standardised exactly, have this correlation."""
    check_mean(first * second, rho, math.sqrt(1 + rho**2))


def check_counts(counts: np.ndarray, probabilities: np.ndarray) -> None:
    """Independent outcomes fall into classes with these probabilities (chi-square; classes of 5 expected or more)."""
    p = stats.chisquare(counts, np.sum(counts) * np.asarray(probabilities) / np.sum(probabilities)).pvalue
    assert p > FALSE_ALARM, f"chi-square p = {p:.1e}"


def check_rate(count: float, trials: int, probability: float) -> None:
    """`count` successes of independent `trials`."""
    p = stats.binomtest(int(count), int(trials), probability).pvalue
    assert p > FALSE_ALARM, f"rate {count / trials:.6g}, law {probability:.6g}: p = {p:.1e}"


def check_law(values: np.ndarray, cdf: Callable[[np.ndarray], np.ndarray] | str) -> None:
    """Independent values follow a continuous law (Kolmogorov-Smirnov, for thousands of values)."""
    cdf = getattr(stats, cdf).cdf if isinstance(cdf, str) else cdf
    ordered = np.sort(np.ravel(values).astype(float))
    below = np.arange(len(ordered) + 1) / len(ordered)
    law = cdf(ordered)
    distance = max(np.max(below[1:] - law), np.max(law - below[:-1]))
    p = special.kolmogorov(math.sqrt(len(ordered)) * distance)
    assert p > FALSE_ALARM, f"KS p = {p:.1e}"


def rejects(check: Callable[..., None], *arguments: object) -> None:
    """The negative control: `check` must fail here."""
    with pytest.raises(AssertionError):
        check(*arguments)
