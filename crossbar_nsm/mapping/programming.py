"""A layer's weights on cells: how its arrays are programmed, and what stands on them then. Chips and training share it.

A neuron (w, -beta, c) is (-w, beta, c): arrays hold the weights of neurons with beta >= 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from crossbar_nsm.array.config import ReadSchedule
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.dac import input_bits, row_drivers
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.array.reader import Reader, ReadPlan
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.engine.kernels.convolution import Window
from crossbar_nsm.mapping.calibration.activations import Activations
from crossbar_nsm.mapping.conductances import pair_targets
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.reads.reader_choice import combined_reads
from crossbar_nsm.neuron.circuits import Circuit, circuit_of
from crossbar_nsm.nsm.architecture import ConvSpec, Placement
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from device_models.device import Device
from device_models.shown import shown
from device_models.streams import Stream

Conductances = dict[str, np.ndarray]  # of each array [S]


@shown
@dataclass(frozen=True)
class LayerSite:
    """Where a layer is programmed: the hardware; stream, which addresses the layer's draws (seed, chip, layer); age_s,
    how long after programming it is calibrated and read; stored, conductances [S] by array that take the place of
    programming."""

    config: HardwareConfig
    stream: Stream
    age_s: float = 0.0
    stored: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def device(self) -> Device:
        return self.config.device_of(self.stream.layer)

    def array(self, weight: np.ndarray, name: str = MAIN, successive_reads: int = 1) -> Crossbar:
        """An array that holds a weight matrix (outputs, inputs), of which a decision combines successive reads."""
        array, read = self.config.array, self.config.read
        tiling = Tiling(weight.shape[1], weight.shape[0], array.rows, array.cols)
        targets = pair_targets(weight, self.device, array, tiling)
        # all arrays of a layer hang on the same word lines, so their drivers are the layer's
        drivers = row_drivers(array.dac, read.voltage_v, targets, self.stream.at(tile=""))
        schedule = ReadSchedule(read, self.age_s, read.between_reads_s if successive_reads > 1 else read.interval_s)
        return Crossbar(
            self.device, drivers.applied_to(targets), tiling, _address(self.stream, name), schedule,
            self.stored.get(name), array.wires,
        )  # fmt: skip


def _address(stream: Stream, array: str) -> Stream:
    """Of the draws of one of a layer's arrays."""
    return stream if array == MAIN else stream.at(tile=f"{stream.tile}{array} ")


@shown
@dataclass(frozen=True)
class ProgrammedLayer:
    """A layer of neurons on its arrays. sign (outputs, 1): of the trained betas; weight (outputs, rows): the trained
    one times it. betas: how many betas an output has. input_bits: see `crossbar_nsm.array.dac`."""

    site: LayerSite
    place: Placement
    arrays: dict[str, Crossbar]
    sign: np.ndarray
    weight: np.ndarray
    betas: int
    input_bits: int | None

    @classmethod
    def of(cls, place: Placement, layer: NSMLayer, site: LayerSite) -> ProgrammedLayer:
        """Raises MappingError for drivers of real inputs that are not simulated."""
        bits = input_bits(site.config.array, place.spec.name, place.binary_inputs)
        weight, beta, _ = trained_parameters(layer)
        sign = np.where(beta.sum(axis=1) < 0, -1.0, 1.0)[:, None]
        weight, circuit = weight * sign, circuit_of(site.config.neuron)
        arrays = {name: site.array(weight, name, circuit.successive_reads) for name in circuit.arrays}
        return cls(site, place, arrays, sign, weight, beta.shape[1], bits)

    def anew(self, stream: Stream) -> ProgrammedLayer:
        """Other cells with the same targets."""
        arrays = {name: old.programmed_anew(_address(stream, name)) for name, old in self.arrays.items()}
        return replace(self, arrays=arrays)

    @cached_property
    def circuit(self) -> Circuit:
        return circuit_of(self.site.config.neuron)

    @cached_property
    def layer_input(self) -> LayerInput:
        """What the rows get."""
        return layer_input(self.place, self.main.targets.shift)

    @property
    def main(self) -> Crossbar:
        return self.arrays[MAIN]

    @property
    def name(self) -> str:
        return self.site.stream.layer

    @property
    def weight_per_a(self) -> np.ndarray:
        """Weight units per ampere of column current, (outputs)."""
        result: np.ndarray = self.main.targets.column_scale / self.site.config.read.voltage_v
        return result

    @property
    def decision_variance(self) -> np.ndarray:
        """Of the comparators' noise, (outputs), in weight units."""
        result: np.ndarray = (self.site.config.neuron.comparator.noise_sd_a * self.weight_per_a) ** 2
        return result

    def activations(self, states: np.ndarray) -> Activations:
        """What the layer gets of calibration images, from its inputs `states` (n, inputs) for them."""
        return Activations(states, layer_input(self.place), self.weight, self.betas, self.input_bits)

    def independent_inputs(self, purpose: str, count: int) -> np.ndarray:
        """Inputs that are +1 or -1 equally often, (count, inputs) float32, drawn for a purpose."""
        random = self.site.stream.generator(purpose).random((count, math.prod(self.place.inputs)))
        return np.where(random < 0.5, np.float32(-1), np.float32(1))

    def reader(self, coefficients: np.ndarray, apart: bool) -> Reader:
        """Reads combined with coefficients (operands, units), or apart."""
        return combined_reads(ReadPlan(self.circuit.operands, self.arrays, coefficients, self.layer_input, apart))


def layer_input(place: Placement, shift: np.ndarray | None = None) -> LayerInput:
    """What the rows of the layer's arrays get: kernels are columns, one patch is read after the other. shift: of the
    row drivers."""
    if isinstance(place.spec, ConvSpec):
        channels, height, width = place.inputs
        window = Window(channels, height, width, place.spec.kernel, place.spec.stride, place.spec.padding)
        return LayerInput(window.channels * window.size**2, window, place.binary_inputs, shift)
    return LayerInput(math.prod(place.inputs), None, place.binary_inputs, shift)


def trained_parameters(layer: NSMLayer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(weight (outputs, rows), beta, c (outputs, 1 or positions)) in float64."""
    weight, beta, c = (
        parameter.detach().numpy().astype(np.float64) for parameter in (layer.weight, layer.beta, layer.c)
    )
    return weight.reshape(len(weight), -1), beta.reshape(len(beta), -1), c.reshape(len(c), -1)
