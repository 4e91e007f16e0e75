"""Programmed cells, and where each of their draws comes from.

Nothing that distinguishes cells is stored but their conductance: constants of the chip are a function of (stream,
purpose), those of one programming of (stream, purpose, cycle), so they can be drawn again whenever they are needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from device_models.shown import shown
from device_models.streams import Stream


@shown
@dataclass(frozen=True)
class Cells:
    """Cells as their `cycle`-th programming left them. g_s: conductance [S]; attempts: how often write-verify wrote
    each cell (None: without verify). `stream` is the address of the array."""

    g_s: np.ndarray
    stream: Stream
    cycle: int = 0
    attempts: np.ndarray | None = None

    def chip_normals(self, purpose: str) -> np.ndarray:
        """Standard normals (float32) that a cell keeps for life."""
        return chip_normals(self.stream, purpose, self.g_s.shape)

    def cycle_normals(self, purpose: str) -> np.ndarray:
        """Standard normals (float32) that a cell keeps until it is written again."""
        return chip_normals(self.stream, f"{purpose} {self.cycle}", self.g_s.shape)


class CellArrays:
    """Base of dataclasses whose arrays end with the axes of the cells; in front may stand traps, terms and the two
    cells of a pair. What is of no such class, nor a mapping of them, is the same for all cells."""


def of_cells(values: Any, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    """The same with every array of cells changed."""
    if isinstance(values, np.ndarray):
        return change(values)
    if isinstance(values, CellArrays):
        return replace(values, **of_cells(vars(values), change))  # type: ignore[type-var]
    if isinstance(values, dict):
        return {name: of_cells(value, change) for name, value in values.items()}
    return values


def chip_normals(stream: Stream, purpose: str, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normals (float32) at the start of a stream."""
    return stream.generator(purpose).standard_normal(shape, dtype=np.float32)


def chip_uniforms(stream: Stream, purpose: str, shape: tuple[int, ...]) -> np.ndarray:
    """Uniforms in [0, 1) (float32) at the start of a stream."""
    return stream.generator(purpose).random(shape, dtype=np.float32)
