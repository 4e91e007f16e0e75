"""The reads of one layer, combined by its circuit: u = sum_k c_k r_k, in closed form or cell by cell.

`current` is the analog sum of all row tiles; `operand_currents` keeps operands and tiles apart, for converters of their
own (readers made with per_operand only). `masked` reads have inputs of their own, see
`crossbar_nsm.mapping.reads.masked_reads`.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_reader import DeviceReader
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.moments_reader import MomentsReader, ReadOperand
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.mapping.reads.masked_reads import MaskedReads, RowMask
from crossbar_nsm.neuron.circuits import Operand


def combined_reads(
    operands: tuple[Operand, ...],
    arrays: dict[Operand, Crossbar],
    coefficients: np.ndarray,
    shown: LayerInput | None = None,
    per_operand: bool = False,
    keep_probability: float = 1.0,
) -> CombinedReads:
    """The reader that serves a layer; coefficients (operands, units); keep_probability: of the rows of `masked` reads.

    `engine: auto` takes the closed form wherever it is exact, every cell drawn elsewhere. The reader's name tells
    approximations, of 1/f noise and of noise seen through wires.
    """
    main = arrays["main"]
    shown = shown or LayerInput(main.tiling.inputs)
    reader: CombinedReads
    if "masked" in operands:
        reader = _masked_reads(operands, arrays, coefficients, shown, per_operand, keep_probability)
    else:
        reader = _reader(operands, arrays, coefficients, shown, per_operand, "moments")
    if main.splits_slow_noise:
        reader.engine += ", slow noise split"
    if any(array.drawn_law is not array.law for array in arrays.values()):
        reader.engine += ", fast traps averaged"
    if not main.wires.perfect:
        reader.engine += ", wires to first order"
    return reader


def _reader(
    operands: tuple[Operand, ...],
    arrays: dict[Operand, Crossbar],
    coefficients: np.ndarray,
    shown: LayerInput,
    per_operand: bool,
    purpose: str,
) -> MomentsReader | CombinedDeviceReads:
    """purpose: of the draws in closed form."""
    main, fresh = arrays["main"], all(array.law.fresh_gaussian for array in arrays.values())
    if main.read.engine == "device" or (main.read.engine == "auto" and not fresh):
        return CombinedDeviceReads(operands, arrays, coefficients, shown, per_operand)
    moments = {operand: (array.mean_matrix(), array.pair_variance()) for operand, array in arrays.items()}
    moments["product"] = (main.unsplit.mean_matrix(), np.zeros_like(moments["main"][0]))
    parts = [ReadOperand(*moments[operand], c) for operand, c in zip(operands, coefficients, strict=True)]
    return MomentsReader(parts, main.tiling.row_slices, shown, main.stream.key(purpose))


def _masked_reads(
    operands: tuple[Operand, ...],
    arrays: dict[Operand, Crossbar],
    coefficients: np.ndarray,
    shown: LayerInput,
    per_operand: bool,
    keep_probability: float,
) -> MaskedReads:
    """All operands read the main array, in their order; two readers go through all reads, and each keeps its own."""
    masked = np.array([operand == "masked" for operand in operands])
    reads: list[Operand] = ["main"] * len(operands)
    with_mask = _reader(
        tuple(reads), arrays, coefficients * masked[:, None], shown.with_real_inputs(), per_operand, "masked moments"
    )
    without = _reader(tuple(reads), arrays, coefficients * ~masked[:, None], shown, per_operand, "moments")
    return MaskedReads(with_mask, without, masked, RowMask(keep_probability, arrays["main"].stream.key("row_mask")))


class CombinedDeviceReads:
    """Every cell of every operand's array is drawn; the noise-free `product` operand is a matrix product."""

    engine = "device"

    def __init__(
        self,
        operands: tuple[Operand, ...],
        arrays: dict[Operand, Crossbar],
        coefficients: np.ndarray,
        shown: LayerInput,
        per_operand: bool = False,
    ):
        self.operands, self.shown, self.per_operand = operands, shown, per_operand
        self.slots = np.eye(len(operands)) if per_operand else np.ones((1, len(operands)))
        if per_operand:
            coefficients = np.ones_like(coefficients)
        mixing = self.slots[:, :, None] * coefficients  # (slots, operands, units)
        own = {name: [k for k, operand in enumerate(operands) if operand == name] for name in dict.fromkeys(operands)}
        self.product_share = mixing[:, own.pop("product", [])].sum(axis=1).astype(np.float32)
        self.product = np.ascontiguousarray(arrays["main"].unsplit.mean_matrix(), np.float32)
        self.row_slices = arrays["main"].tiling.row_slices if per_operand else [slice(None)]
        self.readers = {
            name: DeviceReader(arrays[name], mixing[:, of_array], shown, per_operand) for name, of_array in own.items()
        }

    def current(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """u (passes, units): the analog sum of the row tiles; pass p shows input z[rows[p]]."""
        result: np.ndarray = self._currents(z, rows, passes)[0, 0]
        return result

    def operand_currents(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """Every r_k of every row tile by itself, (operands, row tiles, passes, units)."""
        return self._currents(z, rows, passes)

    def _currents(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        u: np.ndarray = sum(reader.currents(z, rows, passes) for reader in self.readers.values())  # type: ignore[assignment]
        if self.product_share.any():
            for tile, row_slice in enumerate(self.row_slices):
                product = self.shown.product(z, self.product, row_slice)[rows]
                u[:, tile] += self.product_share[:, None] * product
        return u

    def reset(self) -> None:
        """Back to the states at the first read."""
        for reader in self.readers.values():
            reader.reset()

    def begin_at(self, vector: int) -> None:
        """Number the next vector `vector`, a multiple of 2^16, from the present states on: other draws follow."""
        for reader in self.readers.values():
            reader.vectors_read[:] = vector

    def restore(self, states: dict[str, np.ndarray]) -> None:
        """Go on from `states`, which another reader of the same layer had."""
        for operand, reader in self.readers.items():
            own = f"{operand}/"
            reader.restore({name.removeprefix(own): state for name, state in states.items() if name.startswith(own)})

    def states(self) -> dict[str, np.ndarray]:
        """What is carried from read to read, by operand/kind; empty where there is nothing."""
        return {
            f"{operand}/{kind}": state
            for operand, reader in self.readers.items()
            for kind, state in reader.states.items()
        }


CombinedReads = MomentsReader | CombinedDeviceReads | MaskedReads
