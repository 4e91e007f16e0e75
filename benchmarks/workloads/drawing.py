"""Kernels that draw random numbers and do nothing else: what a reader that draws every cell cannot beat.

Every kernel draws `number` numbers for each of `passes` passes and returns one sum per pass, so that the compiler
cannot leave the draws out.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from crossbar_nsm.engine.kernels.bit_words import xor
from crossbar_nsm.engine.kernels.counter_random import fill_normals, fill_words, u32
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lanes import LANES, four_words, lane_normals, seed_lanes

SIDE_BY_SIDE = 4 * LANES  # generators; more draw no faster
BUFFER = 4096


@kernel(parallel=True, error_model="numpy", fastmath={"contract"})
def lane_normals_only(passes, number, key):
    """Standard normals of the lane generators, `number` rounded up to whole vectors."""
    sums = np.empty(passes, np.float32)
    for p in prange(passes):
        lanes, total = np.empty((4, SIDE_BY_SIDE), np.uint32), np.zeros((4, SIDE_BY_SIDE), np.float32)
        seed_lanes(lanes, 0, 0, p, key)
        for _ in range((number + 4 * SIDE_BY_SIDE - 1) // (4 * SIDE_BY_SIDE)):
            for lane in range(SIDE_BY_SIDE):
                a, b, c, d = lane_normals(lanes, lane)
                total[0, lane] += a
                total[1, lane] += b
                total[2, lane] += c
                total[3, lane] += d
        sums[p] = total.sum()
    return sums


@kernel(parallel=True, error_model="numpy")
def lane_words_only(passes, number, key):
    """32-bit words of the lane generators."""
    sums = np.empty(passes, np.uint32)
    for p in prange(passes):
        lanes, total = np.empty((4, SIDE_BY_SIDE), np.uint32), np.zeros(SIDE_BY_SIDE, np.uint32)
        seed_lanes(lanes, 0, 0, p, key)
        for _ in range((number + 4 * SIDE_BY_SIDE - 1) // (4 * SIDE_BY_SIDE)):
            for lane in range(SIDE_BY_SIDE):
                a, b, c, d = four_words(lanes, lane)
                total[lane] = xor(total[lane], xor(xor(a, b), xor(c, d)))
        sums[p] = total[0]
    return sums


@kernel(parallel=True, error_model="numpy")
def philox_normals_only(passes, number, key):
    """Standard normals of Philox, in pieces that stay in cache."""
    sums = np.empty(passes, np.float32)
    for p in prange(passes):
        buffer, total = np.empty(BUFFER, np.float32), np.float32(0)
        for piece in range((number + BUFFER - 1) // BUFFER):
            fill_normals(buffer, piece, 0, p, key)
            total += buffer[0] + buffer[-1]
        sums[p] = total
    return sums


@kernel(parallel=True, error_model="numpy")
def philox_words_only(passes, number, key):
    """32-bit words of Philox, in pieces that stay in cache."""
    sums = np.empty(passes, np.uint32)
    for p in prange(passes):
        buffer, total = np.empty(BUFFER, np.uint32), u32(0)
        for piece in range((number + BUFFER - 1) // BUFFER):
            fill_words(buffer, piece, 0, p, key)
            total = xor(total, xor(buffer[0], buffer[-1]))
        sums[p] = total
    return sums
