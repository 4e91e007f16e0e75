"""Training of any network, one epoch at a time, resumable with the same bits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from crossbar_nsm.engine.computing import computing
from crossbar_nsm.engine.threads import available_threads, using_threads
from crossbar_nsm.nsm.architecture import Architecture, multiply_adds
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.initialisation import initialise_from_data, start_from
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.nsm.training.data import InputStates, LabelledImages, check_data
from crossbar_nsm.nsm.training.hardware import HardwareInTheLoop
from crossbar_nsm.nsm.training.optimisation import Optimisation
from crossbar_nsm.nsm.training.state import (
    EpochReport,
    checked_adam,
    checked_reports,
    checked_tensors,
    settings_text,
    state_bytes,
    take_over,
    tensors_digest,
)
from crossbar_nsm.nsm.training.validation import error_and_nll
from crossbar_nsm.nsm.values import LARGEST_VALUE
from device_models.errors import TrainingError
from device_models.files.writing import write_bytes

MANY_PRODUCTS = 1e8  # of a weight and a state, in one pass of a batch

OnStep = Callable[["Trainer", int], None]


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
        check_data(training, validation, architecture, config)
        self.config, self.hardware = config, hardware
        self.threads = usual_threads(architecture, config.batch_size) if threads is None else threads
        self.generator = torch.Generator().manual_seed(config.seed)
        self.draws = GeneratorDraws(self.generator)
        self.net = Network(architecture)
        self.identity = {
            "training settings": settings_text(config),
            "network": architecture.model_dump_json(),
            "training images": tensors_digest(training.images, training.labels),
            "validation images": tensors_digest(validation.images, validation.labels),
            "start_from checkpoint": "" if start is None else tensors_digest(*start.state_dict().values()),
            "hardware": "" if hardware is None else hardware.identity,
        }
        self.inputs = InputStates(self.net.encode(training.images), training.images, config)
        self.labels = training.labels
        self.validation_states, self.validation_labels = self.net.encode(validation.images), validation.labels
        self._initialise(start)
        self.optimisation = Optimisation(self.net, config)
        self.reports: list[EpochReport] = []
        self.best: dict[str, Tensor] = {}
        self.resumed_from: Path | None = None

    @property
    def trained(self) -> Network:
        """What is validated and saved."""
        return self.optimisation.trained

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
            rate, seconds = self.optimisation.learning_rate, round(time.perf_counter() - started, 3)
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
        return tensors_digest(*(value for net in networks for value in net.state_dict().values()))

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
        average = self.optimisation.average
        state = {
            "identity": self.identity,
            "net": self.net.state_dict(),
            "best": self.best,
            "average": {} if average is None else average.state_dict(),
            "optimiser": self.optimisation.adam.state_dict(),
            "generator": self.generator.get_state(),
            "reports": [asdict(report) for report in self.reports],
        }
        write_bytes(path, state_bytes(state), owned=path == self.resumed_from)

    @computing()
    def resume(self, path: Path) -> None:
        """Continue from `path`; raises CheckpointError if it is damaged or belongs to another network, other settings
        or other images."""
        take_over(path, self.identity, self._take_over)
        self.resumed_from = path

    def _take_over(self, state: dict[str, Any]) -> None:
        """All of a state, once all of it is known to fit: the optimiser's settings are those of the configuration."""
        reports = checked_reports(state["reports"], self.config.epochs)
        net = checked_tensors("net", state["net"], self.net.state_dict(), LARGEST_VALUE)
        best = checked_tensors("best", state["best"], self.trained.state_dict() if reports else {}, LARGEST_VALUE)
        running, adam = self.optimisation.average, self.optimisation.adam
        like = {} if running is None else running.state_dict()
        average = checked_tensors("average", state["average"], like, LARGEST_VALUE)
        parameters = [parameter for group in adam.param_groups for parameter in group["params"]]
        steps = len(reports) * self.steps_per_epoch
        moments = checked_adam(state["optimiser"]["state"], parameters, steps, LARGEST_VALUE)
        self.generator.set_state(state["generator"])
        self.net.load_state_dict(net)
        if running is not None:
            running.load_state_dict(average)
        adam.load_state_dict({"state": moments, "param_groups": adam.state_dict()["param_groups"]})
        self.best, self.reports = best, reports

    def _initialise(self, start: Network | None) -> None:
        """Random weights or those of `start`; beta and c from the first images unless `start` gave them."""
        self.net.reset_parameters(self.generator)
        complete = start is not None and start_from(self.net, start)
        first = _shuffled(len(self.labels), self.generator)[: self.config.initialisation_images]
        if not complete:
            beta = None if self.config.beta.start == "data" else float(self.config.beta.start)
            initialise_from_data(self.net, self.inputs.states[first], self.config.noise_place, self.draws, beta)

    def _train_epoch(self, on_step: OnStep) -> float:
        self.net.train()
        order = _shuffled(len(self.labels), self.generator)
        total = 0.0
        if self.hardware is not None:
            self.hardware.start_epoch(len(self.reports))
        for index, batch in enumerate(order.split(self.config.batch_size)):
            self.optimisation.set_learning_rate(len(self.reports) + index / self.steps_per_epoch)
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
        self.optimisation.adam.zero_grad()
        with nullcontext() if self.hardware is None else self.hardware.batch(self.net):
            loss = self.loss(self.inputs.batch(batch, self.draws), self.labels[batch])
            loss.backward()
        self.optimisation.step()
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

    @computing()
    @torch.no_grad()
    def _validate(self) -> tuple[float, float]:
        """Error and NLL of the mean probability over validation_samples passes, on the hardware if there is one."""
        net = self.trained.eval()
        with nullcontext() if self.hardware is None else self.hardware.validation(net):
            return error_and_nll(net, self.validation_states, self.validation_labels, self.config, self.draws)


def usual_threads(architecture: Architecture, batch_size: int) -> int:
    """One for a small network, in which threads wait for each other more than they save as soon as something else runs
    on the machine; for a large one all that this process may use. It depends on nothing that changes from run to run.
    """
    products = sum(multiply_adds(place) for place in architecture.placements())
    return available_threads() if products * batch_size > MANY_PRODUCTS else 1


def _shuffled(count: int, generator: torch.Generator) -> Tensor:
    """The numbers 0..count - 1 in random order."""
    return torch.randperm(count, generator=generator, device="cpu")
