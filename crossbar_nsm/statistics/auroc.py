"""How well a score tells two kinds of images apart: the area under the receiver operating characteristic."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata

from crossbar_nsm.statistics.intervals import Z95
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Auroc:
    """value: the chance that an image of the other set has the higher score, ties counted by half: 0.5 is guessing.
    low, high: 95 % interval over images (DeLong et al. 1988, on the logit scale); without width where scores never
    overlap (value 0 or 1)."""

    value: float
    low: float
    high: float


def auroc(own: np.ndarray, other: np.ndarray) -> Auroc:
    """Scores own (chips, images), other (chips, other images) of the same chips.

    Areas are averaged over chips. So are the placements of every image, whose spread gives the interval: it counts
    images, not images x chips.
    """
    placements = [_placements(*scores) for scores in zip(own, other, strict=True)]
    of_own, of_other = (np.mean(group, axis=0) for group in zip(*placements, strict=True))
    value = float(of_other.mean())
    if not 0 < value < 1:
        return Auroc(value, value, value)
    sd = math.sqrt(sum(float(group.var(ddof=1)) / len(group) for group in (of_own, of_other) if len(group) > 1))
    half = Z95 * sd / (value * (1 - value))
    return Auroc(value, float(expit(logit(value) - half)), float(expit(logit(value) + half)))


def _placements(own: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of other images above each own one, and of own images below each other one; ties by half, from ranks."""
    ranks = rankdata(np.concatenate([own, other]))
    above = 1 - (ranks[: len(own)] - rankdata(own)) / len(other)
    below = (ranks[len(own) :] - rankdata(other)) / len(own)
    return above, below
