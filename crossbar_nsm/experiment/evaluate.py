"""The evaluation of every command: the network of a trial, in ideal software or on a programmed chip, on images."""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.file_digest import file_digest
from crossbar_nsm.experiment.images.evaluation import evaluation_images
from crossbar_nsm.experiment.network_on_chip import predict, programmed
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import LayerRecovery, TrialResult
from crossbar_nsm.nsm.bundled import find_checkpoint
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network


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
        self.chip = programmed(net, trial.config, chip=trial.chip) if trial.what == "hardware" else None

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
            started=(datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="microseconds"),
        )


def network_of(config: ExperimentConfig) -> Network:
    """The network of its checkpoint, kept until another one is asked for."""
    checkpoint = find_checkpoint(config.checkpoint)
    return _network(checkpoint, file_digest(checkpoint))


@lru_cache(maxsize=1)
def _network(checkpoint: Path, _digest: str) -> Network:
    return load_checkpoint(str(checkpoint))
