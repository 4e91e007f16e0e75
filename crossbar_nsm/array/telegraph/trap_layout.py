"""How cells lie for the telegraph kernels: 16 outputs side by side in a vector, 32 rows in the bits of a word.

(..., rows, outputs) becomes (groups, ..., padded rows, LANES): group g holds outputs 16 g to 16 g + 15. Padding has no
weight and never switches.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS, pack
from crossbar_nsm.engine.kernels.lanes import LANES, padded_width

VECTOR = BITS * LANES  # traps of a vector of words


def padded_rows(rows: int) -> int:
    """`rows` rounded up to whole words."""
    return (rows + BITS - 1) // BITS * BITS


def grouped(values: np.ndarray) -> np.ndarray:
    """(..., rows, outputs) as (groups, ..., padded rows, LANES), padded with zeros, C-contiguous."""
    *before, rows, outputs = values.shape
    padded = np.zeros((*before, padded_rows(rows), padded_width(outputs)), values.dtype)
    padded[..., :rows, :outputs] = values
    lanes = padded.reshape(*padded.shape[:-1], -1, LANES)
    return np.ascontiguousarray(np.moveaxis(lanes, -2, 0))


def blocked(values: np.ndarray, width: int) -> np.ndarray:
    """(rows, outputs) as (blocks, rows, width) float32, padded with zeros, C-contiguous; width: a multiple of LANES."""
    rows, outputs = values.shape
    blocks = -(-padded_width(outputs) // width)
    padded = np.zeros((rows, blocks * width), np.float32)
    padded[:, :outputs] = values
    return np.ascontiguousarray(np.swapaxes(padded.reshape(rows, blocks, width), 0, 1))


def in_bit_order(values: np.ndarray) -> np.ndarray:
    """(2, rows, outputs) as (groups, 2, words, LANES, BITS), C-contiguous: one value per bit of the state words."""
    lanes = grouped(values)
    return np.ascontiguousarray(np.swapaxes(lanes.reshape(*lanes.shape[:2], -1, BITS, LANES), -1, -2))


def state_words(states: np.ndarray) -> np.ndarray:
    """0 and 1 of traps (traps, 2, rows, outputs) as words (groups, traps, 2, words, LANES) uint32."""
    return pack(grouped(states))
