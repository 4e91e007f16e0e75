"""Class probabilities of single passes, and their running sums over the passes of every image."""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.sampling.prediction import Prediction


class PassSums:
    """Running sums over the passes of every image: probability (images, classes), entropy (images, 1), passes
    (images)."""

    def __init__(self, images: int, classes: int):
        self.probability, self.entropy = np.zeros((images, classes)), np.zeros((images, 1))
        self.passes = np.zeros(images, np.int64)

    def add(self, probability: np.ndarray, image_of: np.ndarray) -> None:
        """Class probabilities (passes, classes) of passes; image_of (passes): which image each shows."""
        _add_of_passes(self.probability, probability, image_of)
        _add_of_passes(self.entropy, _entropies(probability), image_of)
        self.passes += np.bincount(image_of, minlength=len(self.passes))

    def prediction(self) -> Prediction:
        """Means over the passes that were added."""
        return Prediction(
            (self.probability / self.passes[:, None]).astype(np.float32), self.entropy[:, 0] / self.passes, self.passes
        )


@kernel(parallel=True)
def softmax(logits):
    """exp(logits) / sum, row by row, (passes, classes) float32."""
    out = np.empty(logits.shape, np.float32)
    for p in prange(logits.shape[0]):
        top, total = logits[p, 0], 0.0
        for k in range(logits.shape[1]):
            top = max(top, logits[p, k])
        for k in range(logits.shape[1]):
            total += math.exp(float(logits[p, k]) - top)
        for k in range(logits.shape[1]):
            out[p, k] = math.exp(float(logits[p, k]) - top) / total
    return out


@kernel(parallel=True)
def _entropies(probability):
    """-sum p ln p of every row, (passes, 1) float64, in nats."""
    out = np.zeros((probability.shape[0], 1))
    for p in prange(probability.shape[0]):
        for k in range(probability.shape[1]):
            if probability[p, k] > 0:
                out[p, 0] -= probability[p, k] * math.log(float(probability[p, k]))
    return out


@kernel()
def _add_of_passes(total, values, image_of):
    """total[image_of[p]] += values[p] in the order of passes, so that the sum's bits do not depend on chunks."""
    for p in range(image_of.size):
        for k in range(values.shape[1]):
            total[image_of[p], k] += values[p, k]
