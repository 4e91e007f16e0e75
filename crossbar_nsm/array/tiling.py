"""A layer cut into tiles of at most rows x cols physical cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from device_models.shown import shown


@dataclass(frozen=True)
class Tile:
    """The part of a layer on one tile: `rows` inputs and `outputs` outputs (two physical columns each)."""

    name: str
    rows: slice
    outputs: slice


@shown
@dataclass(frozen=True)
class Tiling:
    """How a layer of `inputs` x `outputs` weights lies on tiles of `tile_rows` x `tile_cols` physical cells.

    Row tiles of one column add their partial currents on the shared bit line, before the one comparator.
    """

    inputs: int
    outputs: int
    tile_rows: int
    tile_cols: int

    @property
    def row_slices(self) -> list[slice]:
        return _slices(self.inputs, self.tile_rows)

    @property
    def output_slices(self) -> list[slice]:
        return _slices(self.outputs, self.tile_cols // 2)

    @property
    def tile_of_row(self) -> np.ndarray:
        """Number of the row tile that each input lies in, (inputs)."""
        return np.arange(self.inputs) // self.tile_rows

    def tiles(self) -> Iterator[Tile]:
        for a, rows in enumerate(self.row_slices):
            for b, outputs in enumerate(self.output_slices):
                yield Tile(f"{a},{b}", rows, outputs)

    @property
    def count(self) -> int:
        return len(self.row_slices) * len(self.output_slices)


def _slices(length: int, step: int) -> list[slice]:
    return [slice(start, min(length, start + step)) for start in range(0, length, step)]
