"""What lies between the points of a table, and the checks that make it one.

Points of an axis rise. Numbers that are powers of each other over short distances (an sd of a conductance) are
interpolated in their logarithms; beyond the first and the last point the value is that of the end, unless said
otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import numpy as np
from pydantic import Field

from device_models.schema import Conductance, Finite, Positive

MOST_POINTS = 1000  # of an axis
MOST_NUMBERS = 20_000  # of a table
FAR_SCORE = 6.0  # one cell in 1e9 is further out

Points = Annotated[list[Positive], Field(min_length=1, max_length=MOST_POINTS)]
Conductances = Annotated[list[Annotated[Conductance, Field(gt=0)]], Field(min_length=1, max_length=MOST_POINTS)]
Scores = Annotated[list[Finite], Field(min_length=1, max_length=MOST_POINTS)]


def check_rising(name: str, points: Sequence[float]) -> None:
    """Raises ValueError, naming the two, where a point is not above the one before."""
    for before, after in pairwise(points):
        if not after > before:
            raise ValueError(f"{name}: {after:g} after {before:g}; the points of a table must rise, each once")


def check_same_length(**columns: Sequence[object]) -> None:
    """Raises ValueError where a column is not as long as the first."""
    (axis, points), *others = columns.items()
    for name, values in others:
        if len(values) != len(points):
            raise ValueError(f"{name}: {len(values)} entries, but {len(points)} in {axis}; one for each is needed")


def log_log(at: np.ndarray, points: Sequence[float], values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Positive values whose logarithm is linear in that of the point, float64; `at` may be 0."""
    inside = np.clip(np.asarray(at, np.float64), points[0], points[-1])
    return np.exp(np.interp(np.log(inside), np.log(points), np.log(values)))


def linear(at: np.ndarray, points: Sequence[float], values: Sequence[float]) -> np.ndarray:
    """Values that are linear between points."""
    return np.interp(np.asarray(at, np.float64), points, values)


def between(at: np.ndarray, points: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Number of the point at or below, and how far `at` is from it to the next, as a share; beyond the ends shares are
    below 0 or above 1, so that what is interpolated goes on as it does at the end. A single point: (0, 0)."""
    at = np.asarray(at, np.float64)
    if len(points) == 1:
        return np.zeros(at.shape, np.intp), np.zeros(at.shape)
    axis = np.asarray(points, np.float64)
    below = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, len(axis) - 2)
    return below, (at - axis[below]) / (axis[below + 1] - axis[below])


def bilinear(
    table: np.ndarray, rows: tuple[np.ndarray, np.ndarray], columns: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Of a table (rows, columns), at what `between` says of both axes. Does not fall along an axis where no row or
    column of the table does."""
    (row, down), (column, along) = rows, columns
    next_row, next_column = np.minimum(row + 1, table.shape[0] - 1), np.minimum(column + 1, table.shape[1] - 1)
    first = table[row, column] + down * (table[next_row, column] - table[row, column])
    second = table[row, next_column] + down * (table[next_row, next_column] - table[row, next_column])
    result: np.ndarray = first + along * (second - first)
    return result
