"""One trial: one chip, or ideal software, on the images of one point of a sweep. Planning trials loads no torch."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.file_digest import file_digest
from crossbar_nsm.experiment.studies.manifest import VERSION
from crossbar_nsm.nsm.bundled import find_checkpoint
from crossbar_nsm.statistics.metrics import measure
from device_models.laws import law_files_of

if TYPE_CHECKING:
    from crossbar_nsm.datasets.dataset import Dataset
    from crossbar_nsm.mapping.calibration.layer_calibration import LayerCalibration
    from crossbar_nsm.nsm.network import Network

What = Literal["hardware", "ideal_synapse", "ideal_neuron"]
NOT_OF_A_TRIAL: Any = {
    "sweep": True,
    "dataset": {"root"},
    "evaluation": {"chips", "margin"},
}  # change no number of a chip
OF_IDEAL_SOFTWARE: Any = {"checkpoint": True, "dataset": {"name"}, "evaluation": {"images", "samples", "seed",
                     "early_stopping"}}  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """What is evaluated: `config` is one point, without sweep; chip is the number of the chip (0 for software)."""

    config: ExperimentConfig
    what: What
    chip: int = 0

    @cached_property
    def key(self) -> str:
        """Digest of all that the result depends on: the resolved configuration, the contents of the files it names
        (checkpoint, .npz, conductances, users' laws), the chip and the version of this package. The name of the
        trial's file."""
        if self.what == "hardware":
            settings = self.config.model_dump(mode="json", exclude=NOT_OF_A_TRIAL)
        else:
            settings = self.config.model_dump(mode="json", include=OF_IDEAL_SOFTWARE)
        settings["checkpoint"] = file_digest(find_checkpoint(self.config.checkpoint))
        if self.config.dataset.name.endswith(".npz"):
            settings["dataset"]["name"] = file_digest(Path(self.config.dataset.name))
        if self.what == "hardware":
            settings["laws"] = [file_digest(path) for path in law_files_of(self.config)]
            if (self.config.calibration_images or "").endswith(".npz"):
                settings["calibration_images"] = file_digest(Path(str(self.config.calibration_images)))
            if self.config.array.conductances is not None:
                settings["array"]["conductances"] = file_digest(Path(self.config.array.conductances))
        identity = {"version": VERSION, "what": self.what, "chip": self.chip, "config": settings}
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class LayerRecovery:
    """What calibration gave one layer of one chip back, every array (neurons): see `LayerCalibration`."""

    trained_beta: np.ndarray
    recovered_beta: np.ndarray
    trained_c: np.ndarray
    recovered_c: np.ndarray
    clipped: np.ndarray

    @classmethod
    def of(cls, calibration: LayerCalibration) -> LayerRecovery:
        betas = (calibration.trained_beta, calibration.recovered_beta)
        thresholds = (calibration.trained_c, calibration.recovered_c)
        beta, recovered_beta, c, recovered_c = (values.ravel().astype(np.float32) for values in (*betas, *thresholds))
        return cls(beta, recovered_beta, c, recovered_c, calibration.clipped.ravel())


@dataclass(frozen=True)
class TrialResult:
    """labels (images). images_digest: of images and labels; results with equal digests may be paired image by image.
    engine: the reader that served. recovery: by layer, none for ideal software. seconds, host and started (ISO 8601,
    UTC) are about the run and no part of the result. warnings: what was said of it while it ran."""

    prediction: Prediction
    labels: np.ndarray
    images_digest: str
    engine: str
    recovery: dict[str, LayerRecovery]
    seconds: float
    host: str
    started: str
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The result in one line."""
        found = measure(self.prediction.probability, self.labels)
        return f"error {100 * found.error:.2f} %, NLL {found.nll:.4f}, {self.seconds:.1f} s"


@dataclass(frozen=True)
class TrialFailure:
    """Why a trial has no result: one line, and the traceback where there is one."""

    error: str
    traceback: str = ""


def run_trial(trial: Trial, progress: Progress = lambda _done, _total: None) -> TrialResult:
    """Evaluate a chip or the ideal network; progress(done, total) counts passes. Raises what that raises."""
    started, clock = datetime.now(UTC), time.perf_counter()
    config, checkpoint = trial.config, find_checkpoint(trial.config.checkpoint)
    net = _network(checkpoint, file_digest(checkpoint))
    data, digest = _images(config, net)
    prediction, engine, recovery = _evaluate(trial, net, data, progress)
    return TrialResult(
        prediction,
        data.labels,
        digest,
        engine,
        recovery,
        seconds=round(time.perf_counter() - clock, 6),
        host=platform.node(),
        started=started.isoformat(timespec="seconds"),
    )


def _evaluate(
    trial: Trial, net: Network, data: Dataset, progress: Progress
) -> tuple[Prediction, str, dict[str, LayerRecovery]]:
    from crossbar_nsm.experiment.evaluate import map_network, predict_ideal, predict_on_chip

    evaluation = trial.config.evaluation
    if trial.what != "hardware":
        noise: Any = trial.what.removeprefix("ideal_")
        return predict_ideal(net, data.images, noise, evaluation, progress), "", {}
    chip = map_network(net, trial.config, chip=trial.chip)
    prediction = predict_on_chip(chip, data.images, evaluation, progress)
    return prediction, chip.engine, {name: LayerRecovery.of(found) for name, found in chip.calibration.items()}


@lru_cache(maxsize=1)
def _network(checkpoint: Path, _digest: str) -> Network:
    from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint

    return load_checkpoint(str(checkpoint))


def _images(config: ExperimentConfig, net: Network) -> tuple[Dataset, str]:
    """The images of a trial, and their digest; kept until other images are asked for."""
    from crossbar_nsm.experiment.evaluate import check_images

    name = config.dataset.name
    content = file_digest(Path(name)) if name.endswith(".npz") and Path(name).is_file() else ""
    data, digest = _read(name, config.dataset.root, config.evaluation.images, content)
    check_images(name, data, net)
    return data, digest


@lru_cache(maxsize=1)
def _read(name: str, root: str | None, images: int | None, _content: str) -> tuple[Dataset, str]:
    from crossbar_nsm.datasets.catalogue import read_dataset

    data = read_dataset(name, "test", root).first(images)
    digest = hashlib.sha256(data.images.tobytes())
    digest.update(data.labels.tobytes())
    return data, digest.hexdigest()[:24]
