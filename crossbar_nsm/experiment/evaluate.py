"""The evaluation of every command: the network of a trial, in ideal software or on a programmed chip, on images."""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.config.evaluation import EvaluationConfig, ExperimentConfig
from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.file_digest import file_digest
from crossbar_nsm.experiment.images.calibration import with_calibration_images
from crossbar_nsm.experiment.images.evaluation import evaluation_images
from crossbar_nsm.experiment.in_path.unused import check_settings
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import LayerRecovery, TrialResult
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.bundled import find_checkpoint
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network
from device_models.checks.arguments import checked, instance_of, optional, path_or, whole_number
from device_models.files.document import load_document


def run_trial(trial: Trial, progress: Progress = lambda _done, _total: None) -> TrialResult:
    """Evaluate a chip or the ideal network; progress(done, total) counts passes. Raises what that raises."""
    started = time.perf_counter()
    net = network_of(trial.config)
    data = evaluation_images(trial.config, net)
    network = TrialNetwork(trial, net)
    prediction = network.predict(data.images, progress)
    return network.result(prediction, data, time.perf_counter() - started)


class TrialNetwork:
    """The network of a trial: ideal software, or a chip (`chip`), which is programmed and calibrated here."""

    def __init__(self, trial: Trial, net: Network):
        self._trial, self._net = trial, net
        self.chip = map_network(net, trial.config, chip=trial.chip) if trial.what == "hardware" else None

    def predict(self, images: np.ndarray, progress: Progress) -> Prediction:
        """As many passes as the configuration asks for, or until the decision is sure."""
        evaluation = self._trial.config.evaluation
        if self.chip is not None:
            return predict(self.chip, images, evaluation, progress)
        noise = self._trial.what.removeprefix("ideal_")
        return predict(self._net, images, evaluation, progress, noise=noise, seed=evaluation.seed)

    def reset(self) -> None:
        """Back to the moment after calibration; ideal software is there always."""
        if self.chip is not None:
            self.chip.reset()

    def result(self, prediction: Prediction, data: Dataset, seconds: float) -> TrialResult:
        """What the trial gave; seconds: that it took until now."""
        calibration = {} if self.chip is None else self.chip.calibration
        return TrialResult(
            prediction,
            data.labels,
            data.digest,
            "" if self.chip is None else self.chip.engine,
            {name: LayerRecovery.of(layer) for name, layer in calibration.items()},
            seconds=round(seconds, 6),
            host=platform.node(),
            started=(datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="seconds"),
        )


def network_of(config: ExperimentConfig) -> Network:
    """The network of its checkpoint, kept until another one is asked for."""
    checkpoint = find_checkpoint(config.checkpoint)
    return _network(checkpoint, file_digest(checkpoint))


@lru_cache(maxsize=1)
def _network(checkpoint: Path, _digest: str) -> Network:
    return load_checkpoint(str(checkpoint))


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
