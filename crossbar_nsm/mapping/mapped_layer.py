"""One NSM layer on arrays: row drivers, programmed cells, the reads that its circuit combines, the decisions."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.dac import row_drivers
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.mapping.calibration import LayerCalibration, array_moments, calibrate, ideal_moments
from crossbar_nsm.mapping.combined_reads import combined_reads
from crossbar_nsm.mapping.conductances import idle_conductance_s, pair_targets
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.converters import DigitalSums, hidden_converters
from crossbar_nsm.neuron.circuits import CIRCUITS, Circuit, Operand
from crossbar_nsm.neuron.comparator import Comparator
from crossbar_nsm.neuron.gain import ReadMoments
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
    return Crossbar(device, drivers.applied_to(targets), tiling, stream, config.read, age_s, g_s, spacing_s)


class MappedLayer:
    """Threshold neurons on arrays, calibrated age_s after programming. `stream` addresses (seed, chip, layer); `stored`
    holds conductances [S] by operand that take the place of programming; states (n, inputs) +-1 are the layer's inputs
    for calibration images, which set the range of its ADCs, if it has any. Raises MappingError when device or circuit
    give numbers beyond float32."""

    def __init__(
        self,
        name: str,
        weight: np.ndarray,
        beta: np.ndarray,
        c: np.ndarray,
        config: HardwareConfig,
        stream: Stream,
        age_s: float = 0.0,
        stored: Conductances | None = None,
        states: np.ndarray | None = None,
    ):
        self.name = name
        device, circuit = config.device_of(name), CIRCUITS[config.neuron.scaling]
        sign = np.where(beta < 0, -1.0, 1.0)  # (w, -beta, c) is (-w, beta, c)
        weight, size = weight.astype(np.float64) * sign[:, None], np.abs(beta).astype(np.float64)
        self.arrays = self._program(weight, device, config, circuit, stream, age_s, stored or {})
        main = self.arrays["main"]
        weight_per_a = main.targets.column_scale / config.read.voltage_v
        added = (config.neuron.comparator.noise_sd_a * weight_per_a) ** 2
        digital = config.array.partial_sums == "digital"
        converters = hidden_converters(config.array.adc, self.arrays, states) if digital else {}
        actual = array_moments(circuit, self.arrays, weight, added, converters)
        believed = actual if config.neuron.calibration == "analytic" else _ideal_moments(device, circuit, actual.norm)
        gain, threshold, clipped = calibrate(circuit, believed, size, c)
        coefficients = circuit.coefficients(gain)
        _check_finite(name, device, main.targets.gain * main.law.sd_s, coefficients, threshold)
        idle_s = idle_conductance_s(device.conductance, config.array.pairing)
        self.calibration = LayerCalibration(
            name,
            circuit.name,
            trained_beta=(sign * size)[:, None],
            recovered_beta=(sign * actual.beta(coefficients))[:, None],
            normalisation_index=main.normalisation_index(idle_s)[:, None],
            gain=gain[:, None],
            threshold=threshold[:, None],
            clipped=clipped[:, None],
        )
        self.reads = combined_reads(circuit.operands, self.arrays, coefficients)
        self.sums = DigitalSums(circuit.operands, coefficients, converters) if digital else None
        # of digital sums, an ideal one: their decisions compare numbers
        self.comparator = Comparator(config.neuron.comparator, weight_per_a, threshold, stream)

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
        again = circuit.operands.count("main") > 1
        spacing_s = config.read.between_reads_s if again else config.read.interval_s

        def array(operand: Operand, address: Stream) -> Crossbar:
            return program_array(weight, device, config, address, age_s, stored.get(operand), spacing_s)

        arrays: dict[Operand, Crossbar] = {"main": array("main", stream)}
        if "replica" in circuit.operands:
            arrays["replica"] = array("replica", stream.at(tile="replica "))
        return arrays

    def fire(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """States +-1 (passes, outputs); pass p shows input z[rows[p]]."""
        driven = self.arrays["main"].driven(z)
        if self.sums is None:
            u = self.reads.current(driven, rows, passes)
        else:
            u = self.sums.combined(self.reads.operand_currents(driven, rows, passes))
        return self.comparator.decide(u, passes)

    def reset(self) -> None:
        """Back to the states at the first read, and no comparator memory."""
        self.reads.reset()
        self.comparator.reset()


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
