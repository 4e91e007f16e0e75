"""Training for a device: every few updates the weights are programmed onto cells of the device and the neurons are
calibrated; the forward pass has the weights, beta and c of that chip, and the gradient counts for the trained ones.

Noise has the network's own law with the beta of the chip's neurons; programming errors, stuck cells, ageing and slow
noise are errors of the weights. Beta is kept within what the circuit reaches, and each neuron firing half of the time
for the same input as before: with `neuron.scaling: none` beta follows from the weights alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.dac import input_bits
from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.mapping.calibration.activations import Activations
from crossbar_nsm.mapping.calibration.exact_moments import exact_moments
from crossbar_nsm.mapping.calibration.settings import Target
from crossbar_nsm.mapping.learning.parameter_swap import ChipParameters, bring_within, replaced, shaped
from crossbar_nsm.mapping.learning.training_hardware import TrainingHardware
from crossbar_nsm.mapping.learning.virtual_layer import LARGEST_BETA, SMALLEST_BETA, VirtualLayer, frozen_noise
from crossbar_nsm.mapping.mappable import check_mappable
from crossbar_nsm.mapping.mapped_layer import data_sheet_moments, layer_input, program_array, trained_parameters
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.gain import reach
from crossbar_nsm.neuron.resolution import Resolution
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.network import Network
from device_models.streams import Stream

TARGETS_EVERY = 10  # programmings: what cells are aimed at takes ten times as long to find as programming them


@dataclass(frozen=True)
class ProgrammedLayer:
    """Arrays of one layer and what they were to hold: weights (outputs, rows), those of negative betas turned round by
    sign (outputs, 1), and what the layer sees of calibration images."""

    arrays: dict[str, Crossbar]
    sign: np.ndarray
    weight: np.ndarray
    seen: Activations

    def anew(self, stream: Stream) -> ProgrammedLayer:
        """Other cells with the same targets."""
        arrays = {array: old.programmed_anew(_address(stream, array)) for array, old in self.arrays.items()}
        return replace(self, arrays=arrays)


class DeviceTraining:
    """`HardwareInTheLoop` of a device and its circuits. images (n, inputs) in [0, 1]: what chips are calibrated with.
    `seed` addresses the chips, none of which an evaluation has."""

    def __init__(self, architecture: Architecture, hardware: TrainingHardware, images: np.ndarray, seed: int):
        check_mappable(architecture)
        read = hardware.read.model_copy(update={"slow_noise": "split"})  # 1/f noise: fresh, and an error of weights
        self.config = hardware.model_copy(update={"read": read})
        self.circuit, self.images, self.seed = circuit_of(hardware.neuron), images, seed
        self.identity = hardware.model_dump_json()
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        self.epoch, self.updates = epoch, 0
        self.programmed: dict[str, ProgrammedLayer] = {}
        self.chip: dict[str, ChipParameters] = {}

    @contextmanager
    def batch(self, net: Network) -> Iterator[None]:
        programmings, rest = divmod(self.updates, self.config.program_every)
        if rest == 0:
            stream = Stream(self.seed, programmings, tile=f"training {self.epoch} ")
            if programmings % TARGETS_EVERY == 0:
                self.programmed = self._program(net, stream)
            else:
                self.programmed = {name: old.anew(stream.at(layer=name)) for name, old in self.programmed.items()}
            self.chip = self._calibrate(net, self.programmed, stream)
        self.updates += 1
        with replaced(net, self.chip):
            yield

    @contextmanager
    def validation(self, net: Network) -> Iterator[None]:
        stream = Stream(self.seed, 0, tile="validation ")
        with replaced(net, self._calibrate(net, self._program(net, stream), stream)):
            yield

    def _program(self, net: Network, stream: Stream) -> dict[str, ProgrammedLayer]:
        """The network's present weights on cells."""
        states = net.layer_inputs(self.images, self.seed)
        with one_blas_thread():
            return {
                name: self._program_layer(name, layer, states[name], stream.at(layer=name))
                for name, layer in net.named_nsm_layers()
            }

    def _program_layer(self, name: str, layer: NSMLayer, states: np.ndarray, stream: Stream) -> ProgrammedLayer:
        config, again = self.config, self.circuit.successive_reads > 1
        spacing_s = config.read.between_reads_s if again else config.read.interval_s
        weight, beta, _ = trained_parameters(layer)
        sign = np.where(beta.sum(axis=1) < 0, -1.0, 1.0)[:, None]  # (w, -beta, c) is (-w, beta, c)
        weight = weight * sign
        device = config.device_of(name)
        main = program_array(weight, device, config, stream, config.age_s, spacing_s=spacing_s)
        others = self.circuit.arrays[1:]
        arrays = {MAIN: main} | {array: main.programmed_anew(_address(stream, array)) for array in others}
        bits = input_bits(config.array, name, layer.place.binary_inputs)
        seen = Activations(states, layer_input(layer.place), weight, beta.shape[1], bits)
        return ProgrammedLayer(arrays, sign, weight, seen)

    def _calibrate(
        self, net: Network, programmed: dict[str, ProgrammedLayer], stream: Stream
    ) -> dict[str, ChipParameters]:
        """What chips with these arrays make of every layer, whose beta is brought into reach."""
        with one_blas_thread():
            return {
                name: self._calibrate_layer(layer, programmed[name], stream.at(layer=name))
                for name, layer in net.named_nsm_layers()
            }

    def _calibrate_layer(self, layer: NSMLayer, programmed: ProgrammedLayer, stream: Stream) -> ChipParameters:
        config, arrays, sign, weight = self.config, programmed.arrays, programmed.sign, programmed.weight
        shown = layer_input(layer.place, arrays["main"].targets.shift)
        weight_per_a = arrays["main"].targets.column_scale / config.read.voltage_v
        added = (config.neuron.comparator.noise_sd_a * weight_per_a) ** 2
        exact = exact_moments(self.circuit, arrays, weight, added, shown, programmed.seen)
        signs = np.broadcast_to(sign, (len(weight), layer.beta.numel() // len(weight)))
        lowest, highest = (np.clip(end, SMALLEST_BETA, LARGEST_BETA) for end in reach(exact))
        within = (shaped(signs, layer.beta), shaped(lowest, layer.beta), shaped(highest, layer.beta))
        bring_within(layer, within)
        _, beta, c = trained_parameters(layer)
        rng, between_s = stream.generator("frozen noise"), shown.positions * config.read.interval_s
        frozen = {name: frozen_noise(array, between_s, rng) for name, array in arrays.items()}
        virtual = VirtualLayer(self.circuit, arrays, exact, frozen)
        uncalibrated = config.neuron.calibration == "none"  # measurements are taken for exact
        device = config.device_of(stream.layer)
        believed = data_sheet_moments(self.circuit, device, exact.norm) if uncalibrated else exact
        realised = virtual.realised(weight, Target(beta * sign, c), believed, Resolution(config.neuron, weight_per_a))
        return ChipParameters.of(realised, sign, within, layer)


def _address(stream: Stream, array: str) -> Stream:
    return stream if array == MAIN else stream.at(tile=f"{stream.tile}{array} ")
