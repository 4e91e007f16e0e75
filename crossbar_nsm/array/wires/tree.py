"""A whole array as a tree of blocks: joined pair by pair on the way up, with the fields inside on the way down.

The work grows with the third power of the side of the array, like that of one product of matrices, and does not depend
on the resistances.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crossbar_nsm.array.wires.blocks import Blocks, solve_blocks
from crossbar_nsm.array.wires.join import Seam, join, part
from crossbar_nsm.array.wires.parameters import Wires

SMALLEST_SIDE = 4  # cells; blocks at the bottom of the tree have sides of 4 to 7
PATCH = 16  # of the smallest blocks, along each side
Along = Literal["rows", "cols"]


@dataclass(frozen=True)
class Tree:
    """An array of rows x cols cells, padded to root.rows x root.cols: the whole as one block, the seams in the order in
    which they were closed, and the voltages across the cells of the smallest blocks per unit of their ports."""

    shape: tuple[int, int]
    root: Blocks
    seams: list[Seam]
    across: np.ndarray

    def transfer(self) -> np.ndarray:
        """T (rows, cols) [S]."""
        return _transfer(self.root, self.shape)

    def own_line_voltages(self, along: Along) -> np.ndarray:
        """Voltage across every cell (rows, cols), row minus column, while 1 V drives its own row only (or its own
        column only, from the sense amplifier): all lines at once, each followed only into the blocks that it is in."""
        lines = self.root.rows if along == "rows" else self.root.cols
        x = self._root_ports(lines)
        first = 0 if along == "rows" else self.root.rows
        x[0, 0, first : first + lines] = np.eye(lines)
        for seam in reversed(self.seams):
            divided = seam.beside == (along == "cols")
            first_x, second_x = _halves(x, seam.beside) if divided else (x, x)
            x = _interleaved(part(seam, first_x, of_first=True), part(seam, second_x, of_first=False), seam.beside)
        rows, cols = _leaf_sides(self.seams, self.root)
        cells = (self.across @ x).reshape(*x.shape[:2], rows, cols, -1)
        own = np.einsum("abiji->abij" if along == "rows" else "abijj->abij", cells)
        return self._cells(own.reshape(*x.shape[:2], rows * cols))

    def _root_ports(self, count: int) -> np.ndarray:
        return np.zeros((1, 1, 2 * (self.root.rows + self.root.cols), count))

    def _cells(self, values: np.ndarray) -> np.ndarray:
        """(..., grid rows, grid cols, cells of a block) as (..., rows, cols)."""
        sides = _leaf_sides(self.seams, self.root)
        cells = values.reshape(*values.shape[:-1], *sides).swapaxes(-3, -2)
        whole = cells.reshape(*cells.shape[:-4], self.root.rows, self.root.cols)
        return whole[..., : self.shape[0], : self.shape[1]]


def grow(g_s: np.ndarray, wires: Wires) -> Tree:
    """The tree of an array g_s (rows, cols) [S]. Callers hold `one_blas_thread()`: the matrices are many and small."""
    blocks, across = solve_blocks(*_cut(g_s, wires))
    seams = []
    for beside in _order(blocks):
        blocks, seam = join(blocks, beside)
        seams.append(seam)
    return Tree((g_s.shape[0], g_s.shape[1]), blocks, seams, across)


def transfer_only(g_s: np.ndarray, wires: Wires) -> np.ndarray:
    """T (rows, cols) [S] as of `grow(g_s, wires)`, without keeping what is inside.

    Patch after patch becomes one block, so that most of the work is done within a processor's cache.
    """
    cells = np.stack(_cut(g_s, wires))
    grid_rows, grid_cols = (range(0, length, PATCH) for length in cells.shape[1:3])
    patches = [
        [_joined(solve_blocks(*cells[:, a : a + PATCH, b : b + PATCH])[0]) for b in grid_cols] for a in grid_rows
    ]
    y, z, m = (
        np.array([[getattr(patch, name)[0, 0] for patch in line] for line in patches]) for name in ("y", "z", "m")
    )
    whole = _joined(Blocks(y, z, m, patches[0][0].rows, patches[0][0].cols), ends=True)
    return _transfer(whole, (g_s.shape[0], g_s.shape[1]))


def _joined(blocks: Blocks, ends: bool = False) -> Blocks:
    """All blocks as one; ends: it has no neighbours at the top and the right."""
    for beside in _order(blocks):
        blocks, _ = join(blocks, beside, ends and max(blocks.grid) == 2 and min(blocks.grid) == 1)
    return blocks


def _order(blocks: Blocks) -> Iterator[bool]:
    """How blocks are joined until one is left, as square as can be on the way: side by side (True) or above."""
    (grid_rows, grid_cols), rows, cols = blocks.grid, blocks.rows, blocks.cols
    while grid_rows * grid_cols > 1:
        beside = grid_cols > 1 and (cols <= rows or grid_rows == 1)
        yield beside
        if beside:
            grid_cols, cols = grid_cols // 2, 2 * cols
        else:
            grid_rows, rows = grid_rows // 2, 2 * rows


def _transfer(root: Blocks, shape: tuple[int, int]) -> np.ndarray:
    """T (rows, cols) [S]: current out of the columns for voltages on the rows."""
    rows, cols = shape
    return -root.y[0, 0, :rows, root.rows : root.rows + cols]


def _cut(g_s: np.ndarray, wires: Wires) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Conductances and the segments left of and below every cell, (grid rows, grid cols, rows, cols) of the smallest
    blocks. Padding is open cells on perfect wires, which change nothing. Raises CircuitError."""
    wires.check_beside(g_s)
    (rows, cols), (grid_rows, side_rows), (grid_cols, side_cols) = g_s.shape, *map(_division, g_s.shape)
    padded = np.zeros((3, grid_rows * side_rows, grid_cols * side_cols))
    g, r_left, r_below = padded
    g[:rows, :cols] = g_s
    r_left[:rows, :cols] = wires.r_row_ohm
    r_left[:rows, 0] += wires.r_driver_ohm
    r_below[:rows, :cols] = wires.r_col_ohm
    r_below[rows - 1, :cols] += wires.r_sense_ohm
    g, r_left, r_below = padded.reshape(3, grid_rows, side_rows, grid_cols, side_cols).swapaxes(2, 3)
    return g, r_left, r_below


def _division(length: int) -> tuple[int, int]:
    """(number, side) of equal blocks that cover a length: a power of two of the smallest blocks allowed."""
    number = 1
    while length >= 2 * SMALLEST_SIDE * number:
        number *= 2
    return number, -(-length // number)


def _leaf_sides(seams: list[Seam], root: Blocks) -> tuple[int, int]:
    return (seams[0].rows, seams[0].cols) if seams else (root.rows, root.cols)


def _halves(x: np.ndarray, beside: bool) -> tuple[np.ndarray, np.ndarray]:
    """The excitations that belong to first and to second: left and right, or lower and upper."""
    half = x.shape[-1] // 2
    before, behind = x[..., :half], x[..., half:]
    return (before, behind) if beside else (behind, before)


def _interleaved(first: np.ndarray, second: np.ndarray, beside: bool) -> np.ndarray:
    """Port values of all blocks from those of first and second blocks."""
    grid_rows, grid_cols = first.shape[:2]
    if beside:
        return np.stack([first, second], axis=2).reshape(grid_rows, 2 * grid_cols, *first.shape[2:])
    return np.stack([second, first], axis=1).reshape(2 * grid_rows, grid_cols, *first.shape[2:])
