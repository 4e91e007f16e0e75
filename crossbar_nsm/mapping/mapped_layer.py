"""One NSM layer on arrays: row drivers, programmed cells, the reads that its circuit combines, the decisions."""

from __future__ import annotations

import math

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.dac import row_drivers
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.moments_reader import MomentsReader
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.engine.convolution import Window
from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.mapping.calibration import LayerCalibration, array_moments, calibrate, ideal_moments
from crossbar_nsm.mapping.combined_reads import combined_reads
from crossbar_nsm.mapping.conductances import idle_conductance_s, pair_targets
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.converters import DigitalSums, hidden_converters
from crossbar_nsm.neuron.circuits import Circuit, Operand, circuit_of
from crossbar_nsm.neuron.comparator import Comparator
from crossbar_nsm.neuron.gain import ReadMoments
from crossbar_nsm.nsm.architecture import ConvSpec, Placement
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from device_models.device import Device
from device_models.errors import MappingError
from device_models.streams import Stream

Conductances = dict[Operand, np.ndarray]


def program_array(
    weight: np.ndarray,
    device: Device,
    config: HardwareConfig,
    stream: Stream,
    age_s: float = 0.0,
    g_s: np.ndarray | None = None,
    spacing_s: float | None = None,
) -> Crossbar:
    """Cells of `device` programmed to a weight matrix (outputs, inputs), or holding stored conductances g_s [S], read
    age_s later; spacing_s: see `Crossbar`."""
    tiling = Tiling(weight.shape[1], weight.shape[0], config.array.rows, config.array.cols)
    targets = pair_targets(weight, device, config.array, tiling)
    # all arrays of a layer hang on the same word lines, so their drivers are the layer's
    drivers = row_drivers(config.array.dac, config.read.voltage_v, targets, stream.at(tile=""))
    targets = drivers.applied_to(targets)
    return Crossbar(device, targets, tiling, stream, config.read, age_s, g_s, spacing_s, config.array.wires)


class MappedLayer:
    """Threshold neurons on arrays, calibrated age_s after programming. `stream` addresses (seed, chip, layer); `stored`
    holds conductances [S] by operand that take the place of programming; states (n, inputs) +-1 are the layer's inputs
    for calibration images, which set the range of its ADCs, if it has any. Raises MappingError when device or circuit
    give numbers beyond float32."""

    def __init__(
        self,
        place: Placement,
        layer: NSMLayer,
        config: HardwareConfig,
        stream: Stream,
        age_s: float = 0.0,
        stored: Conductances | None = None,
        states: np.ndarray | None = None,
    ):
        name = place.spec.name
        self.name = name
        device, circuit = config.device_of(name), circuit_of(config.neuron)
        weight, beta, c = trained_parameters(layer)
        sign = np.where(beta.sum(axis=1) < 0, -1.0, 1.0)[:, None]  # (w, -beta, c) is (-w, beta, c)
        weight, beta = weight * sign, beta * sign
        self.arrays = self._program(weight, device, config, circuit, stream, age_s, stored or {})
        main = self.arrays["main"]
        weight_per_a = main.targets.column_scale / config.read.voltage_v
        added = (config.neuron.comparator.noise_sd_a * weight_per_a) ** 2
        self.shown = layer_input(place, main.targets.shift)
        digital = config.array.partial_sums == "digital"
        keep = circuit.keep_probability
        converters = hidden_converters(config.array.adc, self.arrays, self.shown, states, keep) if digital else {}
        actual = array_moments(circuit, self.arrays, weight, added, converters).repeated(beta.shape[1])
        believed = actual if config.neuron.calibration == "analytic" else _ideal_moments(device, circuit, actual.norm)
        gain, threshold, clipped = calibrate(circuit, believed, beta.ravel(), c.ravel())
        coefficients = circuit.coefficients(gain)
        _check_finite(name, device, main.targets.gain * main.law.sd_s, coefficients, threshold)
        idle_s = idle_conductance_s(device.conductance, config.array.pairing)
        self.calibration = LayerCalibration(
            name,
            circuit.name,
            trained_beta=sign * beta,
            recovered_beta=sign * actual.beta(coefficients).reshape(beta.shape),
            normalisation_index=main.normalisation_index(idle_s, keep)[:, None],
            gain=gain.reshape(beta.shape),
            threshold=threshold.reshape(beta.shape),
            clipped=clipped.reshape(beta.shape),
        )
        positions = self.shown.positions // beta.shape[1]
        coefficients = np.repeat(coefficients, positions, axis=1)
        self.reads = combined_reads(circuit.operands, self.arrays, coefficients, self.shown, digital, keep)
        self.sums = DigitalSums(circuit.operands, coefficients, converters) if digital else None
        bias = np.repeat(threshold.reshape(beta.shape), positions, axis=1)
        # of digital sums, an ideal one: their decisions compare numbers
        self.comparator = Comparator(config.neuron.comparator, weight_per_a, bias, stream)

    @staticmethod
    def _program(
        weight: np.ndarray,
        device: Device,
        config: HardwareConfig,
        circuit: Circuit,
        stream: Stream,
        age_s: float,
        stored: Conductances,
    ) -> dict[Operand, Crossbar]:
        again = circuit.successive_reads > 1
        spacing_s = config.read.between_reads_s if again else config.read.interval_s

        def array(operand: Operand, address: Stream) -> Crossbar:
            return program_array(weight, device, config, address, age_s, stored.get(operand), spacing_s)

        arrays: dict[Operand, Crossbar] = {"main": array("main", stream)}
        if "replica" in circuit.operands:
            arrays["replica"] = array("replica", stream.at(tile="replica "))
        return arrays

    def fire(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """States +-1 (passes, units); pass p shows input z[rows[p]]."""
        if self.sums is not None:
            return self.comparator.decide(self.sums.combined(self.reads.operand_currents(z, rows, passes)), passes)
        if isinstance(self.reads, MomentsReader) and not self.comparator.has_memory:
            return self.reads.fire(z, rows, passes, self.comparator.shift, self.comparator.noise_sd)
        return self.comparator.decide(self.reads.current(z, rows, passes), passes)

    def reset(self) -> None:
        """Back to the states at the first read, and no comparator memory."""
        self.reads.reset()
        self.comparator.reset()


def layer_input(place: Placement, shift: np.ndarray | None = None) -> LayerInput:
    """What the rows of the layer's arrays see: kernels are columns, one patch is read after the other. shift: of the
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


def _ideal_moments(device: Device, circuit: Circuit, norm: np.ndarray) -> ReadMoments:
    """What a data sheet says: fresh noise at g_max, and the share of reads that an unloaded selector passes."""
    p = 1.0 if device.selector is None else device.selector.unloaded_probability
    return ideal_moments(circuit, device.relative_read_sd, p, norm)


def _check_finite(layer: str, device: Device, *values: np.ndarray) -> None:
    largest = max(float(np.abs(value).max()) for value in values)
    if not largest < 1e18:  # squares and sums must stay within float32
        raise MappingError(
            f"layer {layer} on {device.name}: conductances, gains or thresholds reach {largest:.3g} weight units, too "
            "large to calculate with; check the device's spreads and the checkpoint's weights"
        )
