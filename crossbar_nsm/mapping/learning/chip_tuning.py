"""Fine-tuning of a programmed chip with the chip in the loop: gains a_i and thresholds, nothing else.

Forward, images go through the chip itself. Backward, the gradient is that of the activation probability of a software
twin with the trained weights, whose beta and c are what the chip's registers aim at; after each batch they are set
anew. What programming did to the weights is unknown to the twin, but the states and the loss have it.

Equations: docs/physics.md#tuning-a-chip.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from crossbar_nsm.datasets.labels import out_of_range
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.mapping.calibration.settings import HIGHEST_BETA, LOWEST_BETA
from crossbar_nsm.mapping.learning.parameter_swap import shaped
from crossbar_nsm.mapping.learning.tuning_config import TuningConfig
from crossbar_nsm.mapping.mapped_layer import MappedLayer
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.one_call import check_room
from crossbar_nsm.mapping.output_layer import ArrayOutput
from crossbar_nsm.nsm.methods.gradients import fire_through_probability
from crossbar_nsm.nsm.methods.layer import HiddenLayer
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from device_models.errors import DatasetError, TrainingError
from device_models.shown import shown

LEAST_IMAGES = 10

OnBatch = Callable[[int, int, str], None]
Targets = dict[str, tuple[np.ndarray, np.ndarray]]  # beta and c by layer


@shown
@dataclass(frozen=True)
class TuningEpoch:
    """Held-out error (fraction) and NLL (nats) after an epoch; epoch 0 is the chip as calibrated."""

    epoch: int
    error: float
    nll: float


@shown
@dataclass(frozen=True)
class TuningReport:
    """All epochs; the chip is left with the settings of the `best` one."""

    epochs: list[TuningEpoch]

    @property
    def best(self) -> TuningEpoch:
        return min(self.epochs, key=lambda epoch: epoch.nll)


def tune_chip(
    chip: MappedNetwork,
    images: Tensor | np.ndarray,
    labels: Tensor | np.ndarray,
    config: TuningConfig | None = None,
    on_batch: OnBatch = lambda _done, _total, _note: None,
) -> TuningReport:
    """Tune `chip` in place on images (n, ...) in [0, 1] with labels (n); its simulated time goes on.

    on_batch(done, total, what to say) is called after each batch. Raises DatasetError for images or labels that do not
    fit, TrainingError when the loss is no number.
    """
    config = config or TuningConfig()
    states, labels = chip.net.encode(images), torch.as_tensor(labels, dtype=torch.int64, device="cpu")
    tuned = _check(labels, states, config, chip.net.architecture.classes)
    held_out, generator = images[tuned:], torch.Generator().manual_seed(config.seed)
    twin = _Twin(chip)
    optimiser = torch.optim.Adam(twin.parameters(), lr=config.learning_rate)
    epochs, targets = [_measure(0, chip, held_out, labels[tuned:], config)], [twin.targets()]
    batches = -(-tuned // config.batch_size)
    for epoch in range(1, config.epochs + 1):
        order = torch.randperm(tuned, generator=generator, device="cpu")
        for number, batch in enumerate(order.split(config.batch_size), start=1):
            loss = functional.cross_entropy(twin.logits(states[batch]), labels[batch])
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"tuning stopped in epoch {epoch}: the loss is {float(loss)}; lower the learning rate"
                )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            twin.set_chip()
            note = f"epoch {epoch}, held-out NLL {epochs[-1].nll:.4f}"
            on_batch((epoch - 1) * batches + number, config.epochs * batches, note)
        epochs.append(_measure(epoch, chip, held_out, labels[tuned:], config))
        targets.append(twin.targets())
    report = TuningReport(epochs)
    chip.retarget(twin.untouched if report.best.epoch == 0 else targets[report.best.epoch])
    return report


class _Twin:
    """A copy of the chip's network in which beta and c learn, within what the circuits reach."""

    def __init__(self, chip: MappedNetwork):
        self.chip, self.net = chip, copy.deepcopy(chip.net)
        self.untouched = {layer.name: (layer.target.beta, layer.target.c) for layer in chip.hidden}
        self.net.requires_grad_(False)
        self.reach: dict[str, tuple[Tensor, Tensor, Tensor]] = {}
        for on_chip in chip.hidden:
            layer = self.net.layers[on_chip.name]
            assert isinstance(layer, NSMLayer)
            self.reach[on_chip.name] = _start(layer, on_chip)
        if isinstance(chip.output, ArrayOutput):
            self.output = _OutputOnArray(self.net.output_layer, chip.output)
            self.net.layers[self.net.architecture.layers[-1].name] = self.output

    def parameters(self) -> list[nn.Parameter]:
        """beta and c of every layer."""
        return [parameter for layer in self.net.nsm_layers() for parameter in (layer.beta, layer.c)]

    def targets(self) -> Targets:
        """Copies of beta and c in the shapes that the chip takes."""
        return {
            name: (layer.beta.detach().numpy().copy(), layer.c.detach().numpy().copy())
            for name, layer in self.net.named_nsm_layers()
        }

    def set_chip(self) -> None:
        """Bring beta within reach, then set the chip's gains and thresholds."""
        with torch.no_grad():
            for name, layer in self.net.named_nsm_layers():
                sign, lowest, highest = self.reach[name]
                layer.beta.copy_(torch.minimum(torch.maximum(layer.beta * sign, lowest), highest) * sign)
        self.chip.retarget(self.targets())

    def logits(self, states: Tensor) -> Tensor:
        """Logits (n, classes) of one pass of encoded images through the chip."""
        with one_blas_thread():
            return self._logits(states)

    def _logits(self, states: Tensor) -> Tensor:
        count = len(states)
        check_room(self.chip, count)
        rows = np.arange(count)
        passes = Passes(0, count, rows, rows + self.chip.image_counter, np.zeros(count, np.int64))
        stages = {layer.name: layer for layer in self.chip.hidden}

        def fire(name: str, layer: HiddenLayer, z: Tensor) -> Tensor:
            fired = stages[name].fire(_flat(z), rows, passes)
            return fire_through_probability(
                layer.argument(z), torch.from_numpy(fired).view(count, *layer.place.outputs)
            )

        if isinstance(self.chip.output, ArrayOutput):
            self.output.passes = passes
        logits = self.net.walk(states, fire)
        self.chip.image_counter += count
        return logits


class _OutputOnArray(nn.Module):
    """The chip's logits forward, the gradient of the trained output layer backward."""

    def __init__(self, linear: nn.Linear, on_chip: ArrayOutput):
        super().__init__()
        self.linear, self.on_chip = linear, on_chip
        self.passes: Passes | None = None

    def forward(self, z: Tensor) -> Tensor:
        assert self.passes is not None
        ideal: Tensor = self.linear(z)
        measured = torch.from_numpy(self.on_chip.logits(_flat(z), self.passes))
        return ideal + (measured - ideal).detach()


def _start(layer: NSMLayer, on_chip: MappedLayer) -> tuple[Tensor, Tensor, Tensor]:
    """Set a twin's beta and c to the chip's targets, where they are out of reach to what the chip has; (sign of beta,
    lowest and highest size)."""
    calibration, beta, c = on_chip.calibration, on_chip.target.beta, on_chip.target.c
    out = calibration.clipped
    sign = np.where(calibration.trained_beta < 0, -1.0, 1.0)
    size = np.where(out, np.abs(calibration.recovered_beta), np.abs(beta))
    with torch.no_grad():
        layer.beta.copy_(shaped(sign * np.clip(size, LOWEST_BETA, HIGHEST_BETA), layer.beta))
        layer.c.copy_(shaped(np.where(out, on_chip.believed_c, c), layer.c))
    layer.beta.requires_grad_(True)
    layer.c.requires_grad_(True)
    lowest, highest = (np.clip(end, LOWEST_BETA, HIGHEST_BETA)
                       for end in (calibration.lowest_beta, calibration.highest_beta))  # fmt: skip
    return shaped(sign, layer.beta), shaped(lowest, layer.beta), shaped(highest, layer.beta)


def _measure(
    epoch: int, chip: MappedNetwork, images: Tensor | np.ndarray, labels: Tensor, config: TuningConfig
) -> TuningEpoch:
    probability = chip.predict(images, config.samples)
    nll = functional.nll_loss(probability.clamp_min(1e-12).log(), labels)
    return TuningEpoch(epoch, float((probability.argmax(dim=1) != labels).float().mean()), float(nll))


def _check(labels: Tensor, states: Tensor, config: TuningConfig, classes: int) -> int:
    """How many images, from the first, are tuned on. Raises DatasetError."""
    if len(labels) != len(states) or len(labels) < LEAST_IMAGES:
        raise DatasetError(
            f"tuning: {len(states)} images and {len(labels)} labels; at least {LEAST_IMAGES} images with one label "
            "each are needed"
        )
    if wrong := out_of_range(labels.numpy(), classes):
        raise DatasetError(f"tuning: {wrong}, the network has {classes} classes")
    return len(labels) - max(1, round(config.held_out * len(labels)))


def _flat(z: Tensor) -> np.ndarray:
    return np.ascontiguousarray(z.detach().flatten(1).numpy(), np.float32)
