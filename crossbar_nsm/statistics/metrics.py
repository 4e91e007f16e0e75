"""Accuracy and uncertainty of mean class probabilities. Fractions, nats; intervals count images, not images x chips."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from crossbar_nsm.engine.sampling.prediction import entropy
from crossbar_nsm.statistics.intervals import wilson
from device_models.shown import shown

ECE_BINS = 15
SMALLEST_PROBABILITY = 1e-12  # of a label, in its NLL: 27.6 nats


@shown
@dataclass(frozen=True)
class Metrics:
    """error: fraction of wrong predictions; nll of the mean probability; brier summed over classes; ece with 15 equal
    bins; entropy of the mean probability, averaged over images, in nats. nll_capped: images whose label has a
    probability below 1e-12, which counts as that (27.6 nats): with them nll is a lower bound."""

    error: float
    nll: float
    brier: float
    ece: float
    entropy: float
    nll_capped: int


def measure(probability: np.ndarray, labels: np.ndarray) -> Metrics:
    """Metrics of mean class probabilities (images, classes) against labels (images)."""
    probability = probability.astype(np.float64)
    target = np.eye(probability.shape[1])[labels]
    return Metrics(
        error=float(wrong(probability, labels).mean()),
        nll=float(label_nll(probability, labels).mean()),
        brier=float(((probability - target) ** 2).sum(axis=1).mean()),
        ece=reliability(probability, labels).calibration_error,
        entropy=float(entropy(probability).mean()),
        nll_capped=int((_of_label(probability, labels) < SMALLEST_PROBABILITY).sum()),
    )


def label_nll(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """-ln of the mean probability of each image's label, (images), in nats; at most 27.6."""
    result: np.ndarray = -np.log(np.maximum(_of_label(probability, labels), SMALLEST_PROBABILITY))
    return result


def capped_note(capped: Iterable[float], images: int) -> str:
    """What is to be said of NLLs whose numbers of capped images are `capped`; nothing when none is."""
    most = max(capped, default=0)
    if not most:
        return ""
    return (
        f"NLL is a lower bound: up to {most:g} of {images} images give their label less than "
        f"{SMALLEST_PROBABILITY:g}, which counts as {-math.log(SMALLEST_PROBABILITY):.1f} nats"
    )


def _of_label(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return probability[np.arange(len(labels)), labels].astype(np.float64)


def wrong(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which predictions are wrong, (images) bool."""
    result: np.ndarray = probability.argmax(axis=1) != labels
    return result


@shown
@dataclass(frozen=True)
class Reliability:
    """Predictions in equal bins of their confidence, the probability of the class they name. Per bin: confidence and
    accuracy, means (NaN in an empty bin), and count. A calibrated network has accuracy = confidence."""

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: |confidence - accuracy| weighted by predictions."""
        gap = np.abs(np.nan_to_num(self.confidence - self.accuracy))
        return float((gap * self.count).sum() / self.count.sum())

    @property
    def accuracy_interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends of 95 % Wilson intervals of the accuracies; NaN in an empty bin."""
        bins = zip(self.accuracy, self.count, strict=True)
        low, high = np.array([wilson(share, number) if number else (np.nan, np.nan) for share, number in bins]).T
        return low, high


def reliability(probability: np.ndarray, labels: np.ndarray) -> Reliability:
    """Of probabilities (images, classes), in 15 equal bins (k/15, (k+1)/15] of confidence."""
    confidence, right = probability.max(axis=1).astype(np.float64), ~wrong(probability, labels)
    bins = np.clip(np.ceil(confidence * ECE_BINS).astype(int) - 1, 0, ECE_BINS - 1)
    count = np.bincount(bins, minlength=ECE_BINS)
    of_bin = np.where(count > 0, count, np.nan)
    means = [np.bincount(bins, weights=values, minlength=ECE_BINS) / of_bin for values in (confidence, right)]
    return Reliability(means[0], means[1], count)
