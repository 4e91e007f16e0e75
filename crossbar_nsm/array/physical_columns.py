"""Pairs of cells as the physical columns of a tile: G+ and G- of output 0, of output 1, and so on.

Only used rows and columns are there: used rows lie next to the sense amplifiers, used columns next to the drivers.
"""

from __future__ import annotations

import numpy as np


def physical_columns(pairs: np.ndarray) -> np.ndarray:
    """(2, rows, outputs) as (rows, 2 outputs)."""
    return np.moveaxis(pairs, 0, -1).reshape(pairs.shape[1], -1)


def pairs_of_columns(cells: np.ndarray) -> np.ndarray:
    """(rows, 2 outputs) as (2, rows, outputs)."""
    return np.moveaxis(cells.reshape(len(cells), -1, 2), -1, 0)
