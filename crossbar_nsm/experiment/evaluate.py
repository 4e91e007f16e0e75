"""One evaluation: a checkpoint on a data set, in ideal software or on programmed chips."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.engine.passes import Progress
from crossbar_nsm.experiment.config import EvaluationConfig, ExperimentConfig, load_config
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.network import Network
from device_models.errors import ConfigError, DatasetError

ProgressOf = Callable[[str], Progress]  # a description in, a callback for (done, total) passes out


@dataclass(frozen=True)
class Evaluation:
    """Mean class probabilities (chips, images, classes) of one setting; `engine` is the reader that served."""

    name: str
    probability: np.ndarray
    samples: int
    seconds: float
    engine: str = ""


def map_network(
    net: Network, config: ExperimentConfig | HardwareConfig | str | Path, seed: int | None = None, chip: int = 0
) -> MappedNetwork:
    """Program `net` on chip number `chip`. `seed` replaces `evaluation.seed`; a path is loaded as a configuration."""
    if isinstance(config, (str, Path)):
        config = load_config(config)
    if not isinstance(config, HardwareConfig):
        raise ConfigError(f"map_network: expected a configuration or the path of one, got {type(config).__name__}")
    evaluation = config.evaluation if isinstance(config, ExperimentConfig) else EvaluationConfig()
    age_s, calibrated_at_s = evaluation.age_s, evaluation.calibrated_at_s
    first_s = age_s if calibrated_at_s is None else calibrated_at_s
    mapped = MappedNetwork(net, config, evaluation.seed if seed is None else seed, chip, first_s)
    return mapped if first_s == age_s else mapped.at_age(age_s)


def evaluation_images(config: ExperimentConfig, net: Network) -> Dataset:
    """The images that `config` asks for; raises DatasetError when they do not fit the network."""
    data = read_dataset(config.dataset.name, "test", config.dataset.root).first(config.evaluation.images)
    check_size(config.dataset.name, data, net.architecture)
    if len(data) and (data.labels.max() >= net.architecture.classes or data.labels.min() < 0):
        raise DatasetError(
            f"data set {config.dataset.name}: labels run from {data.labels.min()} to {data.labels.max()}, "
            f"the network has {net.architecture.classes} classes"
        )
    return data


def check_size(name: str, data: Dataset, architecture: Architecture) -> None:
    """Raises DatasetError when the images of data set `name` do not fit the network."""
    shape = data.images.shape[1:]
    if not architecture.takes(shape):
        given = "x".join(map(str, shape))
        raise DatasetError(f"data set {name}: images of {given} pixels, the network takes {architecture.image_text}")


def evaluate_ideal(
    net: Network, data: Dataset, noise: NoisePlace, samples: int, seed: int, progress: ProgressOf
) -> Evaluation:
    """The ideal software network; its row is ideal_<noise> for an NSM, and else has the name of the method."""
    started = time.perf_counter()
    method = net.architecture.method.name
    name = f"ideal_{noise}" if net.architecture.is_nsm else method
    probability = net.predict(data.images, samples, noise=noise, seed=seed, progress=progress(name)).numpy()
    return Evaluation(name, probability[None], samples, time.perf_counter() - started)


def hardware_name(config: HardwareConfig) -> str:
    """`<device>/<scaling>`, the name of a row of results."""
    return f"{config.device.name}/{config.neuron.scaling}"


def evaluate_hardware(net: Network, data: Dataset, config: ExperimentConfig, progress: ProgressOf) -> Evaluation:
    """Every chip that `config` asks for, one after the other."""
    started = time.perf_counter()
    name, results, engine = hardware_name(config), [], ""
    for chip in range(config.evaluation.chips):
        mapped = map_network(net, config, chip=chip)
        label = name if config.evaluation.chips == 1 else f"{name} chip {chip}"
        results.append(mapped.predict(data.images, config.evaluation.samples, progress(label)).numpy())
        engine = mapped.engine
    return Evaluation(name, np.stack(results), config.evaluation.samples, time.perf_counter() - started, engine)
