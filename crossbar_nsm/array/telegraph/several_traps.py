"""Switches within an epoch of cells with several traps each: each cell that is hit walks through the switches of all of
its traps, because they multiply."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS
from crossbar_nsm.array.telegraph.step_currents import add_switch
from crossbar_nsm.array.telegraph.walk import (
    begin,
    first_switch,
    mean_time,
    record_length,
    remember,
    switch,
    trap_bit,
    value,
)
from crossbar_nsm.array.telegraph.weights import cell_of, pair_weight
from crossbar_nsm.engine.kernels.counter_random import u32
from crossbar_nsm.engine.kernels.lanes import LANES
from crossbar_nsm.engine.kernels.vectors import prefetch, trailing_zeros


class Walks(NamedTuple):
    """Room for the cells of a group that are hit, as pointers. cells: their numbers, uint32, one per cell of the group;
    first_switches: times and spare uniforms of their traps, (2 per trap of the group) float64; walk: see `walk`."""

    cells: Any
    first_switches: Any
    walk: Any


@njit(error_model="numpy")
def several_traps_epoch(hits, room, group, sums, readout, epoch):
    """Let the traps of a group switch that are hit in an epoch; hits: words (traps, 2, words, LANES), room: Walks.
    Moves weights and states on if the epoch ends within the call."""
    clock = epoch.clock
    count = _list_cells(room.cells, hits, group)
    _draw_first(room, count, hits, group, epoch)
    drawn, walk = 0, room.walk
    for item in range(count):
        row, lane, side = _row_lane_side(room.cells[item])
        cell = cell_of(group, row, lane, side)
        drawn = begin(walk, cell, group.states, hits, room.first_switches, drawn)
        before = value(walk, cell)
        t = switch(walk, cell, epoch)
        while t < epoch.length_s:
            now = value(walk, cell)
            n = min(int(t / clock.interval_s), clock.vectors - 1)
            add_switch(readout, sums, epoch, row, lane, now - before, n, t - n * clock.interval_s)
            before = now
            t = switch(walk, cell, epoch)
        if epoch.ends:
            remember(walk, cell, group.states)
            sums.weights[row * sums.width + lane] = pair_weight(group, row, lane)


@njit(inline="always")
def _row_lane_side(number):
    """Of a number in the list of cells."""
    return np.int64(number) >> 5, np.int64(number) & 15, np.int64(number) >> 4 & 1


@njit(error_model="numpy")
def _list_cells(cells, hits, group):
    """List the cells of which any trap is hit, and ask for their records; returns how many they are."""
    count, words = 0, group.words
    for vector in range(2 * words):
        side, row = vector // words, vector % words * BITS
        for lane in range(LANES):
            any_trap = hits[vector * LANES + lane]
            for k in range(1, group.traps):
                any_trap = u32(any_trap | hits[(k * 2 * words + vector) * LANES + lane])
            while any_trap != u32(0):
                here = row + np.int64(trailing_zeros(any_trap))
                any_trap = u32(any_trap & u32(any_trap - u32(1)))
                cells[count] = u32((here << 5) | (side << 4) | lane)
                count += 1
                prefetch(group.cells, (here * LANES + lane) * 2 * record_length(group.traps))
    return count


@njit(error_model="numpy")
def _draw_first(room, count, hits, group, epoch):
    """First switches of all traps that are hit, cell by cell: a loop by itself, so that logarithms overlap."""
    drawn = 0
    for item in range(count):
        row, lane, side = _row_lane_side(room.cells[item])
        cell = cell_of(group, row, lane, side)
        for k in range(group.traps):
            if trap_bit(hits, cell, k):
                mean_s = mean_time(cell, k, trap_bit(group.states, cell, k))
                switch_s, spare = first_switch(cell.trap + k, mean_s, epoch)
                room.first_switches[2 * drawn], room.first_switches[2 * drawn + 1] = switch_s, spare
                drawn += 1
