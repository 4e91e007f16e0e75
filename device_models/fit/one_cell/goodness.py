"""Whether a law describes a trace: its one-step prediction errors must be standard normal, and their spectrum flat.

Under the law every sample's prediction from the samples before leaves independent standard normal scores. A flat
spectrum is tested in bins of equal ln f: 2 I summed over m ordinates is chi-square of 2 m degrees of freedom, a normal
score for each bin, and the sum of their squares chi-square again. So the spectrum is compared with the law's own, for
traps as for normal noise, with a known distribution at any length.
"""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc, ndtri

PER_DECADE = 4


def normal_p(scores: np.ndarray) -> float:
    """Kolmogorov-Smirnov p of scores against the standard normal."""
    from scipy import stats

    return float(stats.kstest(scores, "norm").pvalue)


def scores_of(uniforms: np.ndarray) -> np.ndarray:
    """Normal scores of uniform prediction errors."""
    return np.asarray(ndtri(np.clip(uniforms, 1e-12, 1 - 1e-12)))


def flat_p(scores: np.ndarray) -> float:
    """p of a spectrum farther from a flat one than that of the scores, whose variance is taken from themselves."""
    from scipy import stats

    n = len(scores)
    power = np.abs(np.fft.rfft(scores))[1 : (n + 1) // 2] ** 2 / (n * scores.var())
    if len(power) < 2:
        return 1.0
    index = np.floor(PER_DECADE * np.log10(np.arange(1, len(power) + 1))).astype(int)
    _, index = np.unique(index, return_inverse=True)
    counts, sums = np.bincount(index), np.bincount(index, power)
    above, below = stats.chi2.sf(2 * sums, 2 * counts), stats.chi2.cdf(2 * sums, 2 * counts)
    bins = np.where(above < below, -ndtri(np.maximum(above, 1e-300)), ndtri(np.maximum(below, 1e-300)))
    return float(chdtrc(len(bins), np.sum(bins**2)))
