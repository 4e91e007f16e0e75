"""The numba kernel of 1/f noise: Ornstein-Uhlenbeck terms of every pair, in the order of `block_walk`.

A step is x += kick n - loss x, loss = 1 - exp(-dt / tau): the form in which single precision neither freezes nor
inflates a process with dt / tau down to 1e-13, where 1 - loss rounds to 1.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from crossbar_nsm.array.slow_noise.block_walk import SPAN, mix, seed_reads, span_stop, weigh
from crossbar_nsm.array.slow_noise.flicker_holds import LONGEST_HOLD
from crossbar_nsm.engine.counter_random import f32
from crossbar_nsm.engine.lane_blocks import BLOCK, WIDTH, block_normals, seed_block

_FAR = 255  # the draws of terms that are far slower than a vector; reads are numbered below


@njit(error_model="numpy")
def _due(start, stop, reads, first, held):
    """Which terms move on at each read of a span, (span x reads, terms)."""
    due = np.zeros(((stop - start) * reads, held.size), np.bool_)
    for n in range(start, stop):
        number = first + n
        for read in range(reads):
            for k in range(held.size):
                now = held[k] <= 1 or (number > 0 and number % held[k] == 0)
                due[(n - start) * reads + read, k] = held[k] == 0 or (read == 0 and now)
    return due


@njit(error_model="numpy", fastmath={"contract"}, inline="always")
def _move_term(x, b, g, k, scale, kick, loss, normals):
    """One step of a term of 128 pairs of standard deviation `scale`; x (blocks, groups, terms, 128)."""
    for i in range(BLOCK):
        x[b, g, k, i] += scale[b, g, i] * (kick * normals[i]) - loss * x[b, g, k, i]


@njit(error_model="numpy", fastmath={"contract"})
def _move_far(far, far_sum, b, scale, steps, lanes, normals):
    """One step of the slowest terms of a block, and their sums."""
    for g in range(far.shape[1]):
        for i in range(BLOCK):
            far_sum[b, g, i] = f32(0)
        for k in range(far.shape[2]):
            block_normals(lanes, 0, normals)
            _move_term(far, b, g, k, scale, steps[0, k], steps[1, k], normals)
            for i in range(BLOCK):
                far_sum[b, g, i] += far[b, g, k, i]


@njit(error_model="numpy", fastmath={"contract"}, inline="always")
def _wander(total, near, far_sum, b, g, scale, steps, step, due, lanes, q, normals):
    """What one read sees of a row group, total (128), when it has moved on what is due."""
    for i in range(BLOCK):
        total[i] = far_sum[b, g, i]
    for k in range(near.shape[2]):
        if due[q, k]:
            block_normals(lanes, q, normals)
            _move_term(near, b, g, k, scale, steps[step, 0, k], steps[step, 1, k], normals)
        for i in range(BLOCK):
            total[i] += near[b, g, k, i]


@njit(parallel=True, error_model="numpy", cache=True)
def add_flicker(out, z, first, mixing, group_starts, near, far, far_sum, scale, steps, held, far_steps, key):
    """Add mixed reads of 1/f noise, sum_j z_j sum_k x_jk, to `out` (slots, tiles or 1, vectors, outputs).

    z (vectors, groups x 4); near, far (blocks, groups, terms, 128): states of the terms that are moved on within
    LONGEST_HOLD vectors, and of the others, weight units; far_sum, scale (blocks, groups, 128); steps (2: first or
    later read of a vector, 2: kick and loss, near terms); held (near terms): see `flicker_holds`; far_steps (2, far
    terms).
    """
    vectors, reads = z.shape[0], mixing.shape[1]
    for b in prange(near.shape[0]):
        lanes, far_lanes = np.empty((SPAN * reads, BLOCK), np.uint32), np.empty((1, BLOCK), np.uint32)
        normals, total = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
        u = np.empty((SPAN * reads, WIDTH), np.float32)
        start = 0
        while start < vectors:
            stop, number = span_stop(start, vectors, first), first + start
            if number > 0 and number % LONGEST_HOLD == 0:
                seed_block(far_lanes, 0, b, _FAR, number, key)
                _move_far(far, far_sum, b, scale, far_steps, far_lanes, normals)
            seed_reads(lanes, b, start, stop, reads, first, key)
            due = _due(start, stop, reads, first, held)
            for tile in range(group_starts.size - 1):
                u[:] = f32(0)
                for g in range(group_starts[tile], group_starts[tile + 1]):
                    for q in range((stop - start) * reads):
                        step = min(q % reads, 1)
                        _wander(total, near, far_sum, b, g, scale, steps, step, due, lanes, q, normals)
                        weigh(u, q, z, start + q // reads, b, g, total)
                mix(out, u, mixing, min(tile, out.shape[1] - 1), b, start, stop)
            start = stop
