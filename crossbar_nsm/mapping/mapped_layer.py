"""One NSM layer on arrays: row drivers, programmed cells, the reads that its circuit combines, the decisions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.dac import driven, input_bits, row_drivers
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.moments_reader import MomentsReader
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.engine.kernels.convolution import Window
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.mapping.calibration.activations import Activations
from crossbar_nsm.mapping.calibration.exact_moments import exact_moments
from crossbar_nsm.mapping.calibration.images import ATTACH
from crossbar_nsm.mapping.calibration.measured_moments import measured_moments, warn_of_few_reads
from crossbar_nsm.mapping.calibration.rounded_decisions import RoundedDecisions, warn_of_coarse_steps
from crossbar_nsm.mapping.calibration.settings import (
    Calibrated,
    CalibrationCost,
    Rounding,
    Setting,
    Target,
    calibrate,
    describe,
    ideal_moments,
)
from crossbar_nsm.mapping.calibration.split_noise import warn_of_split
from crossbar_nsm.mapping.conductances import idle_conductance_s, pair_targets
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_values import LARGEST
from crossbar_nsm.mapping.learning.virtual_layer import LARGEST_BETA, SMALLEST_BETA
from crossbar_nsm.mapping.reads.combined_reads import CombinedReads, combined_reads
from crossbar_nsm.mapping.reads.converters import DigitalSums, hidden_converters
from crossbar_nsm.mapping.utilisation import reads_per_pass
from crossbar_nsm.neuron.circuits import Circuit, Operand, circuit_of
from crossbar_nsm.neuron.comparator import Comparator
from crossbar_nsm.neuron.gain import SignalMoments
from crossbar_nsm.neuron.resolution import Resolution
from crossbar_nsm.nsm.architecture import ConvSpec, Placement
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from device_models.device import Device
from device_models.errors import MappingError
from device_models.streams import Stream

RANDOM_INPUTS = 256
Conductances = dict[Operand, np.ndarray]
Registers = tuple[Target, Calibrated | None]


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
    holds conductances [S] by operand that take the place of programming; states (n, inputs) are what the layer sees of
    calibration images, if there are any: calibration goes by them, and they set the range of its ADCs. registers: what
    neurons should do and the settings that are kept (None in place of settings: calibrate for that target); by default
    the trained beta and c. Raises MappingError when device or circuit give numbers beyond float32, or when there are no
    calibration images to measure with.
    """

    def __init__(
        self,
        place: Placement,
        layer: NSMLayer,
        config: HardwareConfig,
        stream: Stream,
        age_s: float = 0.0,
        stored: Conductances | None = None,
        states: np.ndarray | None = None,
        registers: Registers | None = None,
    ):
        self.name, self.config, self.stream = place.spec.name, config, stream
        self.device, self.circuit = config.device_of(self.name), circuit_of(config.neuron)
        self.input_bits = input_bits(config.array, self.name, place.binary_inputs)
        weight, beta, c = trained_parameters(layer)
        self.sign = np.where(beta.sum(axis=1) < 0, -1.0, 1.0)[:, None]  # (w, -beta, c) is (-w, beta, c)
        self.weight = weight * self.sign
        self.arrays = self._program(self.weight, self.device, config, self.circuit, stream, age_s, stored or {})
        main = self.arrays["main"]
        self.shown = layer_input(place, main.targets.shift)
        self.positions = self.shown.positions // beta.shape[1]  # that share a neuron's settings
        weight_per_a = main.targets.column_scale / config.read.voltage_v
        nothing = np.zeros((len(weight), self.shown.positions))
        # of digital sums, an ideal one: their decisions compare numbers
        self.comparator = Comparator(config.neuron.comparator, weight_per_a, nothing, stream)
        self.resolution = Resolution(config.neuron, weight_per_a)
        self.digital = config.array.partial_sums == "digital"
        target, kept = registers or (Target(beta, c), None)
        self.converters = self._converters(states, kept) if self.digital else {}
        seen, self.inputs_known = None, states is not None
        if states is not None:
            seen = Activations(states, layer_input(place), self.weight, beta.shape[1], self.input_bits)
        self.exact = self._exact_moments(seen, weight_per_a, beta.shape[1])
        self.decisions = self._rounded_decisions(place, seen, beta.shape[1])
        if kept is None:
            kept = self._calibrated(seen, target)
        self.believed = kept.believed
        self.rounding = Rounding() if self.decisions is None else self.decisions.rounding(kept.setting)
        idle_s = idle_conductance_s(self.device.conductance, config.array.pairing)
        self.normalisation_index = main.normalisation_index(idle_s, self.circuit.keep_probability)[:, None]
        self._check_finite(kept.setting)
        self._set(target, kept.setting, kept.cost)
        warn_of_split(self.name, self.circuit, self.arrays, self.shown.positions, self.setting.gain)

    def _calibrated(self, seen: Activations | None, target: Target) -> Calibrated:
        """Settings for the target, what the steps of converters do to decisions made up for."""
        believed, cost = self._believed(seen, target)
        setting = self._settings_for(target, believed, Rounding())
        if self.decisions is not None:
            setting = self._settings_for(target, believed, self.decisions.rounding(setting))
        return Calibrated(setting, believed, cost, {})

    def _settings_for(self, target: Target, believed: SignalMoments, rounding: Rounding) -> Setting:
        if self.config.neuron.calibration == "none":
            rounding = Rounding()
        return calibrate(believed, rounding.made_up_for(self._programmed(target)), self.resolution)

    def _rounded_decisions(self, place: Placement, seen: Activations | None, positions: int) -> RoundedDecisions | None:
        """By calibration images or, without such images, inputs +-1 without preference. None without converters, and
        for cells with a state: calibration does not know where it stands."""
        if not self.digital:
            return None
        if not all(array.law.fresh_gaussian and not array.splits_slow_noise for array in self.arrays.values()):
            warn_of_coarse_steps(self.name, self.circuit, self.arrays, self.shown, self.converters)
            return None
        if seen is None:
            random = self.stream.generator("rounding").random((RANDOM_INPUTS, math.prod(place.inputs)))
            states = np.where(random < 0.5, np.float32(-1), np.float32(1))
            seen = Activations(states, layer_input(place), self.weight, positions, self.input_bits)
        return RoundedDecisions(self.circuit, self.arrays, self.converters, self.shown, seen)

    @property
    def patches(self) -> int:
        """Of an input that a pass reads one after the other: positions of a convolution, 1 for a dense layer."""
        return self.shown.positions

    @property
    def reads_per_pass(self) -> int:
        return reads_per_pass(self.circuit, self.patches)

    @property
    def registers(self) -> Registers:
        """What the neurons should do, and what its calibration left behind."""
        ranges = {operand: converter.full_scale for operand, converter in self.converters.items()}
        return self.target, Calibrated(self.setting, self.believed, self.calibration.cost, ranges)

    @property
    def noiseless(self) -> bool:
        """Whether all neurons that have weights are deterministic."""
        with_weights = self.exact.norm > 0
        return bool(with_weights.any() and self.exact.noiseless(self.setting.gain.ravel())[with_weights].all())

    @property
    def believed_c(self) -> np.ndarray:
        """c that the thresholds stand for, by what calibration believes of the signals, (channels, positions); without
        noise that of the steepest beta that a neuron is trained with."""
        gain = self.setting.gain.ravel()
        steepest = np.maximum(np.abs(self.believed.mean_slope(gain)) * self.believed.norm, SMALLEST_BETA) / LARGEST_BETA
        deviation = np.maximum(np.sqrt(2 * self.believed.variance(gain)), steepest)
        c = (self.setting.threshold.ravel() + self.believed.mean_offset(gain)) / deviation
        return c.reshape(self.setting.gain.shape)

    def setting_for(self, target: Target) -> Setting:
        """Gains and thresholds for another target, by what calibration believes of the signals. Raises MappingError
        when they are beyond float32."""
        setting = self._settings_for(target, self.believed, self.rounding)
        self._check_finite(setting)
        return setting

    def retarget(self, target: Target, setting: Setting) -> None:
        """Set what `setting_for` gave for another target; simulated time and states stay."""
        states = self.reads.states()
        self._set(target, setting, self.calibration.cost)
        self.reads.restore(states)

    def _programmed(self, target: Target) -> Target:
        """The target as seen from the programmed weights."""
        return replace(target, beta=target.beta * self.sign)

    def _converters(self, states: np.ndarray | None, kept: Calibrated | None) -> dict[Operand, Adc]:
        ranges, keep = None if kept is None else kept.ranges, self.circuit.keep_probability
        return hidden_converters(self.config.array.adc, self.arrays, self.shown, states, keep, ranges)

    def _reads(self, coefficients: np.ndarray, per_operand: bool) -> CombinedReads:
        """Reads combined with coefficients (operands, units)."""
        operands, keep = self.circuit.operands, self.circuit.keep_probability
        return combined_reads(operands, self.arrays, coefficients, self.shown, per_operand, keep)

    def _exact_moments(self, seen: Activations | None, weight_per_a: np.ndarray, per_output: int) -> SignalMoments:
        added = (self.config.neuron.comparator.noise_sd_a * weight_per_a) ** 2
        moments = exact_moments(self.circuit, self.arrays, self.weight, added, self.shown, seen, self.converters)
        return moments if seen is not None else moments.repeated(per_output)

    def _believed(self, seen: Activations | None, target: Target) -> tuple[SignalMoments, CalibrationCost]:
        """What calibration goes by, and what it cost."""
        neuron, exact = self.config.neuron, self.exact
        if neuron.calibration == "analytic":
            return exact, CalibrationCost()
        if neuron.calibration == "none":
            return data_sheet_moments(self.circuit, self.device, exact.norm), CalibrationCost()
        if seen is None:
            raise MappingError(
                f"neuron.calibration: measured needs calibration images, and the network carries none; {ATTACH}"
            )
        return self._measured(seen, target)

    def _measured(self, seen: Activations, target: Target) -> tuple[SignalMoments, CalibrationCost]:
        circuit, each = self.circuit, self.config.neuron.calibration_reads
        ones = np.ones((len(circuit.operands), len(self.weight) * self.shown.positions))
        apart = self._reads(ones, per_operand=True)
        sums = DigitalSums(circuit.operands, ones, self.converters) if self.digital else None
        offset = self._comparator_offset(target)
        moments = measured_moments(circuit, apart, sums, seen, self.exact.added, offset, each)
        passes = each * len(seen.states)
        warn_of_few_reads(self.name, target.beta, passes, self.positions)
        in_s = passes * self.shown.positions * self.config.read.interval_s
        return moments, CalibrationCost(passes * self.reads_per_pass, in_s)

    def _comparator_offset(self, target: Target) -> np.ndarray:
        """Of every neuron."""
        return np.repeat(self.comparator.offset, target.beta.shape[1])

    def _set(self, target: Target, setting: Setting, cost: CalibrationCost) -> None:
        """Let the circuit combine its reads with these gains, the comparators decide at these thresholds."""
        self.target, self.setting = target, setting
        coefficients = self.circuit.coefficients(setting.gain.ravel())
        self.calibration = describe(
            self.name, self.circuit, self.config.neuron.calibration, self._programmed(target), setting, self.exact,
            self.sign, self.normalisation_index, cost, self._comparator_offset(target), self.inputs_known,
            self.rounding,
        )  # fmt: skip
        coefficients = np.repeat(coefficients, self.positions, axis=1)
        self.reads = self._reads(coefficients, per_operand=self.digital)
        self.sums = DigitalSums(self.circuit.operands, coefficients, self.converters) if self.digital else None
        self.comparator.set_bias(np.repeat(setting.threshold, self.positions, axis=1))

    def _check_finite(self, setting: Setting) -> None:
        main, coefficients = self.arrays["main"], self.circuit.coefficients(setting.gain.ravel())
        values = (main.targets.gain * main.law.sd_s, coefficients, setting.threshold)
        largest = max(float(np.abs(value).max()) for value in values)
        if not largest <= LARGEST:
            raise MappingError(
                f"layer {self.name} on {self.device.name}: conductances, gains or thresholds reach {largest:.3g} "
                f"weight units, too large to calculate with (at most {LARGEST:g}); check the device's spreads, the "
                "checkpoint's weights, and beta and c"
            )

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
        z = driven(z, self.input_bits)
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


def data_sheet_moments(circuit: Circuit, device: Device, norm: np.ndarray) -> SignalMoments:
    """What a data sheet says: fresh noise at g_max, and the share of reads that an unloaded selector passes."""
    p = 1.0 if device.selector is None else device.selector.unloaded_probability
    return ideal_moments(circuit, device.relative_read_sd, p, norm)
