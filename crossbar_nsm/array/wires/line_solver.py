"""Column currents of single vectors, by iteration: where the whole matrix is not needed, or would be too large.

The rows are eliminated exactly, line by line; what is left, the network seen from the nodes of the columns, is solved
by conjugate gradients with the columns alone (rows grounded) as preconditioner.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crossbar_nsm.array.wires.checks import checked_conductances, checked_voltages
from crossbar_nsm.array.wires.line_kernels import (
    LANES,
    driven,
    factorise_cols,
    factorise_rows,
    through_cols,
    through_rows,
    to_lanes,
)
from crossbar_nsm.array.wires.parameters import Wires
from crossbar_nsm.array.wires.transfer import transfer_matrix

TOLERANCE = 1e-9  # of the residual, in the norm of the preconditioner; currents are better than 1e-8 of the largest
MOST_ITERATIONS = 500
PERFECT = 1e20  # times the largest conductance: what stands for a wire without resistance


def column_currents(
    v: Any,
    g_s: Any,
    r_row_ohm: float,
    r_col_ohm: float,
    r_driver_ohm: float = 0.0,
    r_sense_ohm: float = 0.0,
) -> np.ndarray:
    """Column currents (batch, cols) [A] for row voltages v (batch, rows) [V]; everything else as in `transfer_matrix`.

    Within 1e-8 of the largest current. Takes the matrix instead where that is less work. Raises CircuitError like
    `transfer_matrix`.
    """
    g = checked_conductances(g_s)
    voltages = checked_voltages(v, g.shape[0])
    wires = Wires(r_row_ohm, r_col_ohm, r_driver_ohm, r_sense_ohm)
    if wires.perfect or not g.any():
        return voltages @ g
    wires.check_beside(g)
    if len(voltages) <= _vectors_worth_a_matrix(g.shape):
        solver = LineSolver(g, wires)
        currents = [solver.currents(one) for one in voltages]
        if all(current is not None for current in currents):
            return np.array(currents).reshape(len(voltages), g.shape[1])
    result: np.ndarray = voltages @ transfer_matrix(g, *vars(wires).values())
    return result


def _vectors_worth_a_matrix(shape: tuple[int, ...]) -> float:
    """Number of vectors that take as long as the matrix, as measured; no limit where it would need gigabytes."""
    return np.inf if shape[0] * shape[1] > 2**21 else 100


class LineSolver:
    """An array g (rows, cols) [S] made ready for vector after vector."""

    def __init__(self, g: np.ndarray, wires: Wires):
        least_ohm = 1 / (PERFECT * g.max())
        row, col = max(wires.r_row_ohm, least_ohm), max(wires.r_col_ohm, least_ohm)
        self.g_source, self.g_sense = 1 / (row + wires.r_driver_ohm), 1 / (col + wires.r_sense_ohm)
        (rows, cols), groups = g.shape, -(-g.shape[0] // LANES)
        # One piece of memory: several smaller ones would take longer to get than the whole solution.
        self.memory = np.empty((8, groups * LANES, cols))
        self.lanes, row_inverse = self.memory[:2].reshape(2, groups, cols, LANES)
        col_inverse, *self.vectors = self.memory[2:, :rows]
        to_lanes(g, self.lanes)
        factorise_rows(self.lanes, 1 / row, self.g_source, row_inverse)
        factorise_cols(g, 1 / col, self.g_sense, col_inverse)
        self.row_factors, self.col_factors = (1 / row, row_inverse), (1 / col, col_inverse)

    def currents(self, v: np.ndarray) -> np.ndarray | None:
        """Column currents (cols) [A] for row voltages v (rows) [V]; None if the iteration does not converge."""
        residual, step, direction, column_part, moved = self.vectors
        for values in (direction, column_part, moved):
            values[...] = 0.0
        driven(v, self.g_source, self.lanes, *self.row_factors, residual)
        bottom = np.zeros(residual.shape[1])
        squared = first = through_cols(0.0, residual, moved, step, *self.col_factors)
        beta = 0.0
        for _ in range(MOST_ITERATIONS):
            if squared <= TOLERANCE**2 * first:
                return self.g_sense * bottom
            curvature = through_rows(beta, step, residual, direction, column_part, moved, self.lanes, *self.row_factors)
            alpha = squared / curvature
            bottom += alpha * direction[-1]
            before, squared = squared, through_cols(alpha, residual, moved, step, *self.col_factors)
            beta = squared / before
        return None
