"""Whether an error is no better than that of a guess."""

from __future__ import annotations

from scipy.stats import binom


def chance_error(classes: int) -> float:
    """Error of a guess, a fraction."""
    return 1 - 1 / classes


def no_better_than_chance(error: float, images: int, classes: int, level: float = 0.05) -> bool:
    """Whether an error, a fraction of images, is not significantly below that of a guess: exact binomial test of one
    side."""
    return bool(binom.cdf(round(error * images), images, chance_error(classes)) >= level)
