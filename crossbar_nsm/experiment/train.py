"""A training run: data, trainer, files. The run folder holds `last.pt` (to resume), `best.safetensors` (the checkpoint
of the best epoch) and `history.json` (one entry per epoch)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from crossbar_nsm.engine.files import check_folder, write_text
from crossbar_nsm.experiment.config import TrainConfig, load_train_config
from crossbar_nsm.experiment.datasets import Dataset, read_dataset
from crossbar_nsm.nsm.checkpoint import save_checkpoint
from crossbar_nsm.nsm.training import EpochReport, LabelledImages, Trainer
from device_models.errors import DatasetError


def train(
    config: TrainConfig | str | Path,
    *overrides: str,
    on_epoch: Callable[[EpochReport, int], None] = lambda _report, _epochs: None,
) -> Path:
    """Train a network and return the path of its checkpoint. A run that was stopped goes on where it was.

    config: a path (overrides are laid over it) or a TrainConfig. on_epoch(report, epochs) is called after each epoch.
    """
    if not isinstance(config, TrainConfig):
        config = load_train_config(config, *overrides)
    folder = check_folder(config.output)
    state, checkpoint = folder / "last.pt", folder / "best.safetensors"
    training, validation = training_split(config)
    trainer = Trainer(config.network, config.training, _tensors(training), _tensors(validation))
    if state.exists():
        trainer.resume(state)
        _save_results(trainer, config, training, folder)  # the run may have stopped between its files
    for report in trainer.epochs():
        trainer.save(state)
        _save_results(trainer, config, training, folder)
        on_epoch(report, config.training.epochs)
    return checkpoint


def training_split(config: TrainConfig) -> tuple[Dataset, Dataset]:
    """Training and validation images: excluded images left out, then a random hold-out drawn with the seed."""
    settings = config.dataset
    data = read_dataset(settings.name, "train", settings.root)
    if settings.exclude is not None:
        data = data.without(read_dataset(settings.exclude, "train", settings.root))
    pixels = int(np.prod(data.images.shape[1:]))
    if pixels != config.network.inputs:
        raise DatasetError(
            f"data set {settings.name}: images of {pixels} pixels, the network takes {config.network.inputs}"
        )
    if settings.validation_images >= len(data):
        raise DatasetError(f"validation_images={settings.validation_images} leaves none of {len(data)} to train on")
    order = np.random.default_rng(config.training.seed).permutation(len(data))
    held_out, rest = order[: settings.validation_images], order[settings.validation_images :]
    return Dataset(data.images[rest], data.labels[rest]), Dataset(data.images[held_out], data.labels[held_out])


def _save_results(trainer: Trainer, config: TrainConfig, training: Dataset, folder: Path) -> None:
    """The checkpoint of the best epoch so far, and the history."""
    net = trainer.best_network()
    net.facts = trainer.facts() | {"dataset": config.dataset.model_dump(mode="json", exclude={"root"})}
    images = training.images[: config.training.calibration_images]
    net.calibration_images = np.rint(images.reshape(len(images), -1) * 255).clip(0, 255).astype(np.uint8)
    save_checkpoint(net, folder / "best.safetensors")
    history = json.dumps([asdict(entry) for entry in trainer.reports], indent=1, allow_nan=False)
    write_text(folder / "history.json", history)


def _tensors(data: Dataset) -> LabelledImages:
    return LabelledImages(torch.from_numpy(data.images.reshape(len(data), -1)), torch.from_numpy(data.labels))
