"""What the Monte Carlo passes of an image say together: class probabilities and two kinds of uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import entr

from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Prediction:
    """Means over the passes of every image.

    probability (images, classes) float32: class probabilities. pass_entropy (images): entropy of a single pass, in
    nats. samples (images) int64: passes made; only early stopping makes fewer than were asked for.
    """

    probability: np.ndarray
    pass_entropy: np.ndarray
    samples: np.ndarray

    @property
    def entropy(self) -> np.ndarray:
        """Predictive entropy H(mean probability) (images), in nats: the whole uncertainty."""
        return entropy(self.probability)

    @property
    def mutual_information(self) -> np.ndarray:
        """H(mean probability) - mean H(single pass) (images), in nats: what single passes disagree about. The mean over
        few passes is too low: with one pass it is 0."""
        result: np.ndarray = np.maximum(self.entropy - self.pass_entropy, 0)  # below 0 by rounding alone
        return result


def entropy(probability: np.ndarray) -> np.ndarray:
    """-sum p ln p over the classes of probabilities (images, classes), in nats."""
    result: np.ndarray = entr(probability.astype(np.float64)).sum(axis=1)
    return result
