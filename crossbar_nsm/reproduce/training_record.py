"""A training that is watched: inputs of the last hidden layer, weights and gradients, kept for the figures.

A record is an .npz file under a hash of everything that decides what is in it; it is made once and used again.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.experiment.file_digest import add_content
from crossbar_nsm.experiment.train import make_trainer, step_progress
from crossbar_nsm.nsm.bundled import find_checkpoint
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.methods.config import Method
from crossbar_nsm.nsm.methods.layer import HiddenLayer, NoisePlace
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.training.trainer import Trainer
from crossbar_nsm.reproduce.config import WatchConfig
from crossbar_nsm.reproduce.gradients import gradient_cosines, weights
from crossbar_nsm.reproduce.reproduction import RunContext
from device_models.checks.arrays import checked_array
from device_models.errors import ConfigError, RecordError
from device_models.files.archives import is_npz
from device_models.files.signs import npz_arrays, npz_bytes
from device_models.files.writing import write_bytes

PERCENTILES = (15, 50, 85)
PROBE_SEED = 1
PROBE_PASSES = 5
KIND = "record"
COSINE = 1 + 1e-5  # of float32 vectors, at most
RECORD_VERSION = 1


@dataclass(frozen=True)
class Record:
    """What one training went through. Layers in order of the network, hidden ones and the output layer.

    steps (s): updates after which the probe was looked at.
    percentiles (s, units, 3): of the input of the last hidden layer's activation function over the probe images.
    probe_error (s): share of wrong predictions of probe images, mean of five single passes.
    weight_mean, weight_sd (epochs + 1, layers): before training and after each epoch.
    weight_percentiles (epochs + 1, 5): 5, 25, 50, 75, 95 of the last hidden layer.
    gradient_mean, gradient_size (epochs, layers): mean and mean absolute gradient of the weights over an epoch.
    cosines (epochs + 1, pairs, layers): of gradients at the same weights (`gradients.PAIRS`); NSM only, where watched
    holds nsm_binconcrete, else empty.
    final_weights: one array per layer.
    """

    steps: np.ndarray
    percentiles: np.ndarray
    probe_error: np.ndarray
    weight_mean: np.ndarray
    weight_sd: np.ndarray
    weight_percentiles: np.ndarray
    gradient_mean: np.ndarray
    gradient_size: np.ndarray
    cosines: np.ndarray
    final_weights: tuple[np.ndarray, ...]

    @property
    def last_hidden(self) -> int:
        """Index of the last hidden layer."""
        return len(self.final_weights) - 2


def records(name: str, context: RunContext) -> list[Record]:
    """One record per seed of the watched network `name`; those already on disk are read."""
    return [_record(name, seed, context) for seed in range(context.config.watch.runs)]


def record_path(name: str, number: int, context: RunContext) -> Path:
    """Where the record of a seed is, once it is made."""
    run = _watched_run(name, number, context)
    return context.folder / "watched" / f"{name}_seed{run.training.seed}_{_digest(run, context)}.npz"


def _watched_run(name: str, number: int, context: RunContext) -> TrainConfig:
    run = context.config.training_run(context.config.watched[name], 1, context.folder)
    seeded = run.training.model_copy(update={"seed": run.training.seed + number})
    return run.model_copy(update={"training": seeded})


def _record(name: str, number: int, context: RunContext) -> Record:
    run, path = _watched_run(name, number, context), record_path(name, number, context)
    if (record := _read(path)) is not None:
        return record
    trainer, _ = make_trainer(run)
    record = watch(trainer, context, f"{name}, seed {run.training.seed}")
    _write(path, record)
    return record


def _digest(run: TrainConfig, context: RunContext) -> str:
    """Hash of what decides a record: settings, and the content of files that they name."""
    settings = run.model_dump(mode="json", exclude={"output": True, "test": True, "runs": True, "dataset": {"root"}})
    watch = context.config.watch.model_dump(mode="json", exclude={"runs"})
    compared = _binconcrete(context)
    binconcrete = None if compared is None else compared.model_dump(mode="json")
    digest = hashlib.blake2b(json.dumps([RECORD_VERSION, settings, watch, binconcrete]).encode(), digest_size=8)
    names = [run.dataset.name, run.dataset.exclude or ""]
    files = [Path(name) for name in names if is_npz(name)]
    if run.training.start_from is not None:
        files.append(find_checkpoint(run.training.start_from))
    for file in filter(Path.is_file, files):
        add_content(digest, file)
    return digest.hexdigest()


def _binconcrete(context: RunContext) -> Method | None:
    """The method whose gradients are compared with the NSM's (figure 8), where the configuration describes it."""
    network = context.config.watched.get("nsm_binconcrete")
    return None if network is None else network.method


def watch(trainer: Trainer, context: RunContext, label: str) -> Record:
    """Train to the end and record on the way."""
    watcher = _Watcher(trainer, context.config.watch, _binconcrete(context))
    show = step_progress(trainer, context.progress(label))
    watcher.look()
    watcher.after_epoch()

    def on_step(trainer: Trainer, step: int) -> None:
        watcher.on_step(step)
        show(trainer, step)

    for _ in trainer.epochs(on_step):
        watcher.after_epoch()
    return watcher.record()


class _Watcher:
    """Collects what a Record holds. It draws from generators of its own: watching changes nothing in the training."""

    def __init__(self, trainer: Trainer, config: WatchConfig, binconcrete: Method | None):
        self.trainer, self.config, self.binconcrete = trainer, config, binconcrete
        for name, given, most in (
            ("probe_images", config.probe_images, len(trainer.validation_labels)),
            ("gradient_images", config.gradient_images, len(trainer.labels)),
        ):
            if given > most:
                raise ConfigError(f"watch.{name}={given}: there are only {most} such images")
        self.step = 0
        self.steps: list[int] = []
        self.percentiles: list[np.ndarray] = []
        self.errors: list[float] = []
        self.weights: list[list[tuple[float, float]]] = []
        self.weight_percentiles: list[np.ndarray] = []
        self.cosines: list[np.ndarray] = []
        self.step_gradients: list[list[tuple[float, float]]] = []
        self.gradients: list[np.ndarray] = []

    def on_step(self, step: int) -> None:
        self.step = step
        gradients = [weight.grad for weight in weights(self.trainer.net)]
        self.step_gradients.append([(float(g.mean()), float(g.abs().mean())) for g in gradients if g is not None])
        if step <= self.config.fine_steps or step % self.config.coarse_steps == 0:
            self.look()

    def look(self) -> None:
        """Percentiles and error on the probe images, with the same draws every time."""
        states = self.trainer.validation_states[: self.config.probe_images]
        labels = self.trainer.validation_labels[: self.config.probe_images]
        draws = GeneratorDraws(torch.Generator().manual_seed(PROBE_SEED))
        place = self.trainer.config.noise_place
        net = copy.deepcopy(self.trainer.net)  # in training mode batch normalisation uses (and changes) the statistics
        with torch.no_grad():
            arguments = last_arguments(net, states, draws, place).flatten(1).numpy()
            passes = [net(states, place, draws).argmax(dim=1) != labels for _ in range(PROBE_PASSES)]
        self.steps.append(self.step)
        units = np.ascontiguousarray(arguments.T)  # percentiles are much faster along the last axis
        self.percentiles.append(np.percentile(units, PERCENTILES, axis=1).T.astype(np.float32))
        self.errors.append(float(torch.stack(passes).float().mean()))

    def after_epoch(self) -> None:
        """Weights and, for an NSM, gradient cosines; called before the first epoch too."""
        layers = [weight.detach() for weight in weights(self.trainer.net)]
        self.weights.append([(float(weight.mean()), float(weight.std())) for weight in layers])
        self.weight_percentiles.append(np.percentile(layers[-2].numpy(), (5, 25, 50, 75, 95)))
        if self.step_gradients:
            self.gradients.append(np.mean(self.step_gradients, axis=0))
            self.step_gradients = []
        if self.trainer.net.architecture.method.name == "nsm" and self.binconcrete is not None:
            first = slice(self.config.gradient_images)
            self.cosines.append(
                gradient_cosines(
                    self.trainer.net,
                    self.binconcrete,
                    self.trainer.inputs.states[first],
                    self.trainer.labels[first],
                    self.config.gradient_draws,
                    self.trainer.config.noise_place,
                )
            )

    def record(self) -> Record:
        gradients, layers = np.array(self.gradients), np.array(self.weights)
        return Record(
            steps=np.array(self.steps),
            percentiles=np.array(self.percentiles),
            probe_error=np.array(self.errors),
            weight_mean=layers[..., 0],
            weight_sd=layers[..., 1],
            weight_percentiles=np.array(self.weight_percentiles),
            gradient_mean=gradients[..., 0],
            gradient_size=gradients[..., 1],
            cosines=np.array(self.cosines),
            final_weights=tuple(weight.detach().numpy().copy() for weight in weights(self.trainer.net)),
        )


def last_arguments(net: Network, states: Tensor, draws: GeneratorDraws, noise_place: NoisePlace) -> Tensor:
    """Input of the activation function of the last hidden layer in one pass, (batch, units)."""
    *_, last = net.hidden_layers()
    arguments: list[Tensor] = []

    def fire(_name: str, layer: HiddenLayer, z: Tensor) -> Tensor:
        if layer is last:
            arguments.append(layer.argument(z))
        states: Tensor = layer(z, noise_place, draws)
        return states

    net.walk(states, fire)
    return arguments[0]


def _write(path: Path, record: Record) -> None:
    arrays = {name: value for name, value in vars(record).items() if name != "final_weights"}
    arrays |= {f"final_weights_{index}": value for index, value in enumerate(record.final_weights)}
    write_bytes(path, npz_bytes(KIND, arrays), owned=True)


def _read(path: Path) -> Record | None:
    """The record in a file; None when there is none or it is damaged: it is then made again."""
    try:
        arrays = npz_arrays(path, KIND)
        count = sum(name.startswith("final_weights_") for name in arrays)
        final = tuple(arrays.pop(f"final_weights_{index}") for index in range(count))
        record = Record(final_weights=final, **arrays)
        _check(record)
    except (RecordError, ValueError, TypeError, KeyError):
        return None
    return record


def _check(record: Record) -> None:
    """Raises ValueError for lengths that do not fit, and for what no training gives."""
    epochs, layers = record.gradient_size.shape
    looks = len(checked_array("steps", record.steps, "iu", (None,), low=0))
    expected = {
        "percentiles": (looks, None, len(PERCENTILES)), "probe_error": (looks,), "weight_mean": (epochs + 1, layers),
        "weight_sd": (epochs + 1, layers), "weight_percentiles": (epochs + 1, 5), "gradient_mean": (epochs, layers),
        "gradient_size": (epochs, layers),
    }  # fmt: skip
    limits = {"probe_error": (0.0, 1.0), "weight_sd": (0.0, np.inf), "gradient_size": (0.0, np.inf)}
    for name, shape in expected.items():
        checked_array(name, getattr(record, name), "f", shape, *limits.get(name, ()))
    if record.cosines.size:
        checked_array("cosines", record.cosines, "f", (epochs + 1, None, layers), -COSINE, COSINE)
    if len(record.final_weights) != layers:
        raise ValueError(f"final weights of {len(record.final_weights)} layers, expected {layers}")
    for weight in record.final_weights:
        checked_array("final weights", weight, "f", (None,) * weight.ndim)
