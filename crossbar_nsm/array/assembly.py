"""Laws and states of the cells of a layer: tile by tile they are made, as one they are read.

A law is a dataclass whose arrays end with the axes of the cells (rows, outputs); in front may stand traps, terms and
the two cells of a pair.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from crossbar_nsm.array.tiling import Tile
from device_models.parts.selector import SelectorLaw
from device_models.parts.telegraph import Traps
from device_models.read_law import FlickerLaw, ReadLaw, TrapLaw
from device_models.reads import CellState

OF_CELLS = (ReadLaw, TrapLaw, Traps, FlickerLaw, SelectorLaw, CellState)


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
    if isinstance(first, OF_CELLS):
        fields = {name: [(tile, getattr(part, name)) for tile, part in parts] for name in vars(first)}
        return replace(first, **{name: together(shape, values) for name, values in fields.items()})
    return first  # the same for all tiles


def part_of(of_layer: Any, tile: Tile) -> Any:
    """The part of a layer's arrays, law or state that belongs to one tile."""
    if isinstance(of_layer, np.ndarray):
        return of_layer[..., tile.rows, tile.outputs]
    if isinstance(of_layer, OF_CELLS):
        return replace(of_layer, **{name: part_of(value, tile) for name, value in vars(of_layer).items()})
    return of_layer  # the same for all tiles
