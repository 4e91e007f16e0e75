"""What a circuit designer asks of a programmed chip, in amperes, seconds and shares: how large the currents of its bit
lines are, what one weight is, how strong the neurons' own noise, and how large beside these the steps of converters and
registers and the errors of comparators.

All from what the simulator computes with: conductances of the cells, read voltage, scale of every column, and the exact
moments of the signals. Values of a layer are medians over its neurons.

Equations: docs/physics.md#currents-in-amperes.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.dac import driven
from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.config import MOST_SAMPLES
from crossbar_nsm.mapping.calibration.exact_moments import neuron_covariances
from crossbar_nsm.mapping.circuit.line_currents import line_currents
from crossbar_nsm.mapping.circuit.sizes import CircuitNumbers, ComparatorNumbers, RegisterNumbers, Size
from crossbar_nsm.mapping.mapped_layer import MappedLayer
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.output_layer import ArrayOutput
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig
from crossbar_nsm.neuron.gain import variance_of_sum
from device_models.checks.arguments import checked, instance_of, whole_number
from device_models.numerics import usual_numerics
from device_models.shown import ByName

IMAGES = 64  # of the calibration images, whose currents are looked at
ONE_READ = circuit_of(NeuronConfig(scaling="none"))


@checked(
    chip=instance_of(MappedNetwork, of="a programmed chip, as map_network gives it"),
    samples=whole_number(1, MOST_SAMPLES),
)  # fmt: skip
@usual_numerics()
def circuit_numbers(chip: MappedNetwork, samples: int = 100) -> dict[str, CircuitNumbers]:
    """Of every layer on arrays, by name: currents [A], errors of comparators and steps of converters beside them, times
    [s]; samples: of an image. The chip stays as it is. Raises ConfigError for samples out of range."""
    images = chip.net.calibration_images
    with one_blas_thread():
        seen = {} if images is None else chip.net.layer_inputs(images[:IMAGES].astype(np.float32) / 255, seed=chip.seed)
        layers = [_Layer(chip, layer, seen.get(layer.name)) for layer in chip.mapped_layers()]
        return ByName({layer.layer.name: layer.numbers(samples) for layer in layers})


class _Layer:
    """seen (n, inputs): what the layer gets of calibration images."""

    def __init__(self, chip: MappedNetwork, layer: MappedLayer | ArrayOutput, seen: np.ndarray | None):
        self.chip, self.layer, self.main = chip, layer, layer.arrays[MAIN].unsplit
        self.config, self.seen = chip.config, seen
        self.hidden = layer if isinstance(layer, MappedLayer) else None
        self.weight_per_a = self.main.targets.column_scale / self.main.read.voltage_v
        self.weight_a = self._weight_a()
        self.read_sd_a = self._read_sd_a()
        self.decision_sd_a = None if self.hidden is None else self._decision_sd_a(self.hidden)

    def numbers(self, samples: int) -> CircuitNumbers:
        z, dac = self._inputs(), self.config.array.dac.bits
        arrays = [array.unsplit for array in self.layer.arrays.values()]
        line, pair = line_currents(arrays, self.layer.layer_input, z, self._tiles)
        if self.seen is None:  # real inputs are not independent: their currents may be many times those of such
            line, pair = (replace(of, typical_a=math.nan, largest_seen_a=math.nan) for of in (line, pair))
        read, pass_time_s = self.config.read, self.layer.patches * self.config.read.interval_s
        together = 1 if self.hidden is None else self.hidden.circuit.successive_reads
        adc_adds = self._adc_adds()
        return CircuitNumbers(
            layer=self.layer.name,
            vectors_shown=0 if self.seen is None else len(z),
            tiles_apart=self._tiles_apart,
            line=line,
            pair=pair,
            weight_a=self.weight_a,
            weight_step=self._weight_step(),
            read_noise=self._size(self.read_sd_a, self.read_sd_a),
            decision_noise=None if self.decision_sd_a is None else self._size(self.decision_sd_a, self.decision_sd_a),
            microampere=self._of_decisions(1e-6),
            adc_step=self._adc_step(),
            adc_range_a=self._adc_range_a(),
            adc_adds=adc_adds,
            adc_slope_share=None if adc_adds is None or self.hidden is None else 1 / math.hypot(1, adc_adds.noise_sds),
            dac_step=None if dac is None else self._size(2 / (2**dac - 1) * self.weight_a, self.read_sd_a),
            dac_step_v=None if dac is None else 2 * read.voltage_v / (2**dac - 1),
            comparator=self._comparator(),
            registers=self._registers(),
            voltage_v=read.voltage_v,
            window_s=read.window_s,
            decision_time_s=(together - 1) * read.between_reads_s + read.window_s,
            pass_time_s=pass_time_s,
            image_time_s=samples * pass_time_s,
        )

    @property
    def _tiles_apart(self) -> bool:
        return self.layer.digital if isinstance(self.layer, MappedLayer) else self.layer.per_tile

    @property
    def _tiles(self) -> list[slice]:
        """Rows whose currents meet at one sense node."""
        return self.main.tiling.row_slices if self._tiles_apart else [slice(None)]

    def _inputs(self) -> np.ndarray:
        """(n, inputs) float32, as drivers give them."""
        layer, z = self.layer, self.seen
        if isinstance(layer, ArrayOutput):
            assert z is not None  # without calibration images there is no such layer
            return driven(z, layer.input_bits)
        if z is None:
            z = layer.programmed.independent_inputs("circuit numbers", IMAGES)
        return driven(np.ascontiguousarray(z, np.float32), layer.programmed.input_bits)

    def _weight_a(self) -> float:
        """What the median weight that is not 0 gives to its pair; NaN in a layer of zeros."""
        weight = self.chip.net.output_layer.weight.detach().numpy() if self.hidden is None else self.hidden.weight
        line_s, used = self.main.line_conductances_s(), weight.T != 0
        return _median(self.main.read.voltage_v * np.abs(line_s[0] - line_s[1])[used])

    def _read_sd_a(self) -> float:
        """sd of one read of all rows, as far as the next pass does not share it."""
        activations = None if self.hidden is None else self.hidden.calibrator.activations
        fresh, _ = neuron_covariances(ONE_READ, {MAIN: self.main}, self.layer.layer_input, activations)
        return self._median_a(np.sqrt(fresh[0, 0]))

    def _decision_sd_a(self, layer: MappedLayer) -> float:
        """sd of u, as far as the next pass does not share it, without what converters and comparators add."""
        arrays = {name: array.unsplit for name, array in layer.arrays.items()}
        fresh, _ = neuron_covariances(layer.circuit, arrays, layer.layer_input, layer.calibrator.activations)
        gain = layer.setting.gain
        fresh = np.repeat(fresh, gain.size // fresh.shape[-1], axis=-1)
        return self._median_a(np.sqrt(np.maximum(variance_of_sum(fresh, gain.ravel()), 0)))

    def _weight_step(self) -> Size | None:
        conductance = self.main.device.conductance
        if conductance.levels is None:
            return None
        return self._size(self.main.read.voltage_v * conductance.span_s / (conductance.levels - 1), self.read_sd_a)

    @property
    def _converter(self) -> Adc | None:
        return self.layer.adc if isinstance(self.layer, ArrayOutput) else self.layer.converters.get(MAIN)

    def _adc_step(self) -> Size | None:
        """Of the converters that are connected."""
        if self._converter is None:
            return None
        step_a = self._converter.lsb / self.weight_per_a
        return self._size(_median(step_a[step_a > 0]), self.read_sd_a)

    def _adc_range_a(self) -> float | None:
        if self._converter is None:
            return None
        range_a = self._converter.full_scale / self.weight_per_a
        return _median(range_a[range_a > 0])

    def _adc_adds(self) -> Size | None:
        """Of all conversions of a decision, whose errors are taken as independent."""
        if self._converter is None:
            return None
        if self.hidden is None:
            return self._of_decisions(self._median_a(np.sqrt(_rounding_variance(self._converter))))
        circuit, gain = self.hidden.circuit, self.hidden.setting.gain.ravel()
        variance = np.zeros(len(gain))
        for operand, coefficient in zip(circuit.operands, circuit.coefficients(gain), strict=True):
            if operand.is_read and operand.array in self.hidden.converters:
                rounding = _rounding_variance(self.hidden.converters[operand.array])
                variance += coefficient**2 * np.repeat(rounding, len(gain) // len(rounding))
        return self._of_decisions(self._median_a(np.sqrt(variance)))

    def _comparator(self) -> ComparatorNumbers:
        given = self.config.neuron.comparator
        if self.hidden is None or self.hidden.digital or self.decision_sd_a is None:
            return ComparatorNumbers()
        offset, noise, hysteresis = (
            self._of_decisions(a) if a else None for a in (given.offset_sd_a, given.noise_sd_a, given.hysteresis_a)
        )
        if offset is None:
            return ComparatorNumbers(None, noise, hysteresis)
        in_c = _over(offset.a, math.sqrt(2) * math.hypot(self.decision_sd_a, given.noise_sd_a))
        return ComparatorNumbers(offset, noise, hysteresis, in_c, math.erf(in_c) / 2)

    def _registers(self) -> RegisterNumbers:
        """Both ends of a layer's range are held, so settings tell it."""
        layer, neuron = self.hidden, self.config.neuron
        if layer is None:
            return RegisterNumbers()
        gain, threshold_step, gain_step, in_beta = layer.setting.gain.ravel(), None, None, None
        if neuron.threshold_bits is not None:
            largest_a = float(np.abs(layer.setting.threshold / self.weight_per_a[:, None]).max())
            threshold_step = self._of_decisions(2 * largest_a / (2**neuron.threshold_bits - 1))
        if neuron.gain_bits is not None:
            gain_step, exact = float(np.ptp(gain)) / (2**neuron.gain_bits - 1), layer.calibrator.exact
            with np.errstate(divide="ignore", invalid="ignore"):
                change = np.abs(exact.beta(gain + gain_step) / exact.beta(gain) - 1)
            in_beta = _median(change[np.isfinite(change)])
        return RegisterNumbers(threshold_step, gain_step, in_beta)

    def _of_decisions(self, a: float) -> Size:
        """Beside the noise of u, or of a read where nothing decides."""
        return self._size(a, self.read_sd_a if self.decision_sd_a is None else self.decision_sd_a)

    def _size(self, a: float, noise_sd_a: float) -> Size:
        return Size(a, _over(a, self.weight_a), _over(a, noise_sd_a))

    def _median_a(self, neurons: np.ndarray) -> float:
        """Of weight units (neurons), in amperes."""
        return _median(neurons / np.repeat(self.weight_per_a, len(neurons) // len(self.weight_per_a)))


def _rounding_variance(converter: Adc) -> np.ndarray:
    """Of the sum of an output's converters, (outputs): LSB^2 / 12 each (Bennett 1948)."""
    result: np.ndarray = (converter.lsb.astype(np.float64) ** 2).sum(axis=0) / 12
    return result


def _median(values: np.ndarray) -> float:
    """NaN of none."""
    return float(np.median(values)) if values.size else math.nan


def _over(a: float, unit_a: float) -> float:
    """NaN for nothing over nothing."""
    if unit_a == 0:
        return math.inf if a else math.nan
    return a / unit_a
