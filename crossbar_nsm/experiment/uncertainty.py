"""What ideal software and hardware know of what they do not know: calibration of probabilities, turned images, images
of another data set."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.datasets.fitted import fitted
from crossbar_nsm.datasets.turned import turned
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.compare import Row, make_row, no_progress, single_point
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.evaluate import (
    Evaluation,
    ProgressOf,
    evaluation_images,
    map_network,
    predict_ideal,
    predict_on_chip,
)
from crossbar_nsm.mapping.mappable import check_mappable
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.statistics.auroc import Auroc, auroc
from crossbar_nsm.statistics.intervals import over_images
from crossbar_nsm.statistics.metrics import Reliability, wilson, wrong
from crossbar_nsm.statistics.over_chips import pooled_reliability
from device_models.checks.arguments import a_function, a_number, a_text, checked, each, optional, path_or
from device_models.errors import ConfigError, quoted
from device_models.numerics import usual_numerics

ANGLES_DEG = tuple(range(0, 91, 15))
OTHER = "other"  # name of the other data set's images; turned ones go by their angle
Shown = Mapping[float | str, Callable[[], np.ndarray]]  # sets of images, made when they are needed


@dataclass(frozen=True)
class AtAngle:
    """Images turned by angle_deg: means over images and chips, 95 % intervals over images (error: Wilson; entropy and
    mutual information, in nats: normal)."""

    angle_deg: float
    error: float
    error_low: float
    error_high: float
    entropy: float
    entropy_low: float
    entropy_high: float
    mutual_information: float


@dataclass(frozen=True)
class NetworkUncertainty:
    """One network. row: metrics on the data. reliability: of all predictions, of all chips. entropy (chips, images) and
    other_entropy (chips, other images): in nats. auroc: by score, how well entropy and mutual information tell the
    other data set's images from the own ones; empty without another data set."""

    row: Row
    reliability: Reliability
    turned: list[AtAngle]
    entropy: np.ndarray
    other_entropy: np.ndarray | None
    auroc: dict[str, Auroc]


@dataclass(frozen=True)
class UncertaintyStudy:
    """Ideal software and then the hardware, on the images of `config` and of the data set `other`."""

    config: ExperimentConfig
    other: str | None
    networks: list[NetworkUncertainty]

    def as_dict(self) -> dict[str, Any]:
        """What `uncertainty --json` prints: all but the entropies of single images."""
        return {
            "config": self.config.model_dump(mode="json"),
            "other": self.other,
            "networks": [
                {
                    **asdict(network.row),
                    "reliability": _bins(network.reliability),
                    "turned": [asdict(angle) for angle in network.turned],
                    "auroc": {score: asdict(area) for score, area in network.auroc.items()},
                }
                for network in self.networks
            ],
        }


def _bins(of: Reliability) -> dict[str, list[float]]:
    low, high = of.accuracy_interval
    return {name: values.tolist() for name, values in (vars(of) | {"accuracy_low": low, "accuracy_high": high}).items()}


@checked(
    config=path_or(ExperimentConfig), overrides=a_text, angles_deg=each(a_number()), other=optional(a_text),
    progress=a_function,
)  # fmt: skip
@usual_numerics()
def uncertainty(
    config: ExperimentConfig | str | Path,
    *overrides: str,
    angles_deg: Sequence[float] = ANGLES_DEG,
    other: str | None = None,
    progress: ProgressOf = no_progress,
) -> UncertaintyStudy:
    """Evaluate ideal software (synapse noise) and every chip of `config` on its images, on these turned by each angle,
    and on as many images of the data set `other` (see `crossbar_nsm.datasets.fitted` for how they are made to fit).

    Chips are reset before every set of images. Raises ConfigError for a sweep, DatasetError for flat images, which
    cannot be turned or fitted.
    """
    point = single_point(config, overrides, "uncertainty")
    if other == point.dataset.name:
        raise ConfigError(f"other data set {quoted(other)} is the data set itself; choose images of another kind")
    net = load_checkpoint(point.checkpoint)
    check_mappable(net.architecture)
    data = evaluation_images(point, net)
    shown = _shown(point, data, angles_deg, other)
    sources = [_of_ideal(net, point, shown, progress), _of_chips(net, point, shown, progress)]
    reference = sources[0][0].probability[0]
    networks = [
        _network(evaluation, seen, data, angles_deg, None if index == 0 else reference, point.evaluation.margin)
        for index, (evaluation, seen) in enumerate(sources)
    ]
    return UncertaintyStudy(point, other, networks)


def _shown(config: ExperimentConfig, data: Dataset, angles_deg: Sequence[float], other: str | None) -> Shown:
    """The images as they are (angle 0), turned by each angle, and of the other data set."""
    shown: dict[float | str, Callable[[], np.ndarray]] = {0.0: lambda: data.images}
    if any(angles_deg):
        turned(data.images[:1], 0)  # flat images are refused before anything takes its time
    shown |= {float(angle): partial(turned, data.images, angle) for angle in angles_deg if angle}
    if other is not None:
        found = read_dataset(other, "test", config.dataset.root)
        images = fitted(found.first(min(len(found), len(data))).images, data.images.shape[1:])
        shown[OTHER] = lambda: images
    return shown


Seen = dict[float | str, list[Prediction]]  # by set of images, one prediction per chip


def _of_ideal(net: Network, config: ExperimentConfig, shown: Shown, progress: ProgressOf) -> tuple[Evaluation, Seen]:
    started, name, evaluation = time.perf_counter(), "ideal_synapse", config.evaluation
    seen: Seen = {
        key: [predict_ideal(net, images(), "synapse", evaluation, progress(f"{name}, {_text(key)}"))]
        for key, images in shown.items()
    }
    return Evaluation(name, seen[0.0], evaluation.samples, time.perf_counter() - started), seen


def _of_chips(net: Network, config: ExperimentConfig, shown: Shown, progress: ProgressOf) -> tuple[Evaluation, Seen]:
    started, name, evaluation = time.perf_counter(), config.hardware_name, config.evaluation
    seen: Seen = {key: [] for key in shown}
    engine = ""
    for number in range(evaluation.chips):
        chip = map_network(net, config, chip=number)
        for key, images in shown.items():
            chip.reset()
            bar = progress(f"{name} chip {number}, {_text(key)}")
            seen[key].append(predict_on_chip(chip, images(), evaluation, bar))
        engine = chip.engine
    return Evaluation(name, seen[0.0], evaluation.samples, time.perf_counter() - started, engine), seen


def _text(key: float | str) -> str:
    return "other images" if isinstance(key, str) else f"{key:g} deg"


def _network(
    evaluation: Evaluation,
    seen: Seen,
    data: Dataset,
    angles_deg: Sequence[float],
    reference: np.ndarray | None,
    margin: float | None,
) -> NetworkUncertainty:
    scores = {key: _scores(predictions) for key, predictions in seen.items() if key in (0.0, OTHER)}
    own, other = scores[0.0], scores.get(OTHER)
    return NetworkUncertainty(
        make_row(evaluation, data.labels, {}, reference, margin),
        pooled_reliability(evaluation.probability, data.labels),
        [_at_angle(angle, seen[float(angle)], data.labels) for angle in angles_deg],
        own["entropy"],
        None if other is None else other["entropy"],
        {} if other is None else {name: auroc(own[name], other[name]) for name in own},
    )


def _scores(predictions: list[Prediction]) -> dict[str, np.ndarray]:
    """(chips, images) each, in nats."""
    return {
        "entropy": np.stack([prediction.entropy for prediction in predictions]),
        "mutual_information": np.stack([prediction.mutual_information for prediction in predictions]),
    }


def _at_angle(angle_deg: float, predictions: list[Prediction], labels: np.ndarray) -> AtAngle:
    scores = _scores(predictions)
    error = float(np.mean([wrong(prediction.probability, labels) for prediction in predictions]))
    entropy = float(scores["entropy"].mean(axis=0).mean())
    low, high = over_images(scores["entropy"]) or (entropy, entropy)
    return AtAngle(
        float(angle_deg),
        error,
        *wilson(error, len(labels)),
        entropy,
        max(0.0, low),
        high,
        float(scores["mutual_information"].mean()),
    )
