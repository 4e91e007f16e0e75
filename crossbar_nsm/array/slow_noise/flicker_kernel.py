"""The numba kernel of 1/f noise: Ornstein-Uhlenbeck terms of every pair, in the order of `block_walk`.

A read sees from_state x + from_kick n of every term, and the term moves on, x += kick n - loss x: the window mean and
the state at the next window of `device_models.parts.windows`. What is left of window means is fresh noise of every
cell, so one normal per output, tile and read with their variances summed is exact. In this form, loss = 1 - exp(-dt /
tau), single precision neither freezes nor inflates a process with dt / tau down to 1e-13, where 1 - loss rounds to 1.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from crossbar_nsm.array.slow_noise.block_walk import SPAN, mix, seed_reads, span_stop, weigh
from crossbar_nsm.array.slow_noise.flicker_holds import LONGEST_HOLD
from crossbar_nsm.engine.kernels.counter_random import f32
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lane_blocks import BLOCK, WIDTH, block_normals, seed_block

_FAR = 255  # the draws of terms that are far slower than a vector; reads are numbered below


@njit(error_model="numpy")
def _due(start, stop, reads, first, held):
    """Which terms move on with each read of a span, (span x reads, terms): all EVERY_READ, held ones at the end of
    their holds."""
    due = np.zeros(((stop - start) * reads, held.size), np.bool_)
    for n in range(start, stop):
        for read in range(reads):
            for k in range(held.size):
                over = held[k] > 0 and read == reads - 1 and (first + n + 1) % held[k] == 0
                due[(n - start) * reads + read, k] = held[k] == 0 or over
    return due


@njit(error_model="numpy", fastmath={"contract"})
def _move_far(far, far_sum, b, scale, steps, lanes, normals):
    """One step of the slowest terms of a block, and their sums."""
    for g in range(far.shape[1]):
        for i in range(BLOCK):
            far_sum[b, g, i] = f32(0)
        for k in range(far.shape[2]):
            block_normals(lanes, 0, normals)
            kick, loss = steps[0, k], steps[1, k]
            for i in range(BLOCK):
                far[b, g, k, i] += scale[b, g, i] * (kick * normals[i]) - loss * far[b, g, k, i]
                far_sum[b, g, i] += far[b, g, k, i]


@njit(error_model="numpy", fastmath={"contract"}, inline="always")
def _see(total, x, b, g, k, scale, step, normals):
    """Add what a read sees of a term of 128 pairs of standard deviation `scale` to `total` (128), and move it on; x
    (blocks, groups, terms, 128)."""
    kick, loss, from_state, from_kick = step[0, k], step[1, k], step[2, k], step[3, k]
    for i in range(BLOCK):
        state, draw = x[b, g, k, i], scale[b, g, i] * normals[i]
        total[i] += from_state * state + from_kick * draw
        x[b, g, k, i] = state + (kick * draw - loss * state)


@njit(error_model="numpy", fastmath={"contract"}, inline="always")
def _wander(total, near, far_sum, b, g, scale, step, due, lanes, q, normals):
    """What one read sees of a row group, total (128); what is due moves on."""
    for i in range(BLOCK):
        total[i] = far_sum[b, g, i]
    for k in range(near.shape[2]):
        if due[q, k]:
            block_normals(lanes, q, normals)
            _see(total, near, b, g, k, scale, step, normals)
        else:
            for i in range(BLOCK):
                total[i] += near[b, g, k, i]


@njit(error_model="numpy", fastmath={"contract"}, inline="always")
def _weigh_squares(spread, n, squares, vector, b, g, scale, square):
    """spread[n] (32) += the squares of a vector times those of the deviations of its 4 rows."""
    for i in range(BLOCK):
        square[i] = scale[b, g, i] * scale[b, g, i]
    weigh(spread, n, squares, vector, b, g, square)


@njit(error_model="numpy", fastmath={"contract"})
def _add_rest(u, spread, rest, reads, lanes, normals, count):
    """The rest of window means: a normal of the summed variance for every read and output."""
    for q in range(count):
        block_normals(lanes, q, normals)
        for i in range(WIDTH):
            u[q, i] += f32(math.sqrt(rest[q % reads] * spread[q // reads, i])) * normals[i]


@kernel(parallel=True, error_model="numpy")
def add_flicker(out, z, first, mixing, group_starts, near, far, far_sum, scale, steps, held, far_steps, rest, key):
    """Add mixed reads of 1/f noise, sum_j z_j sum_k x_jk, to `out` (slots, tiles or 1, vectors, outputs).

    z (vectors, groups x 4); near, far (blocks, groups, terms, 128): states of the terms that are moved on within
    LONGEST_HOLD vectors, and of the others, weight units; far_sum, scale (blocks, groups, 128); steps (2: of a vector's
    last read or of another, 4: kick, loss, from_state, from_kick, near terms); held (near terms): see `flicker_holds`;
    far_steps (2: kick and loss, far terms); rest (reads): variance of the rest over scale^2.
    """
    vectors, reads = z.shape[0], mixing.shape[1]
    squares = z * z
    for b in prange(near.shape[0]):
        lanes, far_lanes = np.empty((SPAN * reads, BLOCK), np.uint32), np.empty((1, BLOCK), np.uint32)
        normals, total = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
        u, spread = np.empty((SPAN * reads, WIDTH), np.float32), np.empty((SPAN, WIDTH), np.float32)
        start = 0
        while start < vectors:
            stop, number = span_stop(start, vectors, first), first + start
            if number > 0 and number % LONGEST_HOLD == 0:
                seed_block(far_lanes, 0, b, _FAR, number, key)
                _move_far(far, far_sum, b, scale, far_steps, far_lanes, normals)
            seed_reads(lanes, b, start, stop, reads, first, key)
            due = _due(start, stop, reads, first, held)
            for tile in range(group_starts.size - 1):
                u[:], spread[:] = f32(0), f32(0)
                for g in range(group_starts[tile], group_starts[tile + 1]):
                    for q in range((stop - start) * reads):
                        step = steps[0 if q % reads == reads - 1 else 1]
                        _wander(total, near, far_sum, b, g, scale, step, due, lanes, q, normals)
                        weigh(u, q, z, start + q // reads, b, g, total)
                    for n in range(stop - start):
                        _weigh_squares(spread, n, squares, start + n, b, g, scale, total)
                _add_rest(u, spread, rest, reads, lanes, normals, (stop - start) * reads)
                mix(out, u, mixing, min(tile, out.shape[1] - 1), b, start, stop)
            start = stop
