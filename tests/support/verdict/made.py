"""Studies whose NLL is as a test asks for, without a network."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.neuron.config import NeuronConfig
from support.trials import trial_result

IMAGES, SOFTWARE = 400, 0.055
LABELS = np.arange(IMAGES) % 3


def of_nll(nll, one_in=1):
    """A trial that is right on all images; one_in: of so many images one has all of the NLL, which makes intervals
    wide."""
    order = np.arange(IMAGES)
    of_image = np.where(order % one_in == 0, nll * one_in, 0) if one_in > 1 else nll + 1e-4 * (-1.0) ** order
    right = np.exp(-of_image)[:, None]
    probability = np.where(np.eye(3)[LABELS] > 0, right, (1 - right) / 2).astype(np.float32)
    result = trial_result(np.random.default_rng(0), LABELS, 0.0)
    prediction = Prediction(probability, result.prediction.pass_entropy, result.prediction.samples)
    return SimpleNamespace(**{**vars(result), "prediction": prediction})


def made_study(*points):
    """Of one chip. points: (settings, what `of_nll` takes); the circuit is `neuron.scaling`, or paired."""
    return SimpleNamespace(points=[_point(*point) for point in points], missing=0, failures=[])


def _point(settings, *nll):
    scaling = settings.get("neuron.scaling", "paired")
    config = SimpleNamespace(
        hardware_name=f"{settings.get('device', 'd')}/{scaling}",
        evaluation=SimpleNamespace(margin=None, samples=10),
        neuron=NeuronConfig(scaling=scaling),
    )
    return PointResults(settings, config, {0: of_nll(*nll)}, {}, of_nll(SOFTWARE))
