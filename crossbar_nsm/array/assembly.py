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
    """The same thing of every tile, as one of the whole layer of `shape`."""
    first = parts[0][1]
    if isinstance(first, np.ndarray):
        whole = np.empty((*first.shape[:-2], *shape[-2:]), first.dtype)
        for tile, values in parts:
            whole[..., tile.rows, tile.outputs] = values
        return whole
    if isinstance(first, OF_CELLS):
        fields = {name: [(tile, getattr(part, name)) for tile, part in parts] for name in vars(first)}
        return replace(first, **{name: together(shape, values) for name, values in fields.items()})
    return first  # the same for all tiles


def part_of(whole: Any, tile: Tile) -> Any:
    """What belongs to one tile."""
    if isinstance(whole, np.ndarray):
        return whole[..., tile.rows, tile.outputs]
    if isinstance(whole, OF_CELLS):
        return replace(whole, **{name: part_of(value, tile) for name, value in vars(whole).items()})
    return whole
