"""Arrays with wires for tests, and the whole network's equations as a reference."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.wires.join import part
from crossbar_nsm.array.wires.parameters import Wires
from crossbar_nsm.array.wires.tree import Tree


def conductances(rows: int, cols: int, seed: int = 0, open_share: float = 0.0) -> np.ndarray:
    """Between 2 and 100 uS; a share of the cells is open."""
    rng = np.random.default_rng(seed)
    g_s = 2e-6 + 98e-6 * rng.random((rows, cols))
    return np.where(rng.random((rows, cols)) < open_share, 0.0, g_s)


def node_voltages(g_s: np.ndarray, wires: Wires, v_rows: np.ndarray, v_cols: np.ndarray) -> np.ndarray:
    """Voltages (2, rows, cols, k) of all row nodes and column nodes, for drivers at v_rows (rows, k) and sense
    amplifiers at v_cols (cols, k): nodal analysis with a dense matrix. Wires must have resistance."""
    rows, cols = g_s.shape
    row_node, col_node = np.arange(2 * rows * cols).reshape(2, rows, cols)
    matrix, source = np.zeros((2 * rows * cols,) * 2), np.zeros((2 * rows * cols, v_rows.shape[1]))

    def between(a: np.ndarray, b: np.ndarray, conductance: np.ndarray | float) -> None:
        np.add.at(matrix, (a, a), conductance)
        np.add.at(matrix, (b, b), conductance)
        np.add.at(matrix, (a, b), -np.asarray(conductance))
        np.add.at(matrix, (b, a), -np.asarray(conductance))

    between(row_node, col_node, g_s)
    between(row_node[:, 1:], row_node[:, :-1], 1 / wires.r_row_ohm)
    between(col_node[1:], col_node[:-1], 1 / wires.r_col_ohm)
    for edge, resistance, voltage in (
        (row_node[:, 0], wires.r_row_ohm + wires.r_driver_ohm, v_rows),
        (col_node[-1], wires.r_col_ohm + wires.r_sense_ohm, v_cols),
    ):
        matrix[edge, edge] += 1 / resistance
        source[edge] += voltage / resistance
    return np.linalg.solve(matrix, source).reshape(2, rows, cols, -1)


def reference_transfer(g_s: np.ndarray, wires: Wires) -> np.ndarray:
    """T (rows, cols) by nodal analysis."""
    rows, cols = g_s.shape
    voltages = node_voltages(g_s, wires, np.eye(rows), np.zeros((cols, rows)))
    return voltages[1, -1].T / (wires.r_col_ohm + wires.r_sense_ohm)


def cell_voltages(tree: Tree, v_rows: np.ndarray) -> np.ndarray:
    """Voltage across every cell, row minus column, (batch, rows, cols), for drivers at v_rows (batch, rows): down the
    tree, seam by seam."""
    rows, cols = tree.root.rows, tree.root.cols
    x = np.zeros((1, 1, 2 * (rows + cols), len(v_rows)))
    x[0, 0, : tree.shape[0]] = v_rows.T
    for seam in reversed(tree.seams):
        first, second = part(seam, x, of_first=True), part(seam, x, of_first=False)
        axis, parts = (2, [first, second]) if seam.beside else (1, [second, first])
        grid_rows, grid_cols = first.shape[:2]
        grid = (grid_rows, 2 * grid_cols) if seam.beside else (2 * grid_rows, grid_cols)
        x = np.stack(parts, axis=axis).reshape(*grid, *first.shape[2:])
    sides = (rows // x.shape[0], cols // x.shape[1])
    cells = np.moveaxis(tree.across @ x, -1, 0).reshape(len(v_rows), *x.shape[:2], *sides)
    whole = cells.swapaxes(-3, -2).reshape(len(v_rows), rows, cols)
    return whole[:, : tree.shape[0], : tree.shape[1]]
