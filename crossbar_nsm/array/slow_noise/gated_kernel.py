"""The numba kernel of selectors: every threshold is moved on, in the order of `block_walk`.

What passes is two-valued for each pair (or cell). Given what passes, the fresh noise of a tile's read is normal with
the variance of its cells summed, so one normal per output, tile and read is exact.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from crossbar_nsm.array.slow_noise.block_walk import SPAN, mix, seed_reads, span_stop, weigh
from crossbar_nsm.engine.kernels.counter_random import f32
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lane_blocks import BLOCK, WIDTH, block_normals


@njit(error_model="numpy", fastmath={"contract"}, inline="always")
def _moved(margin, x, level, b, g, side, kick, loss, lanes, q, normals):
    """How far 128 thresholds x are below the level, after one step: selectors with a positive margin conduct."""
    block_normals(lanes, q, normals)
    for i in range(BLOCK):
        x[b, g, side, i] += kick * normals[i] - loss * x[b, g, side, i]
        margin[i] = level[b, g, side, i] - x[b, g, side, i]


@njit(error_model="numpy", inline="always")
def _choose(seen, margin, on, off, b, g, side):
    for i in range(BLOCK):
        seen[i] = on[b, g, side, i] if margin[i] > f32(0) else off[b, g, side, i]


@njit(error_model="numpy", fastmath={"contract"})
def _add_fresh_noise(u, variance, lanes, normals, count):
    """One normal of the accumulated variance for every read and output."""
    for q in range(count):
        block_normals(lanes, q, normals)
        for i in range(WIDTH):
            u[q, i] += f32(math.sqrt(variance[q, i])) * normals[i]


@kernel(parallel=True, error_model="numpy")
def add_gated(out, z, first, mixing, group_starts, thresholds, level, steps, mean, variance, key):
    """Add mixed reads of gated cells, sum_j z_j xi_j (w_j + sd_j n), to `out` (slots, tiles or 1, vectors, outputs).

    z (vectors, groups x 4). Per side (one for pairs, two for cells), (blocks, groups, sides, 128): thresholds, moved on
    by steps (2: first or later read of a vector, 2: kick and loss), conduct below `level`. mean, variance: each a pair
    of such arrays, of what is seen of a side that conducts and of one that does not, weight units; variances empty
    without fresh noise.
    """
    vectors, reads, noisy = z.shape[0], mixing.shape[1], variance[0].shape[2] > 0
    squares = z * z
    for b in prange(level.shape[0]):
        lanes = np.empty((SPAN * reads, BLOCK), np.uint32)
        normals = np.empty(BLOCK, np.float32)
        margin, seen = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
        u, spread = np.empty((SPAN * reads, WIDTH), np.float32), np.empty((SPAN * reads, WIDTH), np.float32)
        start = 0
        while start < vectors:
            stop = span_stop(start, vectors, first)
            seed_reads(lanes, b, start, stop, reads, first, key)
            for tile in range(group_starts.size - 1):
                u[:], spread[:] = f32(0), f32(0)
                for g in range(group_starts[tile], group_starts[tile + 1]):
                    for q in range((stop - start) * reads):
                        n, step = start + q // reads, min(q % reads, 1)
                        for side in range(level.shape[2]):
                            kick, loss = steps[step, 0], steps[step, 1]
                            _moved(margin, thresholds, level, b, g, side, kick, loss, lanes, q, normals)
                            _choose(seen, margin, mean[0], mean[1], b, g, side)
                            weigh(u, q, z, n, b, g, seen)
                            if noisy:
                                _choose(seen, margin, variance[0], variance[1], b, g, side)
                                weigh(spread, q, squares, n, b, g, seen)
                if noisy:
                    _add_fresh_noise(u, spread, lanes, normals, (stop - start) * reads)
                mix(out, u, mixing, min(tile, out.shape[1] - 1), b, start, stop)
            start = stop
