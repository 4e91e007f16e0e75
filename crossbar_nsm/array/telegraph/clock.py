"""Simulated time in epochs: stretches of vectors, counted from the reset, whose switches are drawn together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lanes import LANES


class Clock(NamedTuple):
    """Times [s]: a read window; from the start of a read to that of the next one of its vector; from the start of a
    vector's first window to the end of its last; from vector to vector. And the number of vectors of an epoch."""

    window_s: float
    between_s: float
    reads_s: float
    interval_s: float
    vectors: int


class Epoch(NamedTuple):
    """One epoch of a call. number: since the reset; start: index of its first vector among those of the call, negative
    if it began before; low, high: its vectors from `low` to before `high` are read in the call; ends: whether it ends
    with them; key: of the stream from which it draws."""

    number: int
    start: int
    low: int
    high: int
    ends: bool
    length_s: float
    key: np.uint64
    clock: Clock


@njit(error_model="numpy")
def epoch_of(call, first, count, clock, key):
    """Epoch number `call` of a call that reads `count` vectors from vector `first` on."""
    number = first // clock.vectors + call
    start = number * clock.vectors - first
    high, length_s = min(count - start, clock.vectors), clock.vectors * clock.interval_s
    return Epoch(number, start, max(-start, 0), high, high == clock.vectors, length_s, key, clock)


@kernel(parallel=True, error_model="numpy")
def inputs_by_epoch(z, first, vectors):
    """Inputs z (count, rows) float32 from vector `first` on as (epochs, rows, vectors): transposed, zero outside of the
    call."""
    start = first // vectors
    out = np.zeros(((first + z.shape[0] - 1) // vectors - start + 1, z.shape[1], vectors), np.float32)
    pieces = (z.shape[1] + LANES - 1) // LANES
    for piece in prange(out.shape[0] * pieces):
        epoch, low = piece // pieces, piece % pieces * LANES
        shift = (start + epoch) * vectors - first
        for n in range(max(0, -shift), min(vectors, z.shape[0] - shift)):
            for j in range(low, min(low + LANES, z.shape[1])):
                out[epoch, j, n] = z[shift + n, j]
    return out
