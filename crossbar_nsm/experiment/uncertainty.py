"""What ideal software and hardware know of what they do not know: calibration of probabilities, turned images, images
of another data set."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.datasets.fitted import fitted
from crossbar_nsm.datasets.turned import turned
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import ConfigLike
from crossbar_nsm.experiment.evaluate import TrialNetwork, network_of
from crossbar_nsm.experiment.images.evaluation import evaluation_images
from crossbar_nsm.experiment.progress import ProgressOf, no_progress
from crossbar_nsm.experiment.single_point import single_point
from crossbar_nsm.experiment.split_hint import suggest_split
from crossbar_nsm.experiment.studies.rows import Row, make_row
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialResult
from crossbar_nsm.mapping.mappable import check_mappable
from crossbar_nsm.statistics.auroc import Auroc, auroc
from crossbar_nsm.statistics.intervals import over_images, wilson
from crossbar_nsm.statistics.metrics import Reliability, wrong
from crossbar_nsm.statistics.over_chips import pooled_reliability
from device_models.checks.arguments import (
    a_function,
    a_name_or_path,
    a_number,
    an_override,
    checked,
    each,
    optional,
    path_or,
)
from device_models.errors import ConfigError, explained_by, quoted
from device_models.files.frames import frame
from device_models.numerics import usual_numerics
from device_models.shown import shown

if TYPE_CHECKING:
    import polars

ANGLES_DEG = tuple(range(0, 91, 15))
OTHER = "other"  # name of the other data set's images; turned ones go by their angle
ImageSets = Mapping[float | str, Callable[[], np.ndarray]]  # by angle or OTHER, made when they are needed
Predictions = dict[float | str, Prediction]  # by set of images


@shown
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


@shown
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


@shown
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
            "rows": [
                {
                    **asdict(network.row),
                    "reliability": _bins(network.reliability),
                    "turned": [asdict(angle) for angle in network.turned],
                    "auroc": {score: asdict(area) for score, area in network.auroc.items()},
                }
                for network in self.networks
            ],
            "other": self.other,
        }

    def table(self) -> polars.DataFrame:
        """One row per network; how well the other data set's images are told apart: columns `auroc.<score>.value` and
        so on."""
        return frame(
            asdict(network.row) | {"auroc": {score: asdict(area) for score, area in network.auroc.items()}}
            for network in self.networks
        )


def _bins(of: Reliability) -> dict[str, list[float]]:
    low, high = of.accuracy_interval
    return {name: values.tolist() for name, values in (vars(of) | {"accuracy_low": low, "accuracy_high": high}).items()}


@explained_by("test_uncertainty")
@checked(
    config=path_or(ExperimentConfig), overrides=an_override, angles_deg=each(a_number()),
    other=optional(a_name_or_path), progress=a_function,
)  # fmt: skip
@usual_numerics()
def uncertainty(
    config: ConfigLike,
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
    check_mappable(network_of(point).architecture)
    data = evaluation_images(point, network_of(point))
    images = _image_sets(point, data, angles_deg, other)
    trials = [Trial(point, "hardware", chip) for chip in range(point.evaluation.chips)]
    suggest_split(trials, predictions=len(images))
    ideal = [_evaluated(Trial(point, "ideal_synapse"), "ideal_synapse", data, images, progress)]
    chips = [_evaluated(trial, f"{point.hardware_name} chip {trial.chip}", data, images, progress) for trial in trials]
    ideal_row = make_row("ideal_synapse", [result for result, _ in ideal], {}, point, None)
    row = make_row(point.hardware_name, [result for result, _ in chips], {}, point, ideal[0][0])
    networks = [_network(row, of_all, data.labels, angles_deg) for row, of_all in ((ideal_row, ideal), (row, chips))]
    return UncertaintyStudy(point, other, networks)


def _image_sets(config: ExperimentConfig, data: Dataset, angles_deg: Sequence[float], other: str | None) -> ImageSets:
    """The images as they are (angle 0), turned by each angle, and of the other data set."""
    sets: dict[float | str, Callable[[], np.ndarray]] = {0.0: lambda: data.images}
    if any(angles_deg):
        turned(data.images[:1], 0)  # flat images are refused before anything takes its time
    sets |= {float(angle): partial(turned, data.images, angle) for angle in angles_deg if angle}
    if other is not None:
        others = read_dataset(other, "test", config.dataset.root)
        images = fitted(others.first(min(len(others), len(data))).images, data.images.shape[1:])
        sets[OTHER] = lambda: images
    return sets


def _evaluated(
    trial: Trial, name: str, data: Dataset, image_sets: ImageSets, progress: ProgressOf
) -> tuple[TrialResult, Predictions]:
    """The result of a trial, and the predictions of its network on every set of images; a chip is reset before each."""
    started, predictions = time.perf_counter(), Predictions()
    network = TrialNetwork(trial, network_of(trial.config))
    for key, images in image_sets.items():
        network.reset()
        predictions[key] = network.predict(images(), progress(f"{name}, {_text(key)}"))
    return network.result(predictions[0.0], data, time.perf_counter() - started), predictions


def _text(key: float | str) -> str:
    return "other images" if isinstance(key, str) else f"{key:g} deg"


def _network(
    row: Row,
    evaluated: Sequence[tuple[TrialResult, Predictions]],
    labels: np.ndarray,
    angles_deg: Sequence[float],
) -> NetworkUncertainty:
    probability = np.stack([result.prediction.probability for result, _ in evaluated])
    predictions = {key: [of_all[key] for _, of_all in evaluated] for key in evaluated[0][1]}
    own = _scores(predictions[0.0])
    other = _scores(predictions[OTHER]) if OTHER in predictions else None
    return NetworkUncertainty(
        row,
        pooled_reliability(probability, labels),
        [_at_angle(angle, predictions[float(angle)], labels) for angle in angles_deg],
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
