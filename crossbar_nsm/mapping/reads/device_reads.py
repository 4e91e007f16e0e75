"""Reads of a layer with every cell drawn: of each array by a `DeviceReader`, and computed operands beside them."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.device_reader import DeviceReader
from crossbar_nsm.array.operand import Operand
from crossbar_nsm.array.reader import Reader, ReadPlan
from crossbar_nsm.engine.sampling.passes import Passes


class DeviceReads(Reader):
    """Exact for every device; computed operands are matrix products."""

    name = "device"

    def __init__(self, plan: ReadPlan):
        self.approximations = plan.approximations
        self.layer_input, operands = plan.layer_input, plan.operands
        slots = np.eye(len(operands)) if plan.apart else np.ones((1, len(operands)))
        coefficients = np.ones_like(plan.coefficients) if plan.apart else plan.coefficients
        mixing = slots[:, :, None] * coefficients  # (slots, operands, units)
        self.row_slices = plan.main.tiling.row_slices if plan.apart else [slice(None)]
        self.products: list[tuple[np.ndarray, np.ndarray]] = []  # share (slots, units) and matrix (rows, outputs)
        self.readers: dict[str, DeviceReader] = {}
        for name, array in plan.arrays.items():
            reads, computed = (
                np.array([operand == Operand(name, is_read) for operand in operands]) for is_read in (True, False)
            )
            if reads.any():
                self.readers[name] = DeviceReader(array, mixing[:, reads], self.layer_input, plan.apart)
            share = mixing[:, computed].sum(axis=1).astype(np.float32)
            if share.any():
                self.products.append((share, np.ascontiguousarray(array.unsplit.mean_matrix(), np.float32)))

    @classmethod
    def serves(cls, plan: ReadPlan) -> bool:
        """Every plan."""
        return True

    @classmethod
    def of(cls, plan: ReadPlan) -> DeviceReads:
        return cls(plan)

    def current(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        result: np.ndarray = self.operand_currents(z, input_of, passes)[0, 0]
        return result

    def operand_currents(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        u: np.ndarray = sum(reader.currents(z, input_of, passes) for reader in self.readers.values())  # type: ignore[assignment]
        for share, matrix in self.products:
            for tile, row_slice in enumerate(self.row_slices):
                u[:, tile] += share[:, None] * self.layer_input.product(z, matrix, row_slice)[input_of]
        return u

    def reset(self) -> None:
        for reader in self.readers.values():
            reader.reset()

    def begin_at(self, vector: int) -> None:
        for reader in self.readers.values():
            reader.vectors_read[:] = vector

    def restore(self, states: dict[str, np.ndarray]) -> None:
        for name, reader in self.readers.items():
            own = f"{name}/"
            reader.restore({kind.removeprefix(own): state for kind, state in states.items() if kind.startswith(own)})

    def states(self) -> dict[str, np.ndarray]:
        return {
            f"{name}/{kind}": state for name, reader in self.readers.items() for kind, state in reader.states.items()
        }
