"""Accuracy and uncertainty of mean class probabilities. Fractions, nats; intervals count images, not images x chips."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

ECE_BINS = 15
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Metrics:
    """error: fraction of wrong predictions; nll of the mean probability; brier summed over classes; ece with 15 equal
    bins; entropy of the mean probability, averaged over images, in nats."""

    error: float
    nll: float
    brier: float
    ece: float
    entropy: float


def measure(probability: np.ndarray, labels: np.ndarray) -> Metrics:
    """Metrics of mean class probabilities (images, classes) against labels (images)."""
    probability = probability.astype(np.float64)
    target = np.eye(probability.shape[1])[labels]
    logs = np.log(np.clip(probability, np.finfo(float).tiny, None))
    return Metrics(
        error=float(wrong(probability, labels).mean()),
        nll=float(label_nll(probability, labels).mean()),
        brier=float(((probability - target) ** 2).sum(axis=1).mean()),
        ece=calibration_error(probability, labels),
        entropy=float(-(probability * logs).sum(axis=1).mean()),
    )


def label_nll(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """-ln of the mean probability of each image's label, (images), in nats."""
    of_label = probability[np.arange(len(labels)), labels].astype(np.float64)
    result: np.ndarray = -np.log(np.clip(of_label, 1e-12, None))
    return result


def wrong(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which predictions are wrong, (images) bool."""
    result: np.ndarray = probability.argmax(axis=1) != labels
    return result


def calibration_error(probability: np.ndarray, labels: np.ndarray) -> float:
    """Expected calibration error: |confidence - accuracy| over 15 equal bins of confidence, weighted by images."""
    confidence, right = probability.max(axis=1), ~wrong(probability, labels)
    bins = np.clip(np.ceil(confidence * ECE_BINS).astype(int) - 1, 0, ECE_BINS - 1)
    gap = np.bincount(bins, weights=confidence - right, minlength=ECE_BINS)
    return float(np.abs(gap).sum() / len(labels))


def wilson(fraction: float, images: int) -> tuple[float, float]:
    """95 % Wilson interval of an error fraction over `images` images (the fraction may be a mean over chips)."""
    centre = (fraction + Z95**2 / (2 * images)) / (1 + Z95**2 / images)
    half = Z95 * math.sqrt(fraction * (1 - fraction) / images + Z95**2 / (4 * images**2)) / (1 + Z95**2 / images)
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True)
class PairedDifference:
    """Difference of error to a reference on the same images, its 95 % interval over images, and McNemar's exact p.

    With several chips the difference is the mean over chips and McNemar counts the mean number of discordant images.
    """

    difference: float
    low: float
    high: float
    mcnemar_p: float


def paired_difference(wrong_here: np.ndarray, wrong_reference: np.ndarray) -> PairedDifference:
    """wrong_here (chips, images) against wrong_reference (images), both bool."""
    delta = wrong_here.mean(axis=0) - wrong_reference
    half = Z95 * float(delta.std(ddof=1)) / math.sqrt(len(delta)) if len(delta) > 1 else math.inf
    worse = round(float((wrong_here & ~wrong_reference).sum(axis=1).mean()))
    better = round(float((~wrong_here & wrong_reference).sum(axis=1).mean()))
    p = float(binomtest(worse, worse + better).pvalue) if worse + better else 1.0
    return PairedDifference(float(delta.mean()), float(delta.mean()) - half, float(delta.mean()) + half, p)
