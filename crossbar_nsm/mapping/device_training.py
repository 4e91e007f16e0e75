"""Training for a device: every few updates the weights are programmed onto cells of the device and the neurons are
calibrated; the forward pass has the weights, beta and c of that chip, and the gradient counts for the trained ones.

Noise is that of the network's own law with the beta that the chip's neurons have; programming errors, stuck cells,
ageing and slow noise are errors of the weights. Beta is kept within what the circuit reaches, each neuron firing half
of the time for the same input as before: with `neuron.scaling: none` it follows from the weights alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.engine.product import one_blas_thread
from crossbar_nsm.mapping.calibration import ideal_moments
from crossbar_nsm.mapping.mapped_layer import program_array
from crossbar_nsm.mapping.mapped_network import check_mappable
from crossbar_nsm.mapping.training_hardware import TrainingHardware
from crossbar_nsm.mapping.virtual_layer import (
    Realised,
    VirtualLayer,
    frozen_noise,
    oriented_parameters,
    read_moments,
)
from crossbar_nsm.neuron.circuits import Operand, circuit_of
from crossbar_nsm.neuron.gain import ReadMoments
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.methods.product import per_output, row_norm
from crossbar_nsm.nsm.network import Network
from device_models.streams import Stream

TARGETS_EVERY = 10  # programmings; what cells are aimed at costs ten times as much to find as programming them
SMALLEST_NORM = 1e-12

Arrays = dict[Operand, Crossbar]


@dataclass(frozen=True)
class _Programmed:
    """Arrays of one layer and the weights (outputs, rows) that they are to have, rows with a negative beta turned round
    by sign (outputs, 1)."""

    arrays: Arrays
    sign: np.ndarray
    weight: np.ndarray

    def anew(self, stream: Stream) -> _Programmed:
        """Other cells with the same targets."""
        arrays = {operand: array.programmed_anew(_address(stream, operand)) for operand, array in self.arrays.items()}
        return replace(self, arrays=arrays)


class DeviceTraining:
    """`HardwareInTheLoop` of a device and its circuits; `seed` addresses the chips, none of which an evaluation has."""

    def __init__(self, architecture: Architecture, hardware: TrainingHardware, seed: int):
        check_mappable(architecture)
        read = hardware.read.model_copy(update={"slow_noise": "split"})  # 1/f noise: fresh, and a weight error
        self.config = hardware.model_copy(update={"read": read})
        self.circuit, self.seed = circuit_of(hardware.neuron), seed
        self.identity = hardware.model_dump_json()
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        self.epoch, self.updates = epoch, 0
        self.programmed: dict[str, _Programmed] = {}
        self.chip: dict[str, _LayerOfChip] = {}

    @contextmanager
    def batch(self, net: Network) -> Iterator[None]:
        programmings, rest = divmod(self.updates, self.config.program_every)
        if rest == 0:
            stream = Stream(self.seed, programmings, tile=f"training {self.epoch} ")
            if programmings % TARGETS_EVERY == 0:
                self.programmed = self._programmed(net, stream)
            else:
                self.programmed = {name: old.anew(stream.at(layer=name)) for name, old in self.programmed.items()}
            self.chip = self._chip(net, self.programmed, stream)
        self.updates += 1
        with _replaced(net, self.chip):
            yield

    @contextmanager
    def validation(self, net: Network) -> Iterator[None]:
        stream = Stream(self.seed, 0, tile="validation ")
        with _replaced(net, self._chip(net, self._programmed(net, stream), stream)):
            yield

    def _programmed(self, net: Network, stream: Stream) -> dict[str, _Programmed]:
        """The network's present weights on cells."""
        with one_blas_thread():
            return {name: self._program(name, layer, stream.at(layer=name)) for name, layer in net.named_nsm_layers()}

    def _program(self, name: str, layer: NSMLayer, stream: Stream) -> _Programmed:
        config, again = self.config, self.circuit.operands.count("main") > 1
        spacing_s = config.read.between_reads_s if again else config.read.interval_s
        sign, weight, _, _ = oriented_parameters(layer)
        arrays = {
            operand: program_array(
                weight, config.device_of(name), config, _address(stream, operand), config.age_s, None, spacing_s
            )
            for operand in dict.fromkeys(self.circuit.operands)
            if operand != "product"
        }
        return _Programmed(arrays, sign, weight)

    def _chip(self, net: Network, programmed: dict[str, _Programmed], stream: Stream) -> dict[str, _LayerOfChip]:
        """What a chip of these arrays makes of every layer, whose beta is brought into reach."""
        with one_blas_thread(), torch.no_grad():
            return {
                name: self._layer_of_chip(name, layer, programmed[name], stream.at(layer=name))
                for name, layer in net.named_nsm_layers()
            }

    def _layer_of_chip(self, name: str, layer: NSMLayer, programmed: _Programmed, stream: Stream) -> _LayerOfChip:
        arrays, sign, weight = programmed.arrays, programmed.sign, programmed.weight
        positions = layer.beta.numel() // len(weight)
        moments = read_moments(self.circuit, arrays, weight, self.config).repeated(positions)
        rng = stream.generator("frozen noise")
        frozen = {operand: frozen_noise(array, rng) for operand, array in arrays.items()}
        virtual = VirtualLayer(self.circuit, arrays, moments, frozen)
        lowest, highest = (_shaped(sign * end.reshape(-1, positions), layer.beta) for end in virtual.reach())
        _bring_within(layer, lowest, highest)
        _, _, beta, c = oriented_parameters(layer)
        realised = virtual.realised(weight, beta, c, self._believed(name, moments))
        return _LayerOfChip.of(realised, sign, layer, lowest, highest)

    def _believed(self, name: str, moments: ReadMoments) -> ReadMoments:
        if self.config.neuron.calibration != "none":
            return moments
        device = self.config.device_of(name)
        p = 1.0 if device.selector is None else device.selector.unloaded_probability
        return ideal_moments(self.circuit, device.relative_read_sd, p, moments.norm)


@dataclass(frozen=True)
class _LayerOfChip:
    """`Realised` and the reach of beta as tensors in the shapes of the layer's parameters."""

    weight_error: Tensor
    beta_factor: Tensor
    c_shift: Tensor
    weight_by_beta: Tensor | None
    lowest: Tensor
    highest: Tensor

    @classmethod
    def of(cls, realised: Realised, sign: np.ndarray, layer: NSMLayer, lowest: Tensor, highest: Tensor) -> _LayerOfChip:
        by_beta = realised.weight_by_beta
        return cls(
            _shaped(sign * realised.weight_error, layer.weight),
            _shaped(realised.beta_factor, layer.beta),
            _shaped(realised.c_shift, layer.c),
            None if by_beta is None else _shaped(by_beta, layer.weight),  # signs of w and of beta cancel
            lowest,
            highest,
        )


@contextmanager
def _replaced(net: Network, chip: dict[str, _LayerOfChip]) -> Iterator[None]:
    """The parameters of the chip in place of those of `net`, whose own are brought within reach first."""
    trained = {}
    with torch.no_grad():
        for name, layer in net.named_nsm_layers():
            _bring_within(layer, chip[name].lowest, chip[name].highest)
            trained[name] = (layer.weight.clone(), layer.beta.clone(), layer.c.clone())
            _replace(layer, chip[name])
    try:
        yield
    finally:
        with torch.no_grad():
            for name, layer in net.named_nsm_layers():
                weight, beta, c = trained[name]
                if layer.beta.grad is not None:
                    _move_gradients(layer, chip[name], weight)
                layer.weight.copy_(weight)
                layer.beta.copy_(beta)
                layer.c.copy_(c)


def _replace(layer: NSMLayer, chip: _LayerOfChip) -> None:
    norm = row_norm(layer.weight).clamp_min(SMALLEST_NORM)
    layer.weight += chip.weight_error
    layer.beta *= chip.beta_factor * per_output(row_norm(layer.weight) / norm, layer.beta)
    layer.c += chip.c_shift


def _move_gradients(layer: NSMLayer, chip: _LayerOfChip, weight: Tensor) -> None:
    """From the chip's beta to the trained one: with v = beta factor w'/||w||, w' the chip's weights, a beta of the
    chip is beta factor ||w'||/||w||, and w' depends on beta where two arrays are combined."""
    of_beta, norm = layer.beta.grad, row_norm(layer.weight).clamp_min(SMALLEST_NORM)
    assert of_beta is not None
    through_weights: Tensor | float = 0.0
    if chip.weight_by_beta is not None:
        assert layer.weight.grad is not None
        along = (layer.beta * of_beta).view(len(weight), -1).sum(dim=1) / norm**2
        of_weight = layer.weight.grad + per_output(along, layer.weight) * layer.weight
        total = (of_weight * chip.weight_by_beta).flatten(1).sum(dim=1)
        through_weights = per_output(total * len(weight) / layer.beta.numel(), layer.beta)
    ratio = norm / row_norm(weight).clamp_min(SMALLEST_NORM)
    of_beta.mul_(chip.beta_factor * per_output(ratio, layer.beta)).add_(through_weights)


def _bring_within(layer: NSMLayer, lowest: Tensor, highest: Tensor) -> None:
    """Clamp |beta|, with c/beta, the input at which a neuron fires half of the time, left as it is; reaches have the
    sign of beta."""
    with torch.no_grad():
        within = torch.minimum(torch.maximum(layer.beta, torch.minimum(lowest, highest)), torch.maximum(lowest, highest))
        layer.c *= torch.where(layer.beta == 0, 1.0, within / layer.beta)
        layer.beta.copy_(within)


def _shaped(values: np.ndarray, like: Tensor) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32)).reshape(like.shape)


def _address(stream: Stream, operand: Operand) -> Stream:
    return stream if operand == "main" else stream.at(tile=f"{stream.tile}{operand} ")

