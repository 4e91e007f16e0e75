"""Numba kernels that draw fresh noise of other shapes than the normal one, every cell of it.

A Laplace number is a normal one whose variance is exponential with mean 1, so the noise of a column is, given the
exponential numbers of all its cells, one normal number: an exponential number is drawn for each cell, a normal one for
each output. Numbers of a table of quantiles are looked up. The normal part of the noise is one normal number for each
output, too, exact whatever there is else.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from crossbar_nsm.array.fresh_kernels import flush, row_signals
from crossbar_nsm.engine.kernels.convolution import fill_patches
from crossbar_nsm.engine.kernels.counter_random import f32, u64
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lanes import LANES, lane_normals, seed_lanes
from crossbar_nsm.engine.kernels.shape_draws import (
    columns_of,
    fill_places,
    load_states,
    minus_log2_of,
    next_four,
    numbers_of,
    store_states,
)
from crossbar_nsm.engine.kernels.vectors import (
    TABLES_OF_32,
    all_floats,
    load,
    multiply_add,
    pairs_at,
    plus,
    pointer,
    store,
    times,
)

ROWS_AT_ONCE = 2  # two cells each, so four words of a generator
ROWS_OF_BLOCK = 8  # for which states stay in registers


@njit(inline="always")
def _exponential(scales, plus_cell, minus_cell, a, b):
    """scale e of both cells of 16 pairs, of two words; e = -log2 u."""
    return multiply_add(load(scales, plus_cell), minus_log2_of(a), times(load(scales, minus_cell), minus_log2_of(b)))


@njit(error_model="numpy")
def _add_laplace(spread, squares, scale, first, last, lanes):
    """spread[i] += sum of square scale e over both cells of the rows first..last, a multiple of 2; e = -log2 u."""
    width, rows = spread.size, scale.shape[1]
    sums, scales, at_lanes = pointer(spread, 0), pointer(scale, 0), pointer(lanes, 0)
    for start in range(first, last, ROWS_OF_BLOCK):
        for i in range(0, width, LANES):
            states, u = load_states(at_lanes, i, width), load(sums, i)
            for k in range(start, min(start + ROWS_OF_BLOCK, last), ROWS_AT_ONCE):
                (a, b, c, d), states = next_four(states)
                at, other = k * width + i, (rows + k) * width + i
                z0, z1 = all_floats(squares[k]), all_floats(squares[k + 1])
                part = _exponential(scales, at, other, a, b)
                u = plus(u, multiply_add(z0, part, times(z1, _exponential(scales, at + width, other + width, c, d))))
            store(sums, i, u)
            store_states(at_lanes, i, width, states)


@njit(inline="always")
def _added(u, signal, scales, at, numbers):
    """u + signal scale x of 16 cells."""
    return multiply_add(times(signal, load(scales, at)), numbers, u)


@njit(error_model="numpy")
def _add_table(total, signals, scale, first, last, lanes, columns):
    """total[i] += sum of signal scale x over both cells of the rows first..last, a multiple of 2; x by a table of 32
    columns, transposed (5, 32)."""
    width, rows = total.size, scale.shape[1]
    sums, scales, at_lanes, table = pointer(total, 0), pointer(scale, 0), pointer(lanes, 0), pointer(columns, 0)
    limits = columns_of(table, 0)
    of_first = columns_of(table, 1), columns_of(table, 2)
    of_second = columns_of(table, 3), columns_of(table, 4)
    for start in range(first, last, ROWS_OF_BLOCK):
        for i in range(0, width, LANES):
            states, u = load_states(at_lanes, i, width), load(sums, i)
            for k in range(start, min(start + ROWS_OF_BLOCK, last), ROWS_AT_ONCE):
                (a, b, c, d), states = next_four(states)
                at, other = k * width + i, (rows + k) * width + i
                z0, z1 = all_floats(signals[k]), all_floats(signals[k + 1])
                u = _added(u, z0, scales, at, numbers_of(a, limits, of_first, of_second))
                u = _added(u, z0, scales, other, numbers_of(b, limits, of_first, of_second))
                u = _added(u, z1, scales, at + width, numbers_of(c, limits, of_first, of_second))
                u = _added(u, z1, scales, other + width, numbers_of(d, limits, of_first, of_second))
            store(sums, i, u)
            store_states(at_lanes, i, width, states)


@njit(inline="always")
def _found(lines, numbers, places, at):
    """16 numbers of the table."""
    start, slope = pairs_at(lines, numbers, at)
    return multiply_add(slope, load(places, at), start)


@njit(error_model="numpy")
def _add_large_table(total, signals, scale, first, last, lanes, columns, lines, numbers, places):
    """As `_add_table`, with any number of columns, lines (2 columns, 2) looked up in memory; numbers (4, width) uint32
    and places (4, width) float32: to work with."""
    width, rows, count = total.size, scale.shape[1], columns.shape[1]
    sums, scales, at_lanes, limits = pointer(total, 0), pointer(scale, 0), pointer(lanes, 0), pointer(columns, 0)
    at_number, at_place, table = pointer(numbers, 0), pointer(places, 0), pointer(lines, 0)
    for k in range(first, last, ROWS_AT_ONCE):
        fill_places(at_number, at_place, at_lanes, width, limits, count)
        z0, z1 = all_floats(signals[k]), all_floats(signals[k + 1])
        for i in range(0, width, LANES):
            at, other = k * width + i, (rows + k) * width + i
            u = _added(load(sums, i), z0, scales, at, _found(table, at_number, at_place, i))
            u = _added(u, z0, scales, other, _found(table, at_number, at_place, width + i))
            u = _added(u, z1, scales, at + width, _found(table, at_number, at_place, 2 * width + i))
            store(sums, i, _added(u, z1, scales, other + width, _found(table, at_number, at_place, 3 * width + i)))


@njit(error_model="numpy", fastmath={"contract"})
def _add_normal_part(spread, squares, variance, first, last):
    """spread[i] += sum of square variance over the rows first..last."""
    for k in range(u64(first), u64(last)):
        for i in range(u64(spread.size)):
            spread[i] += squares[k] * variance[k, i]


@njit(error_model="numpy", fastmath={"contract"})
def _add_normals(total, spread, lanes):
    """total[i] += a normal number of variance spread[i]."""
    for i in range(u64(total.size)):
        n, _, _, _ = lane_normals(lanes, i)
        total[i] += f32(math.sqrt(max(spread[i], f32(0)))) * n


@kernel(parallel=True, error_model="numpy")
def add_shaped_noise(out, z, passes, numbers, positions, rows, scale, normal, entries, mixing, key):
    """As `add_fresh_noise`, but adds sum_r mixing[slot, r] sum_j z_j (s+_j x+_j + s-_j x-_j + n_j) to out.

    scale (2, padded rows, padded outputs) float32: s of both cells, weight units, where `entries` (see
    `shape_draws.entries_of`) tell x; without entries x is Laplace, and scale is s^2 ln 2. normal (padded rows or 0,
    padded outputs): variance of n, the normal part of both cells.
    """
    count, taps, width = positions[0] * positions[1], numbers[0] * numbers[3] * numbers[3], scale.shape[2]
    looked_up, in_registers = entries.shape[0] > 0, TABLES_OF_32 and entries.shape[0] == 2 * LANES
    columns, lines = np.ascontiguousarray(entries.T), np.ascontiguousarray(entries[:, 1:])
    for p in prange(passes.input_of.size):
        patches = np.zeros(taps * count, np.float32)
        fill_patches(patches, z[passes.input_of[p]], numbers, positions)
        signals, squares = np.empty(rows.row_of.size, np.float32), np.empty(rows.row_of.size, np.float32)
        total, spread = np.empty(width, np.float32), np.empty(width, np.float32)
        lanes, at_number = np.empty((4, width), np.uint32), np.empty((4, width), np.uint32)
        places = np.empty((4, width), np.float32)
        for read in range(mixing.shape[1]):
            seed_lanes(lanes, read, passes.samples[p], passes.images[p], key)
            for position in range(count):
                row_signals(signals, patches, rows, position, count)
                for k in range(signals.size):
                    squares[k] = signals[k] * signals[k]
                for tile in range(rows.tile_starts.size - 1):
                    first, last = rows.tile_starts[tile], rows.tile_starts[tile + 1]
                    for i in range(u64(width)):
                        total[i] = spread[i] = f32(0)
                    if in_registers:
                        _add_table(total, signals, scale, first, last, lanes, columns)
                    elif looked_up:
                        _add_large_table(total, signals, scale, first, last, lanes, columns, lines, at_number, places)
                    else:
                        _add_laplace(spread, squares, scale, first, last, lanes)
                    if normal.shape[0] > 0:
                        _add_normal_part(spread, squares, normal, first, last)
                    if normal.shape[0] > 0 or not looked_up:
                        _add_normals(total, spread, lanes)
                    flush(out, total, min(tile, out.shape[1] - 1), p, read, position, count, mixing)
