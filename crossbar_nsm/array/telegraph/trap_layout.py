"""How cells lie for the telegraph kernels: 16 outputs side by side in a vector, 32 rows in the bits of a word.

(..., rows, outputs) becomes (groups, ..., padded rows, LANES): group g holds outputs 16 g to 16 g + 15. Padding has no
weight and never switches.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS, pack, unpack
from crossbar_nsm.engine.kernels.lanes import LANES, padded_width


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


def ungrouped(values: np.ndarray, rows: int, outputs: int) -> np.ndarray:
    """The inverse of `grouped`."""
    lanes = np.moveaxis(values, 0, -2)
    return np.ascontiguousarray(lanes.reshape(*lanes.shape[:-2], -1)[..., :rows, :outputs])


def state_words(states: np.ndarray) -> np.ndarray:
    """0 and 1 of traps (traps, 2, rows, outputs) as words (groups, traps, 2, words, LANES) uint32."""
    return pack(grouped(states))


def state_bits(words: np.ndarray, rows: int, outputs: int) -> np.ndarray:
    """The inverse of `state_words`, uint8."""
    return ungrouped(unpack(words), rows, outputs)
