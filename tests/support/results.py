"""Results as a sweep leaves them, drawn at random instead of simulated."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.config.points import at_point, sweep_points
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.trial_result import LayerRecovery, TrialResult
from device_models.files.document import Document
from device_models.shown import Several

CLASSES, NEURONS = 10, {"fc1": 60, "fc2": 40}
BEHIND = {"none": 1.5, "paired": 0.3, "averaged": 0.2, "replica": 3.0}  # in units of the label's logit


def fake_results(
    swept: Mapping[str, list[Any]] | None = None,
    chips: int = 3,
    seed: int = 0,
    images: int = 300,
    failed: Iterable[tuple[int, int]] = (),
    behind: Callable[[dict[str, Any]], float] | None = None,
    **sections: Any,
) -> Results:
    """A grid over `swept`, every point with `chips` chips but for the `failed` (number of the point, of the chip).

    behind(settings): how much less sure of the label a point is than ideal software, 0 the same. sections: of the
    configuration (device="rram_wan2022", say).
    """
    document = _document(swept or {}, chips, images, sections)
    config, draw = resolve(document), _Draw(images, seed)
    samples = config.evaluation.samples
    ideal = {"ideal_synapse": draw.reference(samples), "ideal_neuron": draw.trial(0.0, samples)}
    points = Several()
    for number, settings in enumerate(sweep_points(config) or [{}]):
        missing = {chip for point, chip in failed if point == number}
        point_config = at_point(document, settings)
        points.append(_point(point_config, settings, draw, (behind or _behind)(settings), missing))
    manifest = {"versions": {"crossbar_nsm": "0.1.0"}, "commit": None, "seeds": [seed], "hosts": ["here"]}
    return Results(config=config, points=points, ideal=ideal, manifest=manifest, missing=0)


def _document(swept: Mapping[str, list[Any]], chips: int, images: int, sections: dict[str, Any]) -> Document:
    data = {
        "checkpoint": "mnist_mlp",
        "device": "rram_illustrative",
        "neuron": {"scaling": "paired"},
        "evaluation": {"chips": chips, "images": images, "samples": 50},
        "sweep": dict(swept),
    }
    return Document(data | sections)


def _behind(settings: dict[str, Any]) -> float:
    """Worse away from 5 % of read noise and with few samples; other settings count a little, each its own way."""
    total = BEHIND.get(settings.get("neuron.scaling", "paired"), 0.3)
    for key, value in settings.items():
        if key.endswith("relative_sd"):
            total += 0.6 * abs(math.log10(max(value, 1e-3) / 0.05))
        elif key == "evaluation.samples":
            total += 1.5 / math.sqrt(value)
        elif key != "neuron.scaling":
            total += hashlib.sha256(f"{key}{value}".encode()).digest()[0] / 256
    return total


class _Draw:
    """Logits are what all share of an image, plus what each trial has of its own."""

    def __init__(self, images: int, seed: int):
        self.rng = np.random.default_rng(seed)
        self.labels = self.rng.integers(0, CLASSES, images)
        self.logits = self.rng.normal(0, 1.6, (images, CLASSES))
        self.digest = hashlib.sha256(self.logits.tobytes()).hexdigest()
        self.references: dict[int, TrialResult] = {}

    def reference(self, samples: int) -> TrialResult:
        """Ideal software, the same for all points of as many samples."""
        if samples not in self.references:
            self.references[samples] = self.trial(_behind({"evaluation.samples": samples}) - _behind({}), samples)
        return self.references[samples]

    def trial(self, behind: float, samples: int, neurons: Mapping[str, int] | None = None) -> TrialResult:
        label = np.eye(CLASSES)[self.labels]
        logits = self.logits + (6 - behind) * label + self.rng.normal(0, 0.4, self.logits.shape)
        probability = np.exp(logits - logits.max(axis=1, keepdims=True))
        probability = (probability / probability.sum(axis=1, keepdims=True)).astype(np.float32)
        passes = np.full(len(label), samples)
        return TrialResult(
            prediction=Prediction(probability, self.rng.uniform(0, 0.01, len(label)), passes),
            labels=self.labels,
            images_digest=self.digest,
            engine="moments" if neurons else "",
            recovery={name: self._recovery(count, behind) for name, count in (neurons or {}).items()},
            seconds=1.5,
            host="here",
            started="2026-01-01T00:00:00+00:00",
        )

    def _recovery(self, neurons: int, behind: float) -> LayerRecovery:
        def of_neuron(values: np.ndarray) -> np.ndarray:
            return values.astype(np.float32)

        trained, c = np.linspace(0.6, 1.8, neurons), self.rng.normal(0, 0.3, neurons)
        clipped = self.rng.random(neurons) < 0.05 * behind
        recovered = np.where(clipped, 1 + 2 * behind, 1) * trained * np.exp(self.rng.normal(0, 0.03, neurons))
        moved = c + self.rng.normal(0, 0.05, neurons)
        return LayerRecovery(*map(of_neuron, (trained, recovered, c, moved)), clipped)


def _point(
    config: ExperimentConfig, settings: dict[str, Any], draw: _Draw, behind: float, missing: set[int]
) -> PointResults:
    samples, numbers = config.evaluation.samples, range(config.evaluation.chips)
    chips = {number: draw.trial(behind, samples, NEURONS) for number in numbers if number not in missing}
    failures = dict.fromkeys(sorted(missing), "MappingError: no such luck")
    return PointResults(settings, config, chips, failures, draw.reference(samples))
