"""What the rows of an array see of a layer's inputs: all of them (dense), or patch after patch (convolution)."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from crossbar_nsm.engine.kernels.convolution import Window, convolution, patches
from crossbar_nsm.engine.kernels.product import blocked_product


class LayerInput:
    """`window` moves over inputs of a convolution; None for a dense layer of `rows` inputs, all of which are seen at
    the one position there is. A unit is an output at a position; units lie outputs first.

    binary: whether all inputs are +-1. shift (rows): what the row drivers add to every input (see
    `crossbar_nsm.array.dac`), None for nothing.
    """

    def __init__(self, rows: int, window: Window | None = None, binary: bool = True, shift: np.ndarray | None = None):
        self.is_dense, self.binary = window is None, binary
        self.window = window or Window(rows, 1, 1, 1, 1)
        self.rows = self.window.channels * self.window.size**2
        self.shift = shift if shift is not None and shift.any() else None

    def with_real_inputs(self) -> LayerInput:
        """The same rows, which see any numbers."""
        return LayerInput(self.rows, None if self.is_dense else self.window, binary=False, shift=self.shift)

    @property
    def positions(self) -> int:
        height, width = self.window.positions
        return height * width

    @property
    def squares_are_constant(self) -> bool:
        """Whether what a row sees has the same square for all inputs (padding included)."""
        return self.binary and self.shift is None

    def product(self, z: np.ndarray, matrix: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        """What the rows see of z (inputs, flat), through matrix (rows, outputs) float32 or through some of its `rows`
        only: (inputs, units)."""
        product = self._of_inputs(z, matrix, rows)
        if self.shift is None:
            return product
        return product + self._at_all_positions(self.shift[rows] @ matrix[rows])

    def squares(self, z: np.ndarray, matrix: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        """The same for the squares of what the rows see: (1, units) where they are constant, else (inputs, units)."""
        of_inputs = (
            self.units(self._active[:, rows] @ matrix[rows]) if self.binary else self._of_inputs(z * z, matrix, rows)
        )
        if self.shift is None:
            return of_inputs
        mixed = (2 * self.shift[:, None] * matrix).astype(np.float32)
        added = self._at_all_positions(self.shift[rows] ** 2 @ matrix[rows])
        return of_inputs + self._of_inputs(z, mixed, rows) + added

    def vectors(self, z: np.ndarray) -> np.ndarray:
        """What the rows see, one vector after the other, (inputs positions, rows) float32."""
        inputs = z if self.is_dense else patches(z, self.window)
        return inputs if self.shift is None else (inputs + self.shift).astype(np.float32)

    def units(self, values: np.ndarray) -> np.ndarray:
        """(..., inputs positions, outputs), by vectors, as (..., inputs, units)."""
        if self.is_dense:
            return values
        shape = values.shape
        by_position = values.reshape(*shape[:-2], -1, self.positions, shape[-1])
        by_output = np.ascontiguousarray(np.swapaxes(by_position, -1, -2))
        return by_output.reshape(*shape[:-2], -1, self.positions * shape[-1])

    @cached_property
    def _active(self) -> np.ndarray:
        """1 where a row sees an input, 0 where it sees padding, (positions, rows) float32."""
        ones = np.ones((1, self.window.channels * self.window.height * self.window.width), np.float32)
        return ones if self.is_dense else patches(ones, self.window)

    def _of_inputs(self, z: np.ndarray, matrix: np.ndarray, rows: slice) -> np.ndarray:
        if self.is_dense:
            inputs = z if rows == slice(None) else np.ascontiguousarray(z[:, rows])
            result: np.ndarray = blocked_product(inputs, np.ascontiguousarray(matrix[rows]))
            return result
        part = np.zeros_like(matrix)
        part[rows] = matrix[rows]
        return convolution(z, np.ascontiguousarray(part.T), self.window)

    def _at_all_positions(self, values: np.ndarray) -> np.ndarray:
        """(outputs) as (units) float32."""
        return np.repeat(values, self.positions).astype(np.float32)
