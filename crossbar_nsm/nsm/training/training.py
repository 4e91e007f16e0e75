"""Training of any network, one epoch at a time, resumable with the same bits."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from crossbar_nsm.engine.computing import computing
from crossbar_nsm.engine.threads import available_threads, using_threads
from crossbar_nsm.nsm.architecture import Architecture, multiply_adds
from crossbar_nsm.nsm.checkpoints.checkpoint import LARGEST_VALUE, load_tensors
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.initialisation import initialise_from_data, start_from
from crossbar_nsm.nsm.methods.config import Deterministic
from crossbar_nsm.nsm.methods.gradients import threshold
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.nsm.training.state import (
    EpochReport,
    check_digest,
    checked_adam,
    checked_reports,
    checked_tensors,
    state_bytes,
)
from device_models.errors import CheckpointError, ConfigError, DatasetError, TrainingError
from device_models.files.reading import open_regular
from device_models.files.writing import write_bytes
from device_models.schema import Schema

VALIDATION_STATES = 2**21  # of the widest layer at a time
MANY_PRODUCTS = 1e8  # of a weight and a state, in one pass of a batch


@dataclass(frozen=True)
class LabelledImages:
    """Images (n, inputs) or (n, channels, height, width) float32 in [0,1] and labels (n) int64."""

    images: Tensor
    labels: Tensor


OnStep = Callable[["Trainer", int], None]


class HardwareInTheLoop(Protocol):
    """What stands between the parameters of a network and their effect while it is trained for hardware."""

    @property
    def identity(self) -> str:
        """What distinguishes it from other hardware."""

    def start_epoch(self, epoch: int) -> None:
        """Draws of this epoch follow from its number, counted from 0."""

    def batch(self, net: Network) -> AbstractContextManager[None]:
        """Inside, parameters are what hardware makes of them; gradients found there count for the parameters outside,
        which are first brought within the hardware's reach."""

    def validation(self, net: Network) -> AbstractContextManager[None]:
        """The same with hardware that is drawn alike at every epoch and that no batch sees."""


class Trainer:
    """Holds everything that changes during training; `epochs()` yields a report after each epoch.

    start: a trained network whose parameters are taken over. hardware: what the network is trained for (default: ideal
    software). threads: inside an epoch, whatever the session has (default: see `usual_threads`). Raises DatasetError
    when labels do not fit the output layer, CheckpointError when the layers of `start` differ.
    """

    @computing()
    def __init__(
        self,
        architecture: Architecture,
        config: TrainingConfig,
        training: LabelledImages,
        validation: LabelledImages,
        start: Network | None = None,
        hardware: HardwareInTheLoop | None = None,
        threads: int | None = None,
    ):
        _check_labels(training, architecture)
        _check_labels(validation, architecture)
        if len(training.labels) < 2:
            raise DatasetError("one image is left to train on: at least two are needed to set beta and c from data")
        _check_batches(len(training.labels), architecture, config)
        self.config, self.hardware = config, hardware
        self.threads = usual_threads(architecture, config.batch_size) if threads is None else threads
        self.generator = torch.Generator().manual_seed(config.seed)
        self.draws = GeneratorDraws(self.generator)
        self.net = Network(architecture)
        self.identity = {
            "training settings": config.model_dump_json(),
            "network": architecture.model_dump_json(),
            "training images": _digest(training.images, training.labels),
            "validation images": _digest(validation.images, validation.labels),
            "start_from checkpoint": "" if start is None else _digest(*start.state_dict().values()),
            "hardware": "" if hardware is None else hardware.identity,
        }
        self.states, self.labels = self.net.encode(training.images), training.labels
        random = config.input_binarisation == "random"
        self.grey_values = training.images.view(self.states.shape) if random else None
        self.validation_states, self.validation_labels = self.net.encode(validation.images), validation.labels
        self._initialise(start)
        self.average = _running_mean(self.net, config.averaging)
        self.optimiser = torch.optim.Adam(self._parameter_groups(), weight_decay=config.weight_decay, fused=True)
        self.reports: list[EpochReport] = []
        self.best: dict[str, Tensor] = {}
        self.resumed_from: Path | None = None

    @property
    def trained(self) -> Network:
        """What is validated and saved: the running mean if there is one, else the network."""
        if self.average is None:
            return self.net
        assert isinstance(self.average.module, Network)
        return self.average.module

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(len(self.labels) / self.config.batch_size)

    def epochs(self, on_step: OnStep = lambda _trainer, _step: None) -> Iterator[EpochReport]:
        """Train the remaining epochs; on_step(trainer, step) is called after every update, counted over all epochs."""
        while len(self.reports) < self.config.epochs:
            started = time.perf_counter()
            with using_threads(self.threads):
                loss = self._train_epoch(on_step)
                self._check_finite()
                error, nll = self._validate()
            if not self.reports or error < min(report.validation_error for report in self.reports):
                self.best = {name: value.clone() for name, value in self.trained.state_dict().items()}
            rate = self.optimiser.param_groups[0]["lr"]
            seconds = round(time.perf_counter() - started, 3)
            self.reports.append(EpochReport(len(self.reports) + 1, loss, error, nll, rate, seconds))
            yield self.reports[-1]

    def best_network(self) -> Network:
        """The network of the epoch with the lowest validation error (the first such epoch)."""
        return self._copy(self.best or self.trained.state_dict())

    def last_network(self) -> Network:
        """A copy of the trained network as it is."""
        return self._copy(self.trained.state_dict())

    def networks_digest(self) -> str:
        """Of the parameters of `best_network` and `last_network`."""
        networks = (self.best_network(), self.last_network())
        return _digest(*(value for net in networks for value in net.state_dict().values()))

    @computing()
    def _copy(self, parameters: dict[str, Tensor]) -> Network:
        net = Network(self.net.architecture)
        net.load_state_dict(parameters)
        return net

    def facts(self) -> dict[str, Any]:
        """What the checkpoint's metadata says about this training."""
        best = min(self.reports, key=lambda report: report.validation_error)
        return {
            "epochs": len(self.reports),
            "best_epoch": best.epoch,
            "validation_error": best.validation_error,
            "training_images": len(self.labels),
            "validation_images": len(self.validation_labels),
            "settings": self.config.model_dump(mode="json"),
        }

    def save(self, path: Path) -> None:
        """Write the whole state, atomically, so that a killed run can go on."""
        state = {
            "identity": self.identity,
            "net": self.net.state_dict(),
            "best": self.best,
            "average": {} if self.average is None else self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "reports": [asdict(report) for report in self.reports],
        }
        write_bytes(path, state_bytes(state), owned=path == self.resumed_from)

    @computing()
    def resume(self, path: Path) -> None:
        """Continue from `path`; raises CheckpointError if it is damaged or belongs to another network, other settings
        or other images."""
        try:
            if not path.is_file():
                raise ValueError("it is no file")
            open_regular(path, CheckpointError).close()  # one that may not be read is not a damaged one
            state = load_tensors(path)
            check_digest(state)
            written = _with_new_settings(state["identity"])
            different = [name for name, value in self.identity.items() if written.get(name, "") != value]
            if not different:
                self._take_over(state)
        except CheckpointError:
            raise
        except Exception as error:  # torch has many ways of saying that a file is not what it was
            why = " ".join(str(error).split())[:150] if type(error) is ValueError else type(error).__name__
            raise CheckpointError(
                f"{path}: not a training state of this program ({why}); delete it to start again"
            ) from None
        if different:
            raise CheckpointError(
                f"{path}: was written by a run with other {', '.join(different)}; "
                "choose another output folder, or delete this file to start again"
            )
        self.resumed_from = path

    def _take_over(self, state: dict[str, Any]) -> None:
        """All of a state, once all of it is known to fit: the optimiser's settings are those of the configuration."""
        reports = checked_reports(state["reports"], self.config.epochs)
        net = checked_tensors("net", state["net"], self.net.state_dict(), LARGEST_VALUE)
        best = checked_tensors("best", state["best"], self.trained.state_dict() if reports else {}, LARGEST_VALUE)
        like = {} if self.average is None else self.average.state_dict()
        average = checked_tensors("average", state["average"], like, LARGEST_VALUE)
        parameters = [parameter for group in self.optimiser.param_groups for parameter in group["params"]]
        steps = len(reports) * self.steps_per_epoch
        adam = checked_adam(state["optimiser"]["state"], parameters, steps, LARGEST_VALUE)
        self.generator.set_state(state["generator"])
        self.net.load_state_dict(net)
        if self.average is not None:
            self.average.load_state_dict(average)
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": adam, "param_groups": groups})
        self.best, self.reports = best, reports

    def _initialise(self, start: Network | None) -> None:
        """Random weights or those of `start`; beta and c from the first images unless `start` gave them."""
        self.net.reset_parameters(self.generator)
        complete = start is not None and start_from(self.net, start)
        first = _shuffled(len(self.labels), self.generator)[: self.config.initialisation_images]
        if not complete:
            beta = None if self.config.beta.start == "data" else float(self.config.beta.start)
            initialise_from_data(self.net, self.states[first], self.config.noise_place, self.draws, beta)

    def _train_epoch(self, on_step: OnStep) -> float:
        self.net.train()
        order = _shuffled(len(self.labels), self.generator)
        total = 0.0
        if self.hardware is not None:
            self.hardware.start_epoch(len(self.reports))
        for index, batch in enumerate(order.split(self.config.batch_size)):
            self._set_learning_rate(len(self.reports) + index / self.steps_per_epoch)
            value = self._update(batch)
            if not math.isfinite(value):
                raise TrainingError(
                    f"training stopped in epoch {len(self.reports) + 1}: the loss is {value}; lower the learning rate"
                )
            total += value * len(batch)
            on_step(self, len(self.reports) * self.steps_per_epoch + index + 1)
        return total / len(order)

    @computing()
    def _update(self, batch: Tensor) -> float:
        """One step of the optimiser on the images `batch`; their loss before it."""
        self.optimiser.zero_grad()
        with nullcontext() if self.hardware is None else self.hardware.batch(self.net):
            loss = self.loss(self._noisy_states(batch), self.labels[batch])
            loss.backward()
        self.optimiser.step()
        if self.average is not None:
            self.average.update_parameters(self.net)
        return loss.item()

    def _check_finite(self) -> None:
        """Raises TrainingError when a parameter is NaN or infinite, or larger than a checkpoint may hold."""
        named = self.net.named_parameters()
        bad = [name for name, value in named if not bool((value.abs() < LARGEST_VALUE).all())]
        if bad:
            raise TrainingError(
                f"training stopped after epoch {len(self.reports)}: {bad[0].removeprefix('layers.')} holds NaN, or "
                f"values of {LARGEST_VALUE:g} and more; lower the learning rate"
            )

    def loss(self, states: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy of one noisy pass of encoded images, in nats."""
        return functional.cross_entropy(self.net(states, self.config.noise_place, self.draws), labels)

    def _noisy_states(self, batch: Tensor) -> Tensor:
        """Input states of the images `batch`, with the random binarisation and the flips that are asked for."""
        if self.grey_values is None:
            states = self.states[batch]
        else:
            grey = self.grey_values[batch]
            states = threshold(grey - self.draws.uniform(grey.shape))
        if self.config.input_flips == 0:
            return states
        return torch.where(self.draws.uniform(states.shape) < self.config.input_flips, -states, states)

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
        named = list(self.net.named_parameters())
        betas = [parameter for name, parameter in named if name.endswith(".beta")]
        others = [parameter for name, parameter in named if not name.endswith(".beta")]
        groups = [
            {"params": others, "lr": self.config.learning_rate, "factor": 1.0},
            {"params": betas, "lr": self.config.learning_rate, "factor": self.config.beta.learning_rate_factor},
        ]
        if self.config.beta.learning_rate_factor == 1:  # one group is faster than two
            groups = [{**groups[0], "params": others + betas}]
        return [group for group in groups if group["params"]]

    @computing()
    @torch.no_grad()
    def _validate(self) -> tuple[float, float]:
        """Error and NLL of the mean probability over validation_samples passes, on the hardware if there is one."""
        net = self.trained.eval()
        with nullcontext() if self.hardware is None else self.hardware.validation(net):
            return self._validate_passes(net)

    def _validate_passes(self, net: Network) -> tuple[float, float]:
        passes = net.passes_that_differ(self.config.validation_samples)
        wrong, nll = 0, 0.0
        size = max(1, min(1000, VALIDATION_STATES // self.net.architecture.widest))
        batches = zip(self.validation_states.split(size), self.validation_labels.split(size), strict=True)
        for states, labels in batches:
            probability = torch.zeros(len(labels), self.net.architecture.classes, dtype=torch.float32)
            for _ in range(passes):
                probability += torch.softmax(net(states, self.config.noise_place, self.draws), dim=1)
            probability /= passes
            wrong += int((probability.argmax(dim=1) != labels).sum())
            nll += float(functional.nll_loss(probability.clamp_min(1e-12).log(), labels, reduction="sum"))
        return wrong / len(self.validation_labels), nll / len(self.validation_labels)


def usual_threads(architecture: Architecture, batch_size: int) -> int:
    """One for a small network, in which threads wait for each other more than they save as soon as something else runs
    on the machine; for a large one all that this process may use. It depends on nothing that changes from run to run.
    """
    products = sum(multiply_adds(place) for place in architecture.placements())
    return available_threads() if products * batch_size > MANY_PRODUCTS else 1


def _running_mean(net: Network, decay: float) -> AveragedModel | None:
    return AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True) if decay else None


def _shuffled(count: int, generator: torch.Generator) -> Tensor:
    """The numbers 0..count - 1 in random order."""
    return torch.randperm(count, generator=generator, device="cpu")


def _with_new_settings(identity: dict[str, str]) -> dict[str, str]:
    """The identity in a file as this version writes it: settings that came after the file have their defaults."""
    models: dict[str, type[Schema]] = {"network": Architecture, "training settings": TrainingConfig}
    return {
        name: models[name].model_validate_json(value).model_dump_json() if name in models else value
        for name, value in identity.items()
    }


def _digest(*tensors: Tensor) -> str:
    """Hash of values and shapes."""
    digest = hashlib.blake2b(digest_size=16)
    for tensor in tensors:
        digest.update(repr((tensor.dtype, tuple(tensor.shape))).encode())
        digest.update(tensor.detach().contiguous().numpy().data)
    return digest.hexdigest()


def _check_labels(data: LabelledImages, architecture: Architecture) -> None:
    labels = data.labels
    if len(labels) == 0:
        raise DatasetError("no images to train or validate on")
    if len(labels) != len(data.images):
        raise DatasetError(f"{len(data.images)} images, but {len(labels)} labels: one label per image is needed")
    if int(labels.max()) >= architecture.classes or int(labels.min()) < 0:
        raise DatasetError(
            f"labels run from {int(labels.min())} to {int(labels.max())}, "
            f"but the output layer has {architecture.classes} classes (0 to {architecture.classes - 1})"
        )


def _check_batches(images: int, architecture: Architecture, config: TrainingConfig) -> None:
    """Batch normalisation has no variance over a batch of one image."""
    method = architecture.method
    last = images % config.batch_size or config.batch_size
    if isinstance(method, Deterministic) and method.batch_norm and last == 1:
        raise ConfigError(
            f"batch_norm needs two images in every batch, but {images} images in batches of {config.batch_size} leave "
            "one in the last; choose another training.batch_size"
        )
