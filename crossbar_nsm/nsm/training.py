"""Training by the paper's rule, one epoch at a time, resumable with the same bits."""

from __future__ import annotations

import hashlib
import io
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from crossbar_nsm.engine.files import write_bytes
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.initialisation import initialise_from_data
from crossbar_nsm.nsm.network import NSMNetwork
from crossbar_nsm.nsm.training_config import TrainingConfig
from device_models.errors import CheckpointError, DatasetError, TrainingError


@dataclass(frozen=True)
class LabelledImages:
    """Images (n, inputs) float32 in [0,1] and labels (n) int64."""

    images: Tensor
    labels: Tensor


@dataclass(frozen=True)
class EpochReport:
    """What one epoch did; errors are fractions."""

    epoch: int
    loss: float
    validation_error: float
    learning_rate: float
    seconds: float


class Trainer:
    """Holds everything that changes during training; `epochs()` yields a report after each epoch.

    Raises DatasetError when labels do not fit the output layer.
    """

    def __init__(
        self, architecture: Architecture, config: TrainingConfig, training: LabelledImages, validation: LabelledImages
    ):
        _check_labels(training.labels, architecture)
        _check_labels(validation.labels, architecture)
        self.config, self.training, self.validation = config, training, validation
        self.generator = torch.Generator().manual_seed(config.seed)
        self.net = NSMNetwork(architecture)
        self.net.reset_parameters(self.generator)
        first = torch.randperm(len(training.labels), generator=self.generator)[: config.initialisation_images]
        start = None if config.beta.start == "data" else float(config.beta.start)
        initialise_from_data(self.net, training.images[first], config.noise_place, self.generator, start)
        self.optimiser = torch.optim.Adam(self._parameter_groups(), weight_decay=config.weight_decay)
        self.reports: list[EpochReport] = []
        self.best: dict[str, Tensor] = {}

    def epochs(self) -> Iterator[EpochReport]:
        """Train the remaining epochs."""
        while len(self.reports) < self.config.epochs:
            started = time.perf_counter()
            loss = self._train_epoch()
            error = self._validation_error()
            if not self.reports or error < min(report.validation_error for report in self.reports):
                self.best = {name: value.clone() for name, value in self.net.state_dict().items()}
            rate = self.optimiser.param_groups[0]["lr"]
            self.reports.append(
                EpochReport(len(self.reports) + 1, loss, error, rate, round(time.perf_counter() - started, 3))
            )
            yield self.reports[-1]

    def best_network(self) -> NSMNetwork:
        """The network of the epoch with the lowest validation error (the first such epoch)."""
        net = NSMNetwork(self.net.architecture)
        net.load_state_dict(self.best or self.net.state_dict())
        return net

    def facts(self) -> dict[str, Any]:
        """What the checkpoint's metadata says about this training."""
        best = min(self.reports, key=lambda report: report.validation_error)
        return {
            "epochs": len(self.reports),
            "best_epoch": best.epoch,
            "validation_error": best.validation_error,
            "training_images": len(self.training.labels),
            "validation_images": len(self.validation.labels),
            "settings": self.config.model_dump(mode="json"),
        }

    def save(self, path: Path) -> None:
        """Write the whole state, atomically, so that a killed run can go on."""
        state = {
            "identity": self._identity(),
            "net": self.net.state_dict(),
            "best": self.best,
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "reports": [asdict(report) for report in self.reports],
        }
        content = io.BytesIO()
        torch.save(state, content)
        write_bytes(path, content.getvalue())

    def resume(self, path: Path) -> None:
        """Continue from `path`; raises CheckpointError if it is damaged or belongs to another network, other settings
        or other images."""
        try:
            state = torch.load(path, weights_only=True)
            different = [name for name, value in self._identity().items() if state["identity"].get(name) != value]
            if not different:
                self.net.load_state_dict(state["net"])
                self.optimiser.load_state_dict(state["optimiser"])
                self.generator.set_state(state["generator"])
                self.best = dict(state["best"])
                self.reports = [EpochReport(**report) for report in state["reports"]]
        except Exception as error:
            raise CheckpointError(
                f"{path}: not a training state of this program ({type(error).__name__}); delete it to start again"
            ) from None
        if different:
            raise CheckpointError(
                f"{path}: was written by a run with other {', '.join(different)}; "
                "choose another output folder, or delete this file to start again"
            )

    def _identity(self) -> dict[str, str]:
        """What a run must have in common with the one it continues."""
        return {
            "training settings": self.config.model_dump_json(),
            "network": self.net.architecture.model_dump_json(),
            "training images": _digest(self.training),
            "validation images": _digest(self.validation),
        }

    def _train_epoch(self) -> float:
        order = torch.randperm(len(self.training.labels), generator=self.generator)
        batches = order.split(self.config.batch_size)
        total = 0.0
        for index, batch in enumerate(batches):
            self._set_learning_rate(len(self.reports) + index / len(batches))
            logits = self.net(self.training.images[batch], self.config.noise_place, self.generator)
            loss = functional.cross_entropy(logits, self.training.labels[batch])
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            if not math.isfinite(value := loss.item()):
                raise TrainingError(
                    f"training stopped in epoch {len(self.reports) + 1}: the loss is {value}; lower the learning rate"
                )
            total += value * len(batch)
        return total / len(order)

    def _set_learning_rate(self, epoch: float) -> None:
        config = self.config
        factor = {
            "cosine": 0.5 * (1 + math.cos(math.pi * epoch / config.epochs)),
            "step": config.step_factor ** (epoch // config.step_epochs),
            "none": 1.0,
        }[config.decay]
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate * factor * group["factor"]

    def _parameter_groups(self) -> list[dict[str, Any]]:
        betas = [layer.beta for layer in self.net.nsm_layers()]
        others = [parameter for parameter in self.net.parameters() if all(parameter is not beta for beta in betas)]
        return [
            {"params": others, "lr": self.config.learning_rate, "factor": 1.0},
            {"params": betas, "lr": self.config.learning_rate, "factor": self.config.beta.learning_rate_factor},
        ]

    @torch.no_grad()
    def _validation_error(self) -> float:
        wrong = 0
        for images, labels in zip(self.validation.images.split(1000), self.validation.labels.split(1000), strict=True):
            probability = sum(
                torch.softmax(self.net(images, self.config.noise_place, self.generator), dim=1)
                for _ in range(self.config.validation_samples)
            )
            assert isinstance(probability, Tensor)
            wrong += int((probability.argmax(dim=1) != labels).sum())
        return wrong / len(self.validation.labels)


def _digest(data: LabelledImages) -> str:
    """Hash of images and labels."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(data.images.contiguous().numpy().data)
    digest.update(data.labels.contiguous().numpy().data)
    return digest.hexdigest()


def _check_labels(labels: Tensor, architecture: Architecture) -> None:
    if len(labels) == 0:
        raise DatasetError("no images to train or validate on")
    if int(labels.max()) >= architecture.classes or int(labels.min()) < 0:
        raise DatasetError(
            f"labels run from {int(labels.min())} to {int(labels.max())}, "
            f"but the output layer has {architecture.classes} classes (0 to {architecture.classes - 1})"
        )
