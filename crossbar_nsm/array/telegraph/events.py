"""Telegraph noise, event driven: one product per epoch of vectors, then one vector operation per switch.

An epoch's currents are those of the states at its start, u = W z, plus for every switch of a cell at time t its step
times the input, for all later vectors. Where the switch falls into a read window, that read gets the part of the step
that belongs to the rest of the window. Blocks of outputs run in parallel, epochs in order; a call that ends within an
epoch leaves the states at its start, and the next call draws the same switches again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from crossbar_nsm.array.telegraph.single_trap_events import single_trap_epoch, single_trap_weight
from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS, bernoulli
from crossbar_nsm.array.telegraph.walk import (
    LANE_TAG,
    WALK,
    begin,
    bit_of,
    first_switch,
    mean_time,
    remember,
    row_record,
    settle,
    stored_value,
    switch,
    value,
)
from crossbar_nsm.engine.kernels.counter_random import f32, u32
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lanes import LANES, seed_lanes
from crossbar_nsm.engine.kernels.vectors import (
    all_floats,
    all_words,
    lanes_set,
    load,
    multiply_add,
    pointer,
    prefetch,
    store,
    times,
    trailing_zeros,
)


class Clock(NamedTuple):
    """Times [s]: a read window, start to start of the reads of a vector and of vectors; vectors of an epoch."""

    window_s: float
    between_s: float
    interval_s: float
    vectors: int


class Tables(NamedTuple):
    """What does not change. cells: records of `telegraph_walk`; thresholds: `planes` of the probabilities to switch
    within an epoch; active: whether any of 512 traps may; traps of a cell."""

    cells: np.ndarray
    thresholds: np.ndarray
    active: np.ndarray
    traps: int


@kernel(parallel=True, error_model="numpy")
def epochs_of(z, first, vectors):
    """z (count, rows) float32 from vector `first` on as (epochs, rows, vectors): transposed, zero where not shown."""
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


@njit(inline="always")
def _pair_weight(cells, states, group, row, lane, traps, words):
    """Weight of a pair in its stored states."""
    record, length = row_record(group, row, lane, words * BITS, 1 + 3 * traps), 1 + 3 * traps
    plus = (group * traps * 2 * words + row // BITS) * LANES + lane
    step = 2 * words * LANES
    return stored_value(cells, record, traps, states, plus, step, row % BITS) + stored_value(
        cells, record + length, traps, states, plus + words * LANES, step, row % BITS
    )


@kernel(parallel=True, error_model="numpy")
def pair_weights(base, tables, single, states):
    """Set base (blocks, rows, width) to the weights of all pairs in the given states."""
    for block in prange(base.shape[0]):
        _block_weights(block, base, tables, single, states)


@njit(error_model="numpy")
def _block_weights(block, base, tables, single, states):
    """`pair_weights` of one block."""
    cells, words = pointer(tables.cells, 0), (base.shape[1] + BITS - 1) // BITS
    stored, count = pointer(states, 0), states.size // (tables.traps * 2 * words)
    steps = pointer(single.steps, 0)
    for row in range(base.shape[1]):
        for column in range(min(base.shape[2], count - block * base.shape[2])):
            group, lane = (block * base.shape[2] + column) // LANES, column % LANES
            if tables.traps == 1:
                free = single.free[block, row, column]
                base[block, row, column] = single_trap_weight(free, steps, stored, group, row, lane, words)
            else:
                base[block, row, column] = _pair_weight(cells, stored, group, row, lane, tables.traps, words)


@njit(error_model="numpy")
def _find(hits, room, lanes, states, group, words, thresholds, active, cells, traps, stretch_s, clock, key):
    """The traps of a group that switch in the epoch: words in hits (traps, 2, words, LANES)."""
    count, length = traps * 2 * words, 1 + 3 * traps
    for number in range(count):
        there = group * count + number
        if active[there] == 0:
            store(hits, number * LANES, all_words(u32(0)))
            continue
        hit, undecided = bernoulli(lanes, states, there, thresholds)
        store(hits, number * LANES, hit)
        if lanes_set(undecided) != u32(0):
            store(room, 0, undecided)
            k, side, row = number // (2 * words), number // words % 2, number % words * BITS
            for lane in range(LANES):
                record = row_record(group, row, lane, words * BITS, length) + side * length
                at, word, steps = number * LANES + lane, there * LANES + lane, 2 * LANES
                args = (record // length * traps, steps * traps)
                settle(
                    room[lane], hits, at, cells, record, steps * length, k, states, word, stretch_s, *args, clock, key
                )


@njit(error_model="numpy")
def _list_cells(found, hits, cells, group, words, traps):
    """List the cells of which any trap is hit, as (row, side, lane) in one number, and ask for their records."""
    count, step, length = 0, 2 * words * LANES, 1 + 3 * traps
    for vector in range(2 * words):
        side, row = vector // words, vector % words * BITS
        for lane in range(LANES):
            some = hits[vector * LANES + lane]
            for k in range(1, traps):
                some = u32(some | hits[k * step + vector * LANES + lane])
            while some != u32(0):
                here = row + np.int64(trailing_zeros(some))
                some = u32(some & u32(some - u32(1)))
                found[count] = u32((here << 5) | (side << 4) | lane)
                count += 1
                prefetch(cells, row_record(group, here, lane, words * BITS, length))
    return count


@njit(error_model="numpy")
def _draw_first(drawn, found, count, hits, cells, states, group, words, traps, stretch_s, clock, key):
    """First switching times of all traps that are hit, cell by cell: a loop by itself, so that logarithms overlap."""
    next_drawn, step, length = 0, 2 * words * LANES, 1 + 3 * traps
    for item in range(count):
        row, side, lane = np.int64(found[item]) >> 5, np.int64(found[item]) >> 4 & 1, np.int64(found[item]) & 15
        cell = ((group * words * BITS + row) * LANES + lane) * 2 + side
        hit = (side * words + (row >> 5)) * LANES + lane
        for k in range(traps):
            if bit_of(hits, hit + k * step, row & 31):
                captured = bit_of(states, group * traps * step + hit + k * step, row & 31)
                mean_s = mean_time(cells, cell * length, k, captured)
                due_s, spare = first_switch(cell * traps + k, mean_s, stretch_s, 0, clock, key)
                drawn[2 * next_drawn], drawn[2 * next_drawn + 1] = due_s, spare
                next_drawn += 1


@njit(inline="always")
def _add_step(current, inputs, step, start, vectors, ramp):
    """Add step times the input to the currents of one output, from vector `start` of the epoch on."""
    first, whole = start // LANES * LANES, all_floats(step)
    if first < vectors:
        part = times(load(ramp, LANES + first - start), whole)
        store(current, first, multiply_add(part, load(inputs, first), load(current, first)))
        for n in range(first + LANES, vectors, LANES):
            store(current, n, multiply_add(whole, load(inputs, n), load(current, n)))


@njit(error_model="numpy")
def _add_within(out, mixing, tile, vector, output, signal, offset_s, window_s, between_s):
    """What a switch offset_s after a vector's start changes in this vector: signal times the part of every window that
    is left, mixed."""
    for slot in range(out.shape[0]):
        mixed = 0.0
        for read in range(mixing.shape[1]):
            left = (read * between_s - offset_s) / window_s + 1
            mixed += mixing[slot, read, output] * min(1.0, max(0.0, left))
        out[slot, tile, vector, output] += f32(signal * mixed)


@njit(error_model="numpy")
def _deliver(out, current, mixed, first_output, low, high, shift):
    """Add what vectors low to high of the epoch give to rows of `out`; mixed (slots, outputs): sum of the mixing."""
    width = min(current.shape[1], out.shape[3] - first_output)
    for slot in range(out.shape[0]):
        for tile in range(out.shape[1]):
            for n in range(low, high):
                for i in range(width):
                    out[slot, tile, shift + n, first_output + i] += mixed[slot, first_output + i] * current[tile, i, n]


@njit(error_model="numpy")
def _block_epoch(
    block,
    number,
    first,
    out,
    shown,
    base,
    current,
    scratch,
    ramp,
    walk,
    states,
    tables,
    single,
    mixing,
    tile_of,
    clock,
    key,
):
    """The switches of one epoch of one block of outputs."""
    rows, width, vectors, traps = base.shape[1], base.shape[2], clock.vectors, tables.traps
    words, length = (rows + BITS - 1) // BITS, 1 + 3 * traps
    step_word, epoch = 2 * words * LANES, first // vectors + number
    shift, stretch_s = epoch * vectors - first, vectors * clock.interval_s
    low, high = max(-shift, 0), min(out.shape[2] - shift, vectors)
    window_s, between_s, interval_s = clock.window_s, clock.between_s, clock.interval_s
    reads_s = (mixing.shape[1] - 1) * between_s + window_s
    cells, stored, active = pointer(tables.cells, 0), pointer(states, 0), pointer(tables.active, 0)
    thresholds = pointer(tables.thresholds, 0)
    hits, room = pointer(scratch, 0), pointer(scratch, traps * step_word)
    found = pointer(scratch, traps * step_word + LANES)
    zeros_ones, own, drawn = pointer(ramp, 0), pointer(walk, 0), pointer(walk, WALK * traps)
    lanes = np.empty((4, LANES), np.uint32)
    seed_lanes(lanes, block, epoch, (epoch >> 32) | LANE_TAG, key)
    groups = states.size // (traps * step_word)
    for group in range(block * width // LANES, min((block + 1) * width // LANES, groups)):
        _find(
            hits, room, pointer(lanes, 0), stored, group, words, thresholds, active, cells, traps, stretch_s, epoch, key
        )
        if traps == 1:
            single_trap_epoch(
                hits, found, pointer(lanes, 0), group, block, number, first, out, shown, base, current, states, single,
                mixing, tile_of, clock, key,
            )  # fmt: skip
            continue
        count = _list_cells(found, hits, cells, group, words, traps)
        _draw_first(drawn, found, count, hits, cells, stored, group, words, traps, stretch_s, epoch, key)
        next_drawn = 0
        for item in range(count):
            row, side, lane = np.int64(found[item]) >> 5, np.int64(found[item]) >> 4 & 1, np.int64(found[item]) & 15
            cell, bit = ((group * words * BITS + row) * LANES + lane) * 2 + side, row & 31
            hit = (side * words + (row >> 5)) * LANES + lane
            record, trap = cell * length, cell * traps
            word, column = group * traps * step_word + hit, group * LANES + lane
            tile = tile_of[row]
            next_drawn = begin(own, traps, stored, word, hits, hit, step_word, bit, drawn, next_drawn)
            at = pointer(current, (tile * width + column - block * width) * vectors)
            x, before = pointer(shown, (number * rows + row) * vectors), value(own, cells, record, traps)
            t = switch(own, cells, record, traps, stretch_s, trap, 0, epoch, key)
            while t < stretch_s:
                now = value(own, cells, record, traps)
                n = min(int(t / interval_s), vectors - 1)
                offset_s = t - n * interval_s
                if low <= n < high and offset_s < reads_s:
                    signal = (now - before) * x[n]
                    _add_within(out, mixing, tile, shift + n, column, signal, offset_s, window_s, between_s)
                _add_step(at, x, now - before, n + 1, vectors, zeros_ones)
                before = now
                t = switch(own, cells, record, traps, stretch_s, trap, 0, epoch, key)
            if high == vectors:
                remember(own, traps, stored, word, step_word, bit)
                base[block, row, column - block * width] = _pair_weight(cells, stored, group, row, lane, traps, words)
    scratch[0] = lanes[0, 0]  # the lanes live until here


@kernel(parallel=True, error_model="numpy")
def event_reads(out, shown, base, current, scratch, states, tables, single, mixing, mixed, tiles, first, clock, key):
    """Add the reads of the vectors from `first` on to out (slots, tiles, vectors, outputs).

    shown: `epochs_of` them; base (blocks, rows, width) and states: at the start of the first epoch, and moved on.
    mixed (slots, outputs): sum of the mixing over reads. current (blocks, tiles, width, vectors of an epoch) float32
    and scratch (blocks, n) uint32 are room for the blocks.
    """
    ramp = np.zeros(2 * LANES, np.float32)
    ramp[LANES:] = 1
    tile_of = np.zeros(base.shape[1], np.int64)
    for tile in range(1, tiles.size - 1):
        tile_of[tiles[tile] :] = tile
    for block in prange(base.shape[0]):
        walk = np.zeros((WALK + 4 * (base.shape[1] + BITS) * LANES) * tables.traps)
        for number in range(shown.shape[0]):
            shift = (first // clock.vectors + number) * clock.vectors - first
            low, high = max(-shift, 0), min(out.shape[2] - shift, clock.vectors)
            for tile in range(tiles.size - 1):
                start, stop = tiles[tile], tiles[tile + 1]
                np.dot(base[block, start:stop].T, shown[number, start:stop], current[block, tile])
            _block_epoch(
                block,
                number,
                first,
                out,
                shown,
                base,
                current[block],
                scratch[block],
                ramp,
                walk,
                states,
                tables,
                single,
                mixing,
                tile_of,
                clock,
                key,
            )
            _deliver(out, current[block], mixed, block * base.shape[2], low, high, shift)
