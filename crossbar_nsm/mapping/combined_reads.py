"""The reads of one layer, combined by its circuit: u = sum_k c_k r_k, in closed form or cell by cell.

`partial_currents` keeps the row tiles apart, for converters of their own; `current` is their analog sum.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_reader import DeviceReader
from crossbar_nsm.array.moments_reader import MomentsReader
from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.engine.product import blocked_product
from crossbar_nsm.neuron.circuits import Operand


def combined_reads(
    operands: tuple[Operand, ...], arrays: dict[Operand, Crossbar], coefficients: np.ndarray
) -> MomentsReader | CombinedDeviceReads:
    """The reader that serves a layer; coefficients (operands, outputs).

    `engine: auto` takes the closed form wherever it is exact, every cell drawn elsewhere. The reader's name tells an
    approximation of 1/f noise.
    """
    main = arrays["main"]
    fresh = all(array.law.fresh_gaussian for array in arrays.values()) and not main.shifts_inputs
    engine = main.read.engine
    reader: MomentsReader | CombinedDeviceReads
    if engine == "device" or (engine == "auto" and not fresh):
        reader = CombinedDeviceReads(operands, arrays, coefficients)
    else:
        reader = _moments_reader(operands, arrays, coefficients)
    if main.splits_slow_noise:
        reader.engine += ", 1/f split"
    return reader


def _moments_reader(
    operands: tuple[Operand, ...], arrays: dict[Operand, Crossbar], coefficients: np.ndarray
) -> MomentsReader:
    main = arrays["main"]
    sources = [arrays["main" if operand == "product" else operand] for operand in operands]
    matrix, variance = np.zeros_like(main.targets.gain), np.zeros((len(main.tiling.row_slices), coefficients.shape[1]))
    for c, array, operand in zip(coefficients, sources, operands, strict=True):
        matrix += c * array.mean_matrix()
        if operand != "product":
            variance += c**2 * array.tile_variance()
    reader = MomentsReader(matrix, variance, main.tiling.row_slices, main.stream.key("moments"))
    reader.operands = [
        (
            np.ascontiguousarray(array.mean_matrix(), np.float32),
            (0 if operand == "product" else 1) * np.sqrt(array.tile_variance()),
        )
        for array, operand in zip(sources, operands, strict=True)
    ]
    return reader


class CombinedDeviceReads:
    """Every cell of every operand's array is drawn; the noise-free `product` operand is a matrix product."""

    engine = "device"

    def __init__(
        self,
        operands: tuple[Operand, ...],
        arrays: dict[Operand, Crossbar],
        coefficients: np.ndarray,
    ):
        self.operands, self.coefficients = operands, coefficients.astype(np.float32)
        self.product = np.ascontiguousarray(arrays["main"].mean_matrix(), np.float32)
        self.row_slices = arrays["main"].tiling.row_slices
        self.readers = {
            operand: DeviceReader(array, operands.count(operand))
            for operand, array in arrays.items()
            if operand in operands
        }

    def partial_currents(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """u of every row tile, (row tiles, passes, outputs); pass p shows input z[rows[p]], +-1."""
        u: np.ndarray = (self.coefficients[:, None, None] * self.operand_currents(z, rows, passes)).sum(axis=0)
        return u

    def operand_currents(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """Every operand's current of every row tile, (operands, row tiles, passes, outputs)."""
        reads = {operand: iter(reader.partial_currents(z, rows, passes)) for operand, reader in self.readers.items()}
        if "product" in self.operands:
            reads["product"] = iter([self._products(z)[:, rows]])
        return np.stack([next(reads[operand]) for operand in self.operands])

    def current(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """u (passes, outputs): the analog sum of the row tiles."""
        result: np.ndarray = self.partial_currents(z, rows, passes).sum(axis=0)
        return result

    def _products(self, z: np.ndarray) -> np.ndarray:
        return np.stack(
            [blocked_product(np.ascontiguousarray(z[:, tile]), self.product[tile]) for tile in self.row_slices]
        )

    def reset(self) -> None:
        """Back to the states at the first read."""
        for reader in self.readers.values():
            reader.reset()

    def states(self) -> dict[str, np.ndarray]:
        """What is carried from read to read, by operand/kind; empty where there is nothing."""
        return {
            f"{operand}/{kind}": state
            for operand, reader in self.readers.items()
            for kind, state in reader.states.items()
        }
