"""One evaluation: a checkpoint on a data set, in ideal software or on programmed chips."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.config.evaluation import EvaluationConfig, ExperimentConfig
from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.images.calibration import with_calibration_images
from crossbar_nsm.experiment.images.fit import check_fits
from crossbar_nsm.experiment.in_path.unused import check_settings
from crossbar_nsm.mapping.calibration.layer_calibration import LayerCalibration
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.network import Network
from device_models.checks.arguments import checked, instance_of, optional, path_or, whole_number
from device_models.files.document import load_document
from device_models.warning import warn

ProgressOf = Callable[[str], Progress]  # a description in, a callback for (done, total) passes out


@dataclass(frozen=True)
class Evaluation:
    """Predictions of one setting, one for each chip (ideal software: one); `samples` were asked for per image. engine:
    the reader that served. calibration: of every chip, by layer (none for ideal software)."""

    name: str
    predictions: list[Prediction]
    samples: int
    seconds: float
    engine: str = ""
    calibration: tuple[dict[str, LayerCalibration], ...] = ()

    @property
    def probability(self) -> np.ndarray:
        """Mean class probabilities (chips, images, classes)."""
        return np.stack([prediction.probability for prediction in self.predictions])

    @property
    def mutual_information(self) -> np.ndarray:
        """(chips, images), in nats."""
        return np.stack([prediction.mutual_information for prediction in self.predictions])

    @property
    def samples_used(self) -> float:
        """Passes per image, mean over images and chips."""
        return float(np.mean([prediction.samples for prediction in self.predictions]))


@checked(
    net=instance_of(Network, of="a network, as load_checkpoint gives it"), config=path_or(HardwareConfig),
    seed=optional(whole_number()), chip=whole_number(),
)  # fmt: skip
def map_network(
    net: Network, config: ExperimentConfig | HardwareConfig | str | Path, seed: int | None = None, chip: int = 0
) -> MappedNetwork:
    """Program `net` on chip number `chip`. `seed` replaces `evaluation.seed`; a path is loaded as a configuration, and
    settings of it without effect are warned of. Its `calibration_images`, if any, take the place of those that `net`
    carries."""
    if isinstance(config, (str, Path)):
        document = load_document(config)
        config = resolve(document)
        check_settings(document, config.model_copy(update={"sweep": {}}))
    evaluation = config.evaluation if isinstance(config, ExperimentConfig) else EvaluationConfig()
    if isinstance(config, ExperimentConfig):
        net = with_calibration_images(net, config)
    age_s, calibrated_at_s = evaluation.age_s, evaluation.calibrated_at_s
    first_s = age_s if calibrated_at_s is None else calibrated_at_s
    mapped = MappedNetwork(net, config, evaluation.seed if seed is None else seed, chip, first_s)
    return mapped if first_s == age_s else mapped.at_age(age_s)


def evaluation_images(config: ExperimentConfig, net: Network) -> Dataset:
    """The images that `config` asks for; raises DatasetError when they do not fit the network."""
    data = read_dataset(config.dataset.name, "test", config.dataset.root).first(config.evaluation.images)
    check_images(config.dataset.name, data, net)
    return data


def check_images(name: str, data: Dataset, net: Network) -> None:
    """Raises DatasetError when images or labels of data set `name` do not fit the network; warns of images that it was
    trained on."""
    check_fits(name, data, net.architecture)
    trained_on = net.trained_on(data.images)
    if trained_on is not None and trained_on.any():
        warn(
            f"data set {name}: {trained_on.sum()} of {len(data)} evaluated images were used in training, so theirs is "
            "training error; evaluate images that were not (dataset.name)"
        )


def evaluate_ideal(
    net: Network, data: Dataset, noise: NoisePlace, config: EvaluationConfig, progress: ProgressOf
) -> Evaluation:
    """The ideal software network; its row is ideal_<noise> for an NSM, and else has the name of the method."""
    started = time.perf_counter()
    method = net.architecture.method.name
    name = f"ideal_{noise}" if net.architecture.is_nsm else method
    prediction = predict_ideal(net, data.images, noise, config, progress(name))
    return Evaluation(name, [prediction], config.samples, time.perf_counter() - started)


def predict_ideal(
    net: Network, images: np.ndarray, noise: NoisePlace, config: EvaluationConfig, progress: Progress
) -> Prediction:
    """As many passes of the ideal network as `config` asks for, or until the decision is sure."""
    stopping = config.early_stopping
    if stopping is None:
        return net.predict_uncertainty(images, config.samples, noise, seed=config.seed, progress=progress)
    return net.predict_until_sure(
        images, config.samples, stopping.confidence, stopping.block, noise, seed=config.seed, progress=progress
    )


def predict_on_chip(
    chip: MappedNetwork, images: np.ndarray, config: EvaluationConfig, progress: Progress
) -> Prediction:
    """As many passes of a chip as `config` asks for, or until the decision is sure."""
    if config.early_stopping is None:
        return chip.predict_uncertainty(images, config.samples, progress)
    return chip.predict_until_sure(images, config.samples, **dict(config.early_stopping), progress=progress)


def evaluate_hardware(net: Network, data: Dataset, config: ExperimentConfig, progress: ProgressOf) -> Evaluation:
    """Every chip that `config` asks for, one after the other."""
    started = time.perf_counter()
    name, results, engine, calibration = config.hardware_name, [], "", []
    for chip in range(config.evaluation.chips):
        mapped = map_network(net, config, chip=chip)
        label = name if config.evaluation.chips == 1 else f"{name} chip {chip}"
        results.append(predict_on_chip(mapped, data.images, config.evaluation, progress(label)))
        engine = mapped.engine
        calibration.append(mapped.calibration)
    seconds = time.perf_counter() - started
    return Evaluation(name, results, config.evaluation.samples, seconds, engine, tuple(calibration))
