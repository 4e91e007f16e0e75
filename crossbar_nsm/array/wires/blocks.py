"""Blocks of cells seen from their edges.

The edges of a block are its ports. Into the left of a row and the bottom of a column go voltages v_a = (L, B); into the
top of a column and the right of a row go currents I_b = (T, R), counted into the block. What comes back is linear:

    J_a = y v_a - m^T I_b     currents into the block at L and B
    v_b = m v_a + z I_b       voltages at T and R

with y and z symmetric (reciprocity gives the rest). Voltages from where the source or the ground is and currents from
where the open end is: so perfect wires and open cells are no special cases, and nothing is a small difference of large
numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Blocks:
    """A grid of equal blocks of rows x cols cells; y, z, m have shape (grid rows, grid cols, ports, ports), ports =
    rows + cols."""

    y: np.ndarray
    z: np.ndarray
    m: np.ndarray
    rows: int
    cols: int

    @property
    def grid(self) -> tuple[int, int]:
        return self.y.shape[0], self.y.shape[1]


def solve_blocks(g: np.ndarray, r_left: np.ndarray, r_below: np.ndarray) -> tuple[Blocks, np.ndarray]:
    """Blocks of cells g [S], the segments left of them and below them [ohm], all (grid rows, grid cols, rows, cols).

    Also the voltages across the cells, (..., cells, ports of a then of b), per unit of each port: with d the voltages
    and g d the currents, d = D x - K (g d), D what the ports do to disconnected cells and K what currents do through
    the wires that they share.
    """
    rows, cols = g.shape[-2:]
    ports, g_cells = rows + cols, g.reshape(*g.shape[:2], -1, 1)
    to_left, to_bottom = np.cumsum(r_left, axis=-1), np.cumsum(r_below[..., ::-1, :], axis=-2)[..., ::-1, :]
    drive = _disconnected(to_left, to_bottom)
    shared = _shared_resistance(to_left, to_bottom)
    across = np.linalg.solve(np.eye(rows * cols) + shared * g_cells.swapaxes(-1, -2), drive)
    reaction = drive.swapaxes(-1, -2) @ (g_cells * across)
    y, m, z = reaction[..., :ports, :ports], -reaction[..., ports:, :ports], -reaction[..., ports:, ports:]
    wire_m, wire_z = _wires_alone(to_left, to_bottom)
    return Blocks(y, z + wire_z, m + wire_m, rows, cols), across


def _disconnected(to_left: np.ndarray, to_bottom: np.ndarray) -> np.ndarray:
    """D (..., cells, 2 ports): voltage across each cell, row minus column, if no cell conducted."""
    rows, cols = to_left.shape[-2:]
    drive = np.zeros((*to_left.shape, 2, rows + cols))
    for i in range(rows):
        drive[..., i, :, 0, i] = 1.0
        drive[..., i, :, 1, cols + i] = to_left[..., i, :]
    for j in range(cols):
        drive[..., :, j, 0, rows + j] = -1.0
        drive[..., :, j, 1, j] = -to_bottom[..., :, j]
    return drive.reshape(*to_left.shape[:2], rows * cols, 2 * (rows + cols))


def _shared_resistance(to_left: np.ndarray, to_bottom: np.ndarray) -> np.ndarray:
    """K (..., cells, cells) [ohm]: resistance that the currents of two cells have in common."""
    rows, cols = to_left.shape[-2:]
    shared = np.zeros((*to_left.shape, rows, cols))
    along, down = np.arange(cols), np.arange(rows)
    for i in range(rows):
        shared[..., i, :, i, :] += to_left[..., i, np.minimum(along[:, None], along)]
    for j in range(cols):
        shared[..., :, j, :, j] += to_bottom[..., np.maximum(down[:, None], down), j]
    return shared.reshape(*to_left.shape[:2], rows * cols, rows * cols)


def _wires_alone(to_left: np.ndarray, to_bottom: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """m and z of blocks without cells: T hangs on B, R on L."""
    rows, cols = to_left.shape[-2:]
    m = np.zeros((rows + cols, rows + cols))
    m[:cols, rows:], m[cols:, :rows] = np.eye(cols), np.eye(rows)
    whole = np.concatenate([to_bottom[..., 0, :], to_left[..., :, -1]], axis=-1)
    return m, whole[..., None] * np.eye(rows + cols)
