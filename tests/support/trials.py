"""Results of trials drawn at random, without a network."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.studies.trial_result import TrialResult


def trial_result(
    rng: np.random.Generator, labels: np.ndarray, error: float, classes: int = 3, images_digest: str = "images"
) -> TrialResult:
    """One chip that names a wrong class on a share `error` of images, with random confidence."""
    named = np.where(rng.random(len(labels)) < error, (labels + 1) % classes, labels)
    probability = rng.dirichlet(np.ones(classes), size=len(labels)) + 1.0 * np.eye(classes)[named]
    probability = (probability / 2).astype(np.float32)
    prediction = Prediction(probability, np.zeros(len(labels)), np.full(len(labels), 10))
    return TrialResult(prediction, labels, images_digest, "moments", {}, 0.1, "host", "2026-01-01T00:00:00+00:00")
