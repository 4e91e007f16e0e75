"""Cells in blocks of 32 outputs and, inside them, groups of 4 rows: the order in which kernels with slow noise walk
them. Every row tile begins a new group; what pads a tile's last group and the last block has weight 0."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.engine.kernels.lane_blocks import BLOCK, GROUP, WIDTH


class BlockLayout:
    """Where the pairs of `rows` x `outputs` lie; tile_starts: first row of every row tile, rising from 0.

    row_of (groups x 4): row that stands at each place, -1 where there is none; group_starts (tiles + 1): first group of
    each tile, and the number of groups.
    """

    def __init__(self, rows: int, outputs: int, tile_starts: np.ndarray):
        self.rows, self.outputs = rows, outputs
        starts = np.asarray(tile_starts, np.int64)
        lengths = np.diff(starts, append=rows)
        groups = -(-lengths // GROUP)
        self.group_starts = np.concatenate([[0], np.cumsum(groups)]).astype(np.int64)
        self.row_of = np.full(self.groups * GROUP, -1, np.int64)
        for start, length, group in zip(starts, lengths, self.group_starts[:-1], strict=True):
            self.row_of[group * GROUP : group * GROUP + length] = np.arange(start, start + length)

    @property
    def groups(self) -> int:
        return int(self.group_starts[-1])

    @property
    def blocks(self) -> int:
        return -(-self.outputs // WIDTH)

    def arranged(self, values: np.ndarray) -> np.ndarray:
        """`values` (..., rows, outputs) as (blocks, groups, ..., 128) float32: row after row of 32 outputs."""
        lead, real = values.shape[:-2], self.row_of >= 0
        padded = np.zeros((*lead, len(self.row_of), self.blocks * WIDTH), np.float32)
        padded[..., real, : self.outputs] = values[..., self.row_of[real], :]
        split = padded.reshape(*lead, self.groups, GROUP, self.blocks, WIDTH)
        ordered = np.moveaxis(split, (-2, -4), (0, 1))
        return np.ascontiguousarray(ordered).reshape(self.blocks, self.groups, *lead, BLOCK)

    def signals(self, z: np.ndarray) -> np.ndarray:
        """Inputs z (vectors, rows) in the order of row_of, (vectors, groups x 4) float32."""
        if np.array_equal(self.row_of, np.arange(self.rows)):
            return np.ascontiguousarray(z, np.float32)
        return np.ascontiguousarray(z[:, np.maximum(self.row_of, 0)], np.float32)  # weights of pads are 0
