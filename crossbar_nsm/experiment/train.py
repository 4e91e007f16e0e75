"""Training runs: data, trainer, files.

The folder of a run holds `state.pt` (to resume), `best.safetensors` and `last.safetensors` (the checkpoints of the best
and the last epoch), `history.json` (one entry per epoch) and, once finished, `result.json`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.datasets.image_digests import image_digests
from crossbar_nsm.experiment.config.load import TrainConfigLike, load_train_config
from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.experiment.images.training import final_test_images, training_split
from crossbar_nsm.experiment.progress import StepProgress, StepProgressOf
from crossbar_nsm.experiment.training.final_test import measure_best_and_last, settings_of_test
from crossbar_nsm.experiment.training.run_folder import HISTORY, RESULT, STATE, RunRecord, check_places, run_folders
from crossbar_nsm.experiment.training.training_result import Run, TrainingResult
from crossbar_nsm.mapping.learning.device_training import DeviceTraining
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.nsm.training.data import LabelledImages
from crossbar_nsm.nsm.training.state import EpochReport
from crossbar_nsm.nsm.training.trainer import OnStep, Trainer
from device_models.checks.arguments import a_function, an_override, checked, path_or
from device_models.errors import RecordError
from device_models.files.records import read_record, write_record
from device_models.files.writing import locked, make_folder, remove_leftovers
from device_models.numerics import usual_numerics
from device_models.warning import warn

MOST_UNTRAINED = 0.05  # of a running mean of the parameters


@checked(config=path_or(TrainConfig), overrides=an_override, on_epoch=a_function, progress=a_function)
@usual_numerics()
def train(
    config: TrainConfigLike,
    *overrides: str,
    on_epoch: Callable[[EpochReport, int], None] = lambda _report, _epochs: None,
    progress: StepProgressOf = lambda _label: lambda _done, _total, _note: None,
) -> TrainingResult:
    """Train a network, once or with several seeds. A run that was stopped goes on where it was.

    config: a path or a mapping (overrides are laid over it) or a TrainConfig. on_epoch(report, epochs) is called after
    each epoch; progress(label)(done, total, note) after each update. Raises what reading configuration, data and files
    raises.
    """
    if not isinstance(config, TrainConfig):
        config = load_train_config(config, *overrides)
    check_places(config)
    folder = Path(config.output)
    test, planned = final_test_images(config), _runs(config)
    first = make_trainer(planned[0][0])  # what is refused is refused before a folder is made
    _warn_of_slow_average(first[0])
    trainers = chain([first], (make_trainer(one) for one, _ in planned[1:]))
    with locked(make_folder(folder)):
        runs = [_train_once(*run, made, test, on_epoch, progress) for run, made in zip(planned, trainers, strict=True)]
        result = TrainingResult(runs)
        if config.runs > 1:
            write_record(folder / "result.json", *RESULT, result.as_dict())
    return result


def _warn_of_slow_average(trainer: Trainer) -> None:
    """A running mean that is longer than the training still is the start of the network."""
    decay, updates = trainer.config.averaging, trainer.steps_per_epoch * trainer.config.epochs
    untrained = decay**updates if decay and trainer.config.start_from is None else 0.0
    if untrained > MOST_UNTRAINED:
        warn(
            f"training.averaging={decay:g} is a mean over about {1 / (1 - decay):.0f} updates, and this training makes "
            f"{updates}: {100 * untrained:.0f} % of the network that is validated and saved is its untrained start; "
            "set training.averaging=0, or more training.epochs"
        )


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
    run = Run(config.training.seed, folder, trainer.reports, measure_best_and_last(config, trainer, folder, test))
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
    tested = record.test
    given = None if test is None else settings_of_test(config, test, trainer)
    if (None if tested is None else tested.settings) != given:
        return None
    run = Run(config.training.seed, folder, trainer.reports, None if tested is None else tested.model_dump())
    moved = {"checkpoint": record.checkpoint}  # with its folder, perhaps
    return run if record.model_dump() == run.as_dict() | moved else None


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


def _tensors(data: Dataset) -> LabelledImages:
    return LabelledImages(torch.from_numpy(data.images.reshape(len(data), -1)), torch.from_numpy(data.labels))
