"""The closed form of fresh Gaussian reads (`docs/physics.md`, Moments of a read): products for the mean, one normal per
unit.

Exact in distribution when every read of every cell is an independent normal; where its noise has another shape, the
sums over cells are taken as normal where that is within a bound (see `normal_sums`). For inputs +-1 (0 in the padding
of a convolution) the variance S z^2 does not depend on the input, so it is known beforehand. Not for telegraph noise or
selectors, whose reads are neither normal nor independent.

Equations: docs/physics.md#moments-of-a-read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.normal_sums import LIMIT, distance_from_normal, rounded_up
from crossbar_nsm.array.operand import Operand
from crossbar_nsm.array.reader import Decisions, Reader, ReadPlan
from crossbar_nsm.engine.kernels.counter_random import with_normal_noise
from crossbar_nsm.engine.kernels.sign_product import sign_product, sign_tables
from crossbar_nsm.engine.kernels.threshold import fire_signs, fire_with_noise
from crossbar_nsm.engine.sampling.passes import Passes
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class ReadOperand:
    """One r_k of u = sum_k c_k r_k: its mean matrix and the variance of every pair (rows, outputs), and c_k (units)."""

    matrix: np.ndarray
    variance: np.ndarray
    coefficient: np.ndarray


class MomentsReader(Reader):
    """Reads of one layer in weight units, by their moments; `operands` are independent given the input.

    row_slices: the rows of each row tile.
    """

    name = "moments"

    def __init__(
        self,
        operands: Sequence[ReadOperand],
        row_slices: list[slice],
        layer_input: LayerInput,
        key: np.uint64,
        approximations: tuple[str, ...] = (),
    ):
        self.operands, self.row_slices, self.layer_input, self.key = operands, row_slices, layer_input, key
        self.approximations = approximations
        self.means = _combined(layer_input, [(operand.matrix, operand.coefficient) for operand in operands])
        self.variances = _combined(layer_input, [(operand.variance, operand.coefficient**2) for operand in operands])
        self.variance: np.ndarray | None = None
        if layer_input.squares_are_constant:
            nothing = np.zeros((0, 0), np.float32)
            self.variance = self._sum(self.variances, lambda matrix: layer_input.squares(nothing, matrix))

    @classmethod
    def serves(cls, plan: ReadPlan) -> bool:
        """Where successive reads of all cells are independent, and normal or their sums nearly so."""
        return all(array.law.independent for array in plan.arrays.values()) and distance_from_normal(plan) <= LIMIT

    @classmethod
    def of(cls, plan: ReadPlan) -> MomentsReader:
        moments = {operand: _moments(operand, plan.arrays[operand.array]) for operand in dict.fromkeys(plan.operands)}
        operands = [
            ReadOperand(*moments[operand], coefficient)
            for operand, coefficient in zip(plan.operands, plan.coefficients, strict=True)
        ]
        row_slices, approximations, distance = (
            plan.main.tiling.row_slices,
            plan.approximations,
            distance_from_normal(plan),
        )
        if distance > 0:
            approximations = (*approximations, f"sums taken as normal (P within {rounded_up(distance)})")
        return cls(operands, row_slices, plan.layer_input, plan.key("moments"), approximations)

    def current(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        """One normal per unit."""
        mean, sd = self._mean(z), self._sd(z, None)
        return with_normal_noise(mean, input_of, sd, 0, passes.samples, passes.images, self.key)

    def fire(self, z: np.ndarray, input_of: np.ndarray, passes: Passes, decisions: Decisions) -> np.ndarray:
        """Without memory in one sweep: one normal per unit for the noise of u and of the decision together."""
        if decisions.has_memory:
            return super().fire(z, input_of, passes, decisions)
        draws, sd = (passes.samples, passes.images, self.key), self._sd(z, decisions.noise_sd)
        if self._of_signs and np.array_equal(input_of, np.arange(len(z))):
            return fire_signs(np.ascontiguousarray(z), self._tables, decisions.shift, sd[0], *draws)
        return fire_with_noise(self._mean(z), input_of, decisions.shift, sd, *draws)

    @cached_property
    def _tables(self) -> np.ndarray:
        """Of the mean matrix of a dense layer."""
        return sign_tables(self.means[0][0])

    def operand_currents(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        parts = []
        for k, operand in enumerate(self.operands):
            matrix, spread = operand.matrix.astype(np.float32), operand.variance.astype(np.float32)
            for tile, row_slice in enumerate(self.row_slices):
                mean = self.layer_input.product(z, matrix, row_slice)
                variance = self.layer_input.squares(z, spread, row_slice)
                sd, read = np.sqrt(np.maximum(variance, 0)).astype(np.float32), 1 + k * len(self.row_slices) + tile
                parts.append(with_normal_noise(mean, input_of, sd, read, passes.samples, passes.images, self.key))
        return np.stack(parts).reshape(len(self.operands), len(self.row_slices), *parts[0].shape)

    def _sd(self, z: np.ndarray, added_sd: np.ndarray | None) -> np.ndarray:
        """(1 or inputs, units) float32."""
        variance = self.variance
        if variance is None:
            variance = self._sum(self.variances, lambda matrix: self.layer_input.squares(z, matrix))
        if added_sd is not None:
            variance = variance + added_sd**2
        return np.sqrt(np.maximum(variance, 0)).astype(np.float32)

    def _sum(self, terms: list[_Term], through: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """sum_k scale_k x what goes `through` matrix_k, (1 or inputs, units)."""
        total: np.ndarray | None = None
        for matrix, scale in terms:
            part = through(matrix) if scale is None else through(matrix) * scale
            total = part if total is None else total + part
        assert total is not None
        return total

    @property
    def _of_signs(self) -> bool:
        """Whether a dense layer's inputs are all +-1, as tables of sign patterns need them."""
        return self.layer_input.is_dense and self.variance is not None

    def _mean(self, z: np.ndarray) -> np.ndarray:
        """(inputs, units) float32."""
        if self._of_signs:
            product: np.ndarray = sign_product(np.ascontiguousarray(z), self._tables, self.means[0][0].shape[1])
            return product
        return self._sum(self.means, lambda matrix: self.layer_input.product(z, matrix))

    def reset(self) -> None:
        """Nothing to forget: reads are fresh."""

    def begin_at(self, vector: int) -> None:
        """Nothing depends on how many vectors were read."""

    def restore(self, states: dict[str, np.ndarray]) -> None:
        """Nothing to go on from."""

    def states(self) -> dict[str, np.ndarray]:
        """No states."""
        return {}


def _moments(operand: Operand, array: Crossbar) -> tuple[np.ndarray, np.ndarray]:
    """Mean matrix, and variance of every pair of cells, both (rows, outputs)."""
    if operand.is_read:
        return array.mean_matrix(), array.pair_variance()
    matrix = array.unsplit.mean_matrix()
    return matrix, np.zeros_like(matrix)


_Term = tuple[np.ndarray, np.ndarray | None]


def _combined(layer_input: LayerInput, parts: list[tuple[np.ndarray, np.ndarray]]) -> list[_Term]:
    """sum_k scale_k (units) x product with matrix_k, in as few products as there must be: one, where scales are the
    same at all positions."""
    total, rest = np.zeros_like(parts[0][0]), dict[int, tuple[np.ndarray, np.ndarray]]()
    for matrix, scale in parts:
        by_position = scale.reshape(-1, layer_input.positions)
        if np.ptp(by_position, axis=1).any():
            _, scales = rest.get(id(matrix), (matrix, np.zeros_like(scale)))
            rest[id(matrix)] = (matrix, scales + scale)
        else:
            total = total + matrix * by_position[:, 0]
    terms: list[_Term] = [(matrix.astype(np.float32), scale.astype(np.float32)) for matrix, scale in rest.values()]
    if total.any() or not terms:
        terms.append((np.ascontiguousarray(total, np.float32), None))
    return terms
