"""Whether an error is no better than that of a guess, or worse."""

from __future__ import annotations

from scipy.stats import binom


def chance_error(classes: int) -> float:
    """Error of a guess, a fraction."""
    return 1 - 1 / classes


def can_tell_from_chance(images: int, classes: int, level: float = 0.05) -> bool:
    """Whether so many images could show an error below that of a guess: all of them right."""
    return float(classes) ** -images < level


def no_better_than_chance(error: float, images: int, classes: int, level: float = 0.05) -> bool:
    """Whether an error, a fraction of images, is not significantly below that of a guess, where so many images could
    show it: exact binomial test of one side."""
    below = binom.cdf(round(error * images), images, chance_error(classes)) < level
    return can_tell_from_chance(images, classes, level) and not below


def worse_than_chance(error: float, images: int, classes: int, level: float = 0.05) -> bool:
    """Whether it is significantly above that of a guess: the other side of the same test."""
    return bool(binom.sf(round(error * images) - 1, images, chance_error(classes)) < level)
