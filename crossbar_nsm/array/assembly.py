"""Laws and states of the cells of a layer: tile by tile they are made, as one they are read.

The axes of their cells are (rows, outputs) (see `device_models.cells.CellArrays`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from crossbar_nsm.array.tiling import Tile
from device_models.cells import CellArrays, of_cells


def cells_of(tile: Tile) -> tuple[slice, slice, slice]:
    """Index of a tile's cells in arrays of shape (2, rows, outputs)."""
    return (slice(None), tile.rows, tile.outputs)


def together(shape: tuple[int, ...], parts: list[tuple[Tile, Any]]) -> Any:
    """The same thing of every tile, as one of the whole layer of `shape`."""
    first = parts[0][1]
    if isinstance(first, np.ndarray):
        whole = np.empty((*first.shape[:-2], *shape[-2:]), first.dtype)
        for tile, values in parts:
            whole[..., tile.rows, tile.outputs] = values
        return whole
    if isinstance(first, dict):
        return {name: together(shape, [(tile, part[name]) for tile, part in parts]) for name in first}
    if isinstance(first, CellArrays):
        fields = together(shape, [(tile, vars(part)) for tile, part in parts])
        return replace(first, **fields)  # type: ignore[type-var]
    return first  # the same for all tiles


def part_of(whole: Any, tile: Tile) -> Any:
    """What belongs to one tile."""
    return of_cells(whole, lambda values: values[..., tile.rows, tile.outputs])
