"""The closed form of fresh Gaussian reads: one product for the mean, one normal per output (physics: y ~ N(W z, V)).

Exact in distribution when every read of every cell is an independent normal and inputs are +-1, because then the
variance does not depend on the input. Not for telegraph noise or selectors.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.engine.counter_random import with_normal_noise
from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.engine.product import blocked_product


class MomentsReader:
    """Combined reads of one layer, in weight units: row tile t contributes N(z[rows of t] @ matrix[rows of t], sd_t^2).

    matrix (rows, outputs) = sum_k c_k W_k and variance (row tiles, outputs) = c^T C c of the circuit that combines the
    reads; row_slices are the rows of each tile.
    """

    engine = "moments"

    def __init__(self, matrix: np.ndarray, variance: np.ndarray, row_slices: list[slice], key: np.uint64):
        self.matrix = np.ascontiguousarray(matrix, np.float32)
        self.tile_sd = np.sqrt(variance).astype(np.float32)
        self.sd = np.sqrt(variance.sum(axis=0)).astype(np.float32)
        self.row_slices, self.key = row_slices, key

    def current(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """Sum over the row tiles (passes, outputs): one normal per output. Pass p shows input z[rows[p]], +-1."""
        mean = blocked_product(z, self.matrix)
        return with_normal_noise(mean, rows, self.sd, 0, passes.samples, passes.images, self.key)

    def partial_currents(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """Current of every row tile (row tiles, passes, outputs): one normal per tile and output."""
        return np.stack(
            [
                with_normal_noise(
                    blocked_product(np.ascontiguousarray(z[:, tile]), self.matrix[tile]),
                    rows,
                    sd,
                    1 + number,
                    passes.samples,
                    passes.images,
                    self.key,
                )
                for number, (tile, sd) in enumerate(zip(self.row_slices, self.tile_sd, strict=True))
            ]
        )

    operands: list[tuple[np.ndarray, np.ndarray]]  # of each, matrix and standard deviation by row tile

    def operand_currents(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """Every operand's current of every row tile, (operands, row tiles, passes, outputs)."""
        tiles, result = len(self.row_slices), []
        for k, (matrix, sds) in enumerate(self.operands):
            own = MomentsReader(matrix, sds**2, self.row_slices, np.uint64(int(self.key) + 1 + k))
            result.append(own.partial_currents(z, rows, passes))
        return np.stack(result).reshape(len(self.operands), tiles, len(rows), -1)

    def reset(self) -> None:
        """Nothing to forget: reads are fresh."""

    def states(self) -> dict[str, np.ndarray]:
        """No states."""
        return {}
