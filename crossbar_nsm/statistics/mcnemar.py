"""McNemar's exact test of equal error on the same images, for one chip and for several.

One chip: of the images that one network has right and the other wrong, each is as likely the other way round
(binomial). Several chips share the images, and with them the reference's mistakes, so that images x chips are no
independent pairs: counted as such, five equal chips are called different in one of five studies, not in one of twenty.
What is tested is the mean error of these chips; images are what varies. Both tests below are conditional, and McNemar's
with one chip:

Chips that err together: image by image, hardware and reference change places. S_i = (chips wrong) - (chips wrong for
the reference) keeps its size and takes either sign; the statistic is sum S_i (the exact form of Durkalski et al. 2003,
Statistics in Medicine 22, 2417). Its law has the right spread whatever chips have in common, but is symmetric, while a
mistake of the one reference weighs as much as one of every chip: with few mistakes there are false alarms.

Chips that err each for itself: of the K_i wrong ones among chips and reference, each is as likely the reference's
(1 : chips matched sets; Miettinen 1969, Biometrics 25, 339). Exact there, with few mistakes too, but too sure where
chips err together.

p is the larger of the two. Against a reference with a result for every chip the first is symmetric and enough.

Equations: docs/physics.md#mcnemar-test.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import binom, norm

MOST_EXACT = 1000  # informative images; beyond, the normal limit of several chips is as good and takes no time


def mcnemar_p(wrong_here: np.ndarray, wrong_reference: np.ndarray) -> float:
    """Two-sided p of wrong predictions (chips, images) against those of a reference on the same images, (images) or
    (chips, images), all bool."""
    together = _chips_together(wrong_here.astype(int) - wrong_reference)
    if wrong_reference.ndim > 1:
        return together
    return max(together, _chips_apart(wrong_here, wrong_reference))


def _chips_together(delta: np.ndarray) -> float:
    """Random signs of the sums over chips of `delta` (chips, images), -1, 0 or 1."""
    sums = delta.sum(axis=0)
    sizes, counts = np.unique(np.abs(sums[sums != 0]), return_counts=True)
    return _two_sided(int(sums[sums > 0].sum()), sizes, counts, np.full(len(sizes), 0.5))


def _chips_apart(wrong_here: np.ndarray, wrong_reference: np.ndarray) -> float:
    """The reference is a random one of each image's chips + 1 predictions."""
    members = len(wrong_here) + 1
    together = wrong_here.sum(axis=0) + wrong_reference
    informative = (together > 0) & (together < members)
    wrong, counts = np.unique(together[informative], return_counts=True)
    return _two_sided(int(wrong_reference[informative].sum()), np.ones_like(wrong), counts, wrong / members)


def _two_sided(observed: int, steps: np.ndarray, counts: np.ndarray, chances: np.ndarray) -> float:
    """p of `observed` under the sum over k of steps[k] x Binomial(counts[k], chances[k])."""
    if len(steps) > 1 and counts.sum() > MOST_EXACT:
        below, above = _normal_tails(observed, steps, counts, chances)
    else:
        below, above = _exact_tails(observed, steps, counts, chances)
    return min(1.0, 2 * min(below, above))


def _exact_tails(observed: int, steps: np.ndarray, counts: np.ndarray, chances: np.ndarray) -> tuple[float, float]:
    law = np.ones(1)
    for step, count, chance in zip(steps, counts, chances, strict=True):
        spread = np.zeros(step * count + 1)
        spread[::step] = binom.pmf(np.arange(count + 1), count, chance)
        law = np.convolve(law, spread)
    return float(law[: observed + 1].sum()), float(law[observed:].sum())


def _normal_tails(observed: int, steps: np.ndarray, counts: np.ndarray, chances: np.ndarray) -> tuple[float, float]:
    """With the correction for continuity."""
    mean = float((steps * counts * chances).sum())
    sd = math.sqrt(float((steps**2 * counts * chances * (1 - chances)).sum()))
    return float(norm.cdf((observed + 0.5 - mean) / sd)), float(norm.sf((observed - 0.5 - mean) / sd))
