"""One NSM layer on arrays: programmed cells, the reader that serves their law, the circuit, the comparators."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.config import ArrayConfig
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_reader import DeviceReader
from crossbar_nsm.array.moments_reader import MomentsReader
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.engine.product import blocked_product
from crossbar_nsm.mapping.calibration import LayerCalibration, calibrate, ideal_moments, measured_moments
from crossbar_nsm.mapping.conductances import idle_conductance_s, pair_targets
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.neuron.circuits import CIRCUITS, Circuit, Operand
from crossbar_nsm.neuron.comparator import Comparator
from crossbar_nsm.neuron.gain import ReadMoments
from device_models.device import Device
from device_models.streams import Stream


def program_array(weight: np.ndarray, device: Device, config: ArrayConfig, stream: Stream) -> Crossbar:
    """Cells of `device` programmed to a weight matrix (outputs, inputs)."""
    tiling = Tiling(weight.shape[1], weight.shape[0], config.rows, config.cols)
    return Crossbar(device, pair_targets(weight, device, config, tiling), tiling, stream)


def chosen_engine(config: HardwareConfig, array: Crossbar) -> str:
    """The reader that serves this array: `auto` takes moments wherever it is exact."""
    if config.read.engine == "auto":
        return "moments" if array.law.fresh_gaussian else "device"
    return config.read.engine


class CombinedReads:
    """u = sum_k c_k r_k of one layer, by the closed form or cell by cell; (passes, outputs) in weight units.

    coefficients (operands, outputs). `engine` says which reader serves.
    """

    def __init__(
        self,
        operands: tuple[Operand, ...],
        arrays: dict[Operand, Crossbar],
        coefficients: np.ndarray,
        config: HardwareConfig,
    ):
        self.operands, self.coefficients = operands, coefficients.astype(np.float32)
        self.engine = chosen_engine(config, arrays["main"])
        main = arrays["main"]
        if self.engine == "moments":
            sources = [arrays["main" if operand == "product" else operand] for operand in operands]
            matrix = sum(c * array.mean_matrix() for c, array in zip(coefficients, sources, strict=True))
            variance = sum(
                c**2 * array.covariance(config.read, 0.0)
                for c, array, operand in zip(coefficients, sources, operands, strict=True)
                if operand != "product"
            )
            self.moments = MomentsReader(np.asarray(matrix), np.sqrt(variance), main.stream.key("moments"))
        else:
            self.product = np.ascontiguousarray(main.mean_matrix(), np.float32)
            self.readers = {
                operand: DeviceReader(array, operands.count(operand), config.read)
                for operand, array in arrays.items()
                if operand in operands
            }

    def read(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """Pass p shows input z[rows[p]]; z (inputs, rows of the array) +-1."""
        if self.engine == "moments":
            return self.moments.read(z, rows, passes)
        reads = {operand: iter(reader.read(z, rows, passes)) for operand, reader in self.readers.items()}
        if "product" in self.operands:
            reads["product"] = iter([blocked_product(z, self.product)[rows]])
        u = np.zeros((len(passes), self.coefficients.shape[1]), np.float32)
        for operand, c in zip(self.operands, self.coefficients, strict=True):
            u += c * next(reads[operand])
        return u

    def reset(self) -> None:
        if self.engine == "device":
            for reader in self.readers.values():
                reader.reset()

    def states(self) -> dict[str, np.ndarray]:
        """Telegraph states by operand; empty where there are none."""
        if self.engine == "moments":
            return {}
        return {operand: reader.state for operand, reader in self.readers.items() if reader.state is not None}


class MappedLayer:
    """Threshold neurons on arrays. `stream` addresses (seed, chip, layer)."""

    def __init__(
        self, name: str, weight: np.ndarray, beta: np.ndarray, c: np.ndarray, config: HardwareConfig, stream: Stream
    ):
        self.name = name
        device, circuit = config.device_of(name), CIRCUITS[config.neuron.scaling]
        sign = np.where(beta < 0, -1.0, 1.0)  # (w, -beta, c) is (-w, beta, c)
        weight, beta = weight.astype(np.float64) * sign[:, None], np.abs(beta).astype(np.float64)
        self.arrays: dict[Operand, Crossbar] = {"main": program_array(weight, device, config.array, stream)}
        if "replica" in circuit.operands:
            self.arrays["replica"] = program_array(weight, device, config.array, stream.at(tile="replica "))
        main = self.arrays["main"]
        weight_per_a = main.targets.column_scale / config.read.voltage_v
        added = (config.neuron.comparator.noise_sd_a * weight_per_a) ** 2
        actual = measured_moments(circuit, self.arrays, weight, config.read, added)
        believed = actual if config.neuron.calibration == "analytic" else _ideal_moments(device, circuit, actual.norm)
        gain, threshold, clipped = calibrate(circuit, believed, beta, c)
        coefficients = circuit.coefficients(gain)
        idle_s = idle_conductance_s(device.conductance, config.array.pairing)
        self.calibration = LayerCalibration(
            name,
            circuit.name,
            beta,
            actual.beta(coefficients),
            main.normalisation_index(idle_s, config.read),
            gain,
            threshold,
            clipped,
        )
        self.reads = CombinedReads(circuit.operands, self.arrays, coefficients, config)
        self.comparator = Comparator(config.neuron.comparator, weight_per_a, threshold, stream)

    def fire(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """States +-1 (passes, outputs)."""
        return self.comparator.decide(self.reads.read(z, rows, passes), passes)

    def reset(self) -> None:
        self.reads.reset()
        self.comparator.reset()


def _ideal_moments(device: Device, circuit: Circuit, norm: np.ndarray) -> ReadMoments:
    g_max = np.array([device.conductance.g_max_s])
    relative_sd = float(device.read_noise.sd_s(g_max, device.conductance)[0] / g_max[0])
    return ideal_moments(circuit, relative_sd, device.selector.keep_probability, norm)
