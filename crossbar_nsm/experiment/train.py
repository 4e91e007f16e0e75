"""Training runs: data, trainer, files.

The folder of a run holds `state.pt` (to resume), `best.safetensors` and `last.safetensors` (the checkpoints of the best
and the last epoch), `history.json` (one entry per epoch) and, once finished, `result.json`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.datasets.image_digests import image_digests
from crossbar_nsm.experiment.config.load import load_train_config
from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.experiment.images.training import final_test_images, training_split
from crossbar_nsm.experiment.studies.run_record import HISTORY, RESULT, STATE, RunRecord, check_places, run_folders
from crossbar_nsm.mapping.learning.device_training import DeviceTraining
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.training.config import noise_place_of
from crossbar_nsm.nsm.training.data import LabelledImages
from crossbar_nsm.nsm.training.state import EpochReport
from crossbar_nsm.nsm.training.trainer import OnStep, Trainer
from crossbar_nsm.statistics.metrics import measure, wilson
from device_models.checks.arguments import a_function, a_text, checked, path_or
from device_models.errors import RecordError
from device_models.files.records import read_record, write_record
from device_models.files.writing import locked, make_folder, remove_leftovers
from device_models.numerics import usual_numerics

LAST_EPOCHS = 50  # the paper averages its errors over the last 50 epochs (Table 1)
StepProgress = Callable[[int, int, str], None]  # (done, total, what to say) in updates
StepProgressOf = Callable[[str], StepProgress]


@dataclass(frozen=True)
class Run:
    """One finished run. errors are fractions; test: see `measure_on_test` (None without test images)."""

    seed: int
    folder: Path
    reports: list[EpochReport]
    test: dict[str, Any] | None

    @property
    def checkpoint(self) -> Path:
        """The network of the epoch with the lowest validation error."""
        return self.folder / "best.safetensors"

    @property
    def best(self) -> EpochReport:
        return min(self.reports, key=lambda report: report.validation_error)

    def as_dict(self) -> dict[str, Any]:
        """What `result.json` holds; nothing of it depends on how long the run took or whether it was interrupted."""
        last = [report.validation_error for report in self.reports[-LAST_EPOCHS:]]
        return {
            "seed": self.seed,
            "checkpoint": str(self.checkpoint),
            "epochs": len(self.reports),
            "best_epoch": self.best.epoch,
            "validation_error": self.best.validation_error,
            "validation_error_last_epochs": {"epochs": len(last), "mean": float(np.mean(last))},
            "test": self.test,
        }


@dataclass(frozen=True)
class TrainingResult:
    """All runs of one configuration."""

    runs: list[Run]

    @property
    def checkpoint(self) -> Path:
        """The checkpoint of the run with the lowest validation error."""
        return min(self.runs, key=lambda run: run.best.validation_error).checkpoint

    def as_dict(self) -> dict[str, Any]:
        """What `train --json` prints; spreads are standard deviations over runs."""
        errors = {"validation_error": [run.best.validation_error for run in self.runs]}
        if all(run.test is not None for run in self.runs):
            errors |= {f"test_error_{which}": [run.test[which]["error"] for run in self.runs if run.test]
                       for which in ("best", "last")}  # fmt: skip
        return {
            "checkpoint": str(self.checkpoint),
            "runs": [run.as_dict() for run in self.runs],
            "over_runs": {name: _mean_and_sd(values) for name, values in errors.items()},
        }


@checked(config=path_or(TrainConfig), overrides=a_text, on_epoch=a_function, progress=a_function)
@usual_numerics()
def train(
    config: TrainConfig | str | Path,
    *overrides: str,
    on_epoch: Callable[[EpochReport, int], None] = lambda _report, _epochs: None,
    progress: StepProgressOf = lambda _label: lambda _done, _total, _note: None,
) -> TrainingResult:
    """Train a network, once or with several seeds. A run that was stopped goes on where it was.

    config: a path (overrides are laid over it) or a TrainConfig. on_epoch(report, epochs) is called after each epoch;
    progress(label)(done, total, note) after each update. Raises what reading configuration, data and files raises.
    """
    if not isinstance(config, TrainConfig):
        config = load_train_config(config, *overrides)
    check_places(config)
    folder = Path(config.output)
    test, planned = final_test_images(config), _runs(config)
    first = make_trainer(planned[0][0])  # what is refused is refused before a folder is made
    trainers = chain([first], (make_trainer(one) for one, _ in planned[1:]))
    with locked(make_folder(folder)):
        runs = [_train_once(*run, made, test, on_epoch, progress) for run, made in zip(planned, trainers, strict=True)]
        result = TrainingResult(runs)
        if config.runs > 1:
            write_record(folder / "result.json", *RESULT, result.as_dict())
    return result


def _runs(config: TrainConfig) -> list[tuple[TrainConfig, Path]]:
    """The configuration and folder of each run."""
    folders = run_folders(config).items()
    seeded = ((config.training.model_copy(update={"seed": seed}), folder) for seed, folder in folders)
    return [(config.model_copy(update={"training": settings}), folder) for settings, folder in seeded]


def _train_once(
    config: TrainConfig,
    folder: Path,
    made: tuple[Trainer, Dataset],
    test: Dataset | None,
    on_epoch: Callable[[EpochReport, int], None],
    progress: StepProgressOf,
) -> Run:
    remove_leftovers(make_folder(folder))
    state = folder / STATE
    trainer, training = made
    digests = _training_digests(config, training)
    if state.exists():
        trainer.resume(state)
        _save_networks(trainer, config, training, digests, folder)  # the run may have stopped between its files
        if len(trainer.reports) == config.training.epochs and (finished := _finished(trainer, config, folder, test)):
            return finished
    on_step = step_progress(trainer, progress(f"seed {config.training.seed}"))
    for report in trainer.epochs(on_step):
        trainer.save(state)
        _save_networks(trainer, config, training, digests, folder)
        on_epoch(report, config.training.epochs)
    run = Run(config.training.seed, folder, trainer.reports, _test_both(config, trainer, folder, test))
    write_record(folder / "result.json", *RESULT, run.as_dict())
    return run


def make_trainer(config: TrainConfig) -> tuple[Trainer, Dataset]:
    """The trainer of a run at its start, and its training images."""
    training, validation = training_split(config)
    settings = config.training
    start = None if settings.start_from is None else load_checkpoint(settings.start_from)
    hardware = None
    if config.hardware is not None:
        images = training.images[: settings.calibration_images]
        hardware = DeviceTraining(config.network, config.hardware, images, settings.seed)
    data = _tensors(training), _tensors(validation)
    return Trainer(config.network, settings, *data, start, hardware, config.threads), training


def step_progress(trainer: Trainer, show: StepProgress) -> OnStep:
    """An `on_step` that tells `show` how far the training is, and its last validation error."""
    total = trainer.steps_per_epoch * trainer.config.epochs

    def on_step(trainer: Trainer, step: int) -> None:
        note = f"epoch {(step - 1) // trainer.steps_per_epoch + 1}"
        if trainer.reports:
            note += f", validation error {100 * trainer.reports[-1].validation_error:.2f} %"
        show(step, total, note)

    return on_step


def _finished(trainer: Trainer, config: TrainConfig, folder: Path, test: Dataset | None) -> Run | None:
    """The run as an earlier call left it; None when it was not tested, with other settings, or its result is that of
    another run."""
    try:
        record = read_record(folder / "result.json", *RESULT, RunRecord)
    except RecordError:
        return None
    found = record.test
    given = None if test is None else _test_settings(config, test, trainer)
    if (None if found is None else found.settings) != given:
        return None
    run = Run(config.training.seed, folder, trainer.reports, None if found is None else found.model_dump())
    moved = {"checkpoint": record.checkpoint}  # with its folder, perhaps
    return run if record.model_dump() == run.as_dict() | moved else None


def _test_settings(config: TrainConfig, test: Dataset, trainer: Trainer) -> dict[str, Any]:
    """What test results depend on; networks: digest of the two that were tested."""
    content = hashlib.blake2b(test.images.tobytes() + test.labels.tobytes(), digest_size=8).hexdigest()
    settings = config.test.model_dump(mode="json") | {"images": len(test), "content": content}
    return settings | {"networks": trainer.networks_digest()}


def _test_both(config: TrainConfig, trainer: Trainer, folder: Path, test: Dataset | None) -> dict[str, Any] | None:
    """Test results of the best and the last network."""
    if test is None:
        return None
    return {"settings": _test_settings(config, test, trainer)} | {
        which: measure_on_test(load_checkpoint(folder / f"{which}.safetensors"), test, config)
        for which in ("best", "last")
    }


def measure_on_test(net: Network, test: Dataset, config: TrainConfig) -> dict[str, float]:
    """Error with its 95 % Wilson interval, NLL, Brier, ECE and entropy on test images, noise as in training; of a
    network that is trained for hardware, on one chip."""
    if config.hardware is not None:
        chip = MappedNetwork(net, config.hardware, config.test.seed, age_s=config.hardware.age_s)
        probability = chip.predict(test.images, config.test.samples).numpy()
    else:
        place = noise_place_of(config.network.method, config.training)
        probability = net.predict(test.images, config.test.samples, noise=place, seed=config.test.seed).numpy()
    metrics = measure(probability, test.labels)
    low, high = wilson(metrics.error, len(test))
    return asdict(metrics) | {"error_low": low, "error_high": high}


def _training_digests(config: TrainConfig, training: Dataset) -> np.ndarray:
    """Of all images that the weights go back to, as far as they are known: those of start_from, too."""
    start, own = config.training.start_from, image_digests(training.images)
    before = None if start is None else load_checkpoint(start).training_digests
    return np.union1d(own, own[:0] if before is None else before)


def _save_networks(trainer: Trainer, config: TrainConfig, training: Dataset, digests: np.ndarray, folder: Path) -> None:
    """The networks of the best and the last epoch so far, and the history."""
    facts: dict[str, Any] = {"dataset": config.dataset.model_dump(mode="json", exclude={"root"})}
    if config.hardware is not None:
        facts["hardware"] = {"device": config.hardware.device.name, "scaling": config.hardware.neuron.scaling}
    for name, net in (("best", trainer.best_network()), ("last", trainer.last_network())):
        net.facts = trainer.facts() | facts
        net.calibration_images = training.images[: config.training.calibration_images]
        net.training_digests = digests
        save_checkpoint(net, folder / f"{name}.safetensors")
    history = {"epochs": [asdict(entry) for entry in trainer.reports]}
    write_record(folder / "history.json", *HISTORY, history)


def _mean_and_sd(values: list[float]) -> dict[str, float | None]:
    """Mean and, from two values on, sample standard deviation."""
    return {"mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None}


def _tensors(data: Dataset) -> LabelledImages:
    return LabelledImages(torch.from_numpy(data.images.reshape(len(data), -1)), torch.from_numpy(data.labels))
