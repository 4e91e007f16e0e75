"""Training for a device: every few updates the weights are programmed onto cells of the device and the neurons are
calibrated; the forward pass has the weights, beta and c of that chip, and the gradient counts for the trained ones.

Noise has the network's own law with the beta of the chip's neurons, normal whatever the shape of read noise;
programming errors, stuck cells, ageing and slow noise are errors of the weights. Beta is kept within what the circuit
reaches, and each neuron firing half of the time for the same input as before: with `neuron.scaling: none` beta follows
from the weights alone.

Equations: docs/physics.md#training-for-a-device.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from crossbar_nsm.array.normal_sums import LIMIT, distance_from_normal, rounded_up
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.mapping.calibration.activations import Activations
from crossbar_nsm.mapping.calibration.exact_moments import exact_moments
from crossbar_nsm.mapping.calibration.settings import HIGHEST_BETA, LOWEST_BETA, Target, data_sheet_moments
from crossbar_nsm.mapping.learning.parameter_swap import ChipParameters, bring_within, replaced, shaped
from crossbar_nsm.mapping.learning.training_hardware import TrainingHardware
from crossbar_nsm.mapping.learning.virtual_layer import VirtualLayer, frozen_noise
from crossbar_nsm.mapping.mappable import check_mappable
from crossbar_nsm.mapping.programming import LayerSite, ProgrammedLayer, trained_parameters
from crossbar_nsm.neuron.gain import reach
from crossbar_nsm.neuron.resolution import Resolution
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.network import Network
from device_models.streams import Stream

TARGETS_EVERY = 10  # programmings: what cells are aimed at takes ten times as long to find as programming them


@dataclass(frozen=True)
class TrainedChip:
    """Programmed layers by name, and what they get of calibration images."""

    layers: dict[str, ProgrammedLayer]
    activations: dict[str, Activations]

    def anew(self, stream: Stream) -> TrainedChip:
        """Other cells with the same targets."""
        layers = {name: layer.anew(stream.at(layer=name)) for name, layer in self.layers.items()}
        return replace(self, layers=layers)


class DeviceTraining:
    """`HardwareInTheLoop` of a device and its circuits. images (n, inputs) in [0, 1]: what chips are calibrated with.
    `seed` addresses the chips, none of which an evaluation has."""

    def __init__(self, architecture: Architecture, hardware: TrainingHardware, images: np.ndarray, seed: int):
        check_mappable(architecture)
        read = hardware.read.model_copy(update={"slow_noise": "split"})  # 1/f noise: fresh, and an error of weights
        self.config = hardware.model_copy(update={"read": read})
        self.images, self.seed = images, seed
        self.identity, self.told_of_shape = hardware.model_dump_json(), False
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        self.epoch, self.updates = epoch, 0
        self.programmed = TrainedChip({}, {})
        self.chip: dict[str, ChipParameters] = {}

    @contextmanager
    def batch(self, net: Network) -> Iterator[None]:
        programmings, rest = divmod(self.updates, self.config.program_every)
        if rest == 0:
            stream = Stream(self.seed, programmings, tile=f"training {self.epoch} ")
            again = programmings % TARGETS_EVERY > 0
            self.programmed = self.programmed.anew(stream) if again else self._program(net, stream)
            self.chip = self._calibrate(net, self.programmed, stream)
        self.updates += 1
        with replaced(net, self.chip):
            yield

    @contextmanager
    def validation(self, net: Network) -> Iterator[None]:
        stream = Stream(self.seed, 0, tile="validation ")
        with replaced(net, self._calibrate(net, self._program(net, stream), stream)):
            yield

    def _program(self, net: Network, stream: Stream) -> TrainedChip:
        """The network's present weights on cells."""
        states = net.layer_inputs(self.images, self.seed)
        with one_blas_thread():
            layers = {
                name: ProgrammedLayer.of(
                    layer.place, layer, LayerSite(self.config, stream.at(layer=name), self.config.age_s)
                )
                for name, layer in net.named_nsm_layers()
            }
            if not self.told_of_shape:
                warn_of_shape(layers)
                self.told_of_shape = True
            return TrainedChip(layers, {name: layer.activations(states[name]) for name, layer in layers.items()})

    def _calibrate(self, net: Network, chip: TrainedChip, stream: Stream) -> dict[str, ChipParameters]:
        """What chips with these arrays make of every layer, whose beta is brought into reach."""
        with one_blas_thread():
            return {
                name: self._calibrate_layer(
                    layer, chip.layers[name], chip.activations[name], stream.at(layer=name).generator("frozen noise")
                )
                for name, layer in net.named_nsm_layers()
            }

    def _calibrate_layer(
        self, layer: NSMLayer, programmed: ProgrammedLayer, activations: Activations, rng: np.random.Generator
    ) -> ChipParameters:
        config, circuit, arrays = self.config, programmed.circuit, programmed.arrays
        sign, weight, inputs = programmed.sign, programmed.weight, programmed.layer_input
        exact = exact_moments(circuit, arrays, weight, programmed.decision_variance, inputs, activations)
        signs = np.broadcast_to(sign, (len(weight), layer.beta.numel() // len(weight)))
        lowest, highest = (np.clip(end, LOWEST_BETA, HIGHEST_BETA) for end in reach(exact))
        within = (shaped(signs, layer.beta), shaped(lowest, layer.beta), shaped(highest, layer.beta))
        bring_within(layer, within)
        _, beta, c = trained_parameters(layer)
        between_s = inputs.positions * config.read.interval_s
        frozen = {name: frozen_noise(array, between_s, rng) for name, array in arrays.items()}
        virtual = VirtualLayer(circuit, arrays, exact, frozen)
        uncalibrated = config.neuron.calibration == "none"  # measurements are taken for exact
        believed = data_sheet_moments(circuit, programmed.site.device, exact.norm) if uncalibrated else exact
        resolution = Resolution(config.neuron, programmed.weight_per_a)
        realised = virtual.realised(weight, Target(beta * sign, c), believed, resolution)
        return ChipParameters.of(realised, sign, within, layer)


def warn_of_shape(layers: Mapping[str, ProgrammedLayer]) -> None:
    """Warns where the shape of read noise, which training takes for normal, moves probabilities of neurons (with a gain
    of 1) by more than a reader may leave out."""
    distance, name = max((_distance_from_normal(layer), name) for name, layer in layers.items())
    if distance > LIMIT:
        warnings.warn(
            f"training takes read noise for normal, which device.read_noise.shape is not: in layer {name} that moves "
            f"P(z = +1) by up to {rounded_up(distance)}; evaluations draw every cell there",
            stacklevel=2,
        )


def _distance_from_normal(layer: ProgrammedLayer) -> float:
    units = layer.main.tiling.outputs * layer.layer_input.positions
    coefficients = layer.circuit.coefficients(np.ones(units))
    return distance_from_normal(ReadPlan(layer.circuit.operands, layer.arrays, coefficients, layer.layer_input))
