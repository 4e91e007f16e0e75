"""What the rows of an array see of a layer's inputs: all of them (dense), or patch after patch (convolution)."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.engine.convolution import Window, convolution, patches
from crossbar_nsm.engine.product import blocked_product


class LayerInput:
    """`window` moves over inputs of a convolution; None for a dense layer of `rows` inputs, all of which are seen at
    the one position there is. A unit is an output at a position; units lie outputs first."""

    def __init__(self, rows: int, window: Window | None = None):
        self.is_dense = window is None
        self.window = window or Window(rows, 1, 1, 1, 1)
        self.rows = self.window.channels * self.window.size**2

    @property
    def positions(self) -> int:
        height, width = self.window.positions
        return height * width

    def product(self, z: np.ndarray, matrix: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        """z (inputs, flat) through matrix (rows, outputs), or through some of its `rows` only: (inputs, units)."""
        if self.is_dense:
            shown = z if rows == slice(None) else np.ascontiguousarray(z[:, rows])
            result: np.ndarray = blocked_product(shown, np.ascontiguousarray(matrix[rows]))
            return result
        part = np.zeros_like(matrix)
        part[rows] = matrix[rows]
        return convolution(z, np.ascontiguousarray(part.T), self.window)

    def vectors(self, z: np.ndarray) -> np.ndarray:
        """What the rows see, one vector after the other, (inputs positions, rows)."""
        return z if self.is_dense else patches(z, self.window)

    def active(self) -> np.ndarray:
        """1 where a row sees an input, 0 where it sees padding, (positions, rows) float32."""
        ones = np.ones((1, self.window.channels * self.window.height * self.window.width), np.float32)
        return self.vectors(ones)

    def units(self, values: np.ndarray) -> np.ndarray:
        """(..., inputs positions, outputs), by vectors, as (..., inputs, units)."""
        if self.is_dense:
            return values
        shape = values.shape
        by_position = values.reshape(*shape[:-2], -1, self.positions, shape[-1])
        return np.ascontiguousarray(np.swapaxes(by_position, -1, -2)).reshape(
            *shape[:-2], -1, self.positions * shape[-1]
        )
