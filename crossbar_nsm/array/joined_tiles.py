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
    """Arrays, laws or states of all tiles as those of a layer of `shape`."""
    first = parts[0][1]
    if isinstance(first, np.ndarray):
        of_layer = np.empty((*first.shape[:-2], *shape[-2:]), first.dtype)
        for tile, values in parts:
            of_layer[..., tile.rows, tile.outputs] = values
        return of_layer
    if isinstance(first, dict):
        return {name: together(shape, [(tile, part[name]) for tile, part in parts]) for name in first}
    if isinstance(first, CellArrays):
        fields = together(shape, [(tile, vars(part)) for tile, part in parts])
        return replace(first, **fields)  # type: ignore[type-var]
    return first  # the same for all tiles


def part_of(of_layer: Any, tile: Tile) -> Any:
    """The part of a layer's arrays, law or state that belongs to one tile."""
    return of_cells(of_layer, lambda values: values[..., tile.rows, tile.outputs])
