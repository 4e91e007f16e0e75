"""A network on a chip as a configuration says, and what either predicts."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.config.evaluation import EvaluationConfig, ExperimentConfig
from crossbar_nsm.experiment.images.calibration import with_calibration_images
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.network import Network


def programmed(
    net: Network, config: ExperimentConfig | HardwareConfig, seed: int | None = None, chip: int = 0
) -> MappedNetwork:
    """`net` on chip number `chip`, calibrated and aged as `config.evaluation` says; see
    `crossbar_nsm.experiment.map_network`."""
    evaluation = config.evaluation if isinstance(config, ExperimentConfig) else EvaluationConfig()
    if isinstance(config, ExperimentConfig):
        net = with_calibration_images(net, config)
    age_s, calibrated_at_s = evaluation.age_s, evaluation.calibrated_at_s
    first_s = age_s if calibrated_at_s is None else calibrated_at_s
    mapped = MappedNetwork(net, config, evaluation.seed if seed is None else seed, chip, first_s)
    return mapped if first_s == age_s else mapped.at_age(age_s)


def predict(
    network: Network | MappedNetwork, images: np.ndarray, config: EvaluationConfig, progress: Progress, **noise: Any
) -> Prediction:
    """As many passes as `config` asks for, or until the decision is sure. noise: which, and its seed, of ideal
    software."""
    if config.early_stopping is None:
        return network.predict_uncertainty(images, config.samples, progress=progress, **noise)
    stopping = dict(config.early_stopping)
    if isinstance(network, Network):
        stopping.pop("effective_share")  # passes of software are independent
    return network.predict_until_sure(images, config.samples, **stopping, progress=progress, **noise)
