"""Images that a network is trained and validated on, and the states that it sees of them in training."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from crossbar_nsm.datasets.labels import out_of_range
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.methods.config import Deterministic
from crossbar_nsm.nsm.methods.gradients import threshold
from crossbar_nsm.nsm.training.config import TrainingConfig
from device_models.errors import ConfigError, DatasetError


@dataclass(frozen=True)
class LabelledImages:
    """Images (n, inputs) or (n, channels, height, width) float32 in [0,1] and labels (n) int64."""

    images: Tensor
    labels: Tensor


class InputStates:
    """States (n, ...) of the training images; batches of them are drawn anew where the configuration says so."""

    def __init__(self, states: Tensor, images: Tensor, config: TrainingConfig):
        self.states, self._flips = states, config.input_flips
        self._grey_values = images.view(states.shape) if config.input_binarisation == "random" else None

    def batch(self, batch: Tensor, draws: GeneratorDraws) -> Tensor:
        """Those of the images `batch`, with the random binarisation and the flips that are asked for."""
        if self._grey_values is None:
            states = self.states[batch]
        else:
            grey = self._grey_values[batch]
            states = threshold(grey - draws.uniform(grey.shape))
        if self._flips == 0:
            return states
        return torch.where(draws.uniform(states.shape) < self._flips, -states, states)


def check_data(
    training: LabelledImages, validation: LabelledImages, architecture: Architecture, config: TrainingConfig
) -> None:
    """Raises DatasetError when labels do not fit images or the output layer, or one image is left to train on;
    ConfigError for a batch of one image where that has no variance."""
    _check_labels(training, architecture)
    _check_labels(validation, architecture)
    if len(training.labels) < 2:
        raise DatasetError("one image is left to train on: at least two are needed to set beta and c from data")
    _check_batches(len(training.labels), architecture, config)


def _check_labels(data: LabelledImages, architecture: Architecture) -> None:
    labels, classes = data.labels, architecture.classes
    if len(labels) == 0:
        raise DatasetError("no images to train or validate on")
    if len(labels) != len(data.images):
        raise DatasetError(f"{len(data.images)} images, but {len(labels)} labels: one label per image is needed")
    if wrong := out_of_range(labels.numpy(), classes):
        raise DatasetError(f"{wrong}, but the output layer has {classes} classes (0 to {classes - 1})")


def _check_batches(images: int, architecture: Architecture, config: TrainingConfig) -> None:
    """Batch normalisation has no variance over a batch of one image."""
    method = architecture.method
    last = images % config.batch_size or config.batch_size
    if isinstance(method, Deterministic) and method.batch_norm and last == 1:
        raise ConfigError(
            f"batch_norm needs two images in every batch, but {images} images in batches of {config.batch_size} leave "
            "one in the last; choose another training.batch_size"
        ).see("training_configuration")
