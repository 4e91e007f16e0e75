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

from crossbar_nsm.array.telegraph.clock import epoch_of
from crossbar_nsm.array.telegraph.several_traps import Walks, several_traps_epoch
from crossbar_nsm.array.telegraph.single_trap import single_trap_epoch
from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS, bernoulli
from crossbar_nsm.array.telegraph.step_currents import CurrentSums, readout_of
from crossbar_nsm.array.telegraph.walk import WALK, settle
from crossbar_nsm.array.telegraph.weights import cell_of, group_of
from crossbar_nsm.engine.kernels.counter_random import u32
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lanes import LANES, seed_lanes
from crossbar_nsm.engine.kernels.vectors import all_words, lanes_set, pointer, store

LANE_TAG = 1 << 31  # lanes are seeded by counters with it in the last word, switches are drawn without


class Room(NamedTuple):
    """Room for the blocks: currents (blocks, tiles, width, vectors of an epoch) float32, words (blocks, n) uint32."""

    currents: np.ndarray
    words: np.ndarray


def room_words(rows: int, traps: int) -> int:
    """Words of `Room` per block of an array: hits of a group, 512 undecided traps, five words per cell of the group."""
    words = -(-rows // BITS)
    return 2 * words * traps * LANES + LANES + 5 * 2 * words * BITS * LANES


@kernel(parallel=True, error_model="numpy")
def event_reads(out, inputs, first, weights, states, room, tables, single, mixing, mixed, tiles, clock, key):
    """Add the reads of the vectors from `first` on to out (slots, tiles, vectors, outputs) float32, weight units.

    inputs (epochs, rows, vectors of an epoch): `inputs_by_epoch`; weights (blocks, rows, width) float32 and states,
    words (groups, traps, 2, words, LANES): at the start of the first epoch, and moved on. mixing (slots, reads,
    outputs) float32, mixed (slots, outputs): its sum over reads. tiles (tiles + 1): first row of each row tile, and the
    number of rows.
    """
    tile_of = np.zeros(weights.shape[1], np.int64)
    for tile in range(1, tiles.size - 1):
        tile_of[tiles[tile] :] = tile
    for block in prange(weights.shape[0]):
        walks = np.zeros((WALK + 4 * (weights.shape[1] + BITS) * LANES) * tables.traps)
        currents, readout = room.currents[block], readout_of(out, mixing)
        for call in range(inputs.shape[0]):
            epoch = epoch_of(call, first, out.shape[2], clock, key)
            for tile in range(tiles.size - 1):
                start, stop = tiles[tile], tiles[tile + 1]
                np.dot(weights[block, start:stop].T, inputs[call, start:stop], currents[tile])
            block_room = (currents, room.words[block], walks)
            _block_epoch(
                block, inputs[call], weights[block], states, block_room, tables, single, tile_of, readout, epoch
            )
            _deliver(out, currents, mixed, block * weights.shape[2], epoch)


@njit(error_model="numpy")
def _block_epoch(block, inputs, weights, states, room, tables, single, tile_of, readout, epoch):
    """The switches of one epoch of one block of outputs; room: its currents, words and float64 for walks."""
    (rows, width), traps, vectors = weights.shape, tables.traps, epoch.clock.vectors
    currents, words, walks = room
    hit_words = 2 * ((rows + BITS - 1) // BITS) * traps * LANES
    hits, undecided, listed = pointer(words, 0), pointer(words, hit_words), pointer(words, hit_words + LANES)
    lanes = np.empty((4, LANES), np.uint32)
    seed_lanes(lanes, block, epoch.number, (epoch.number >> 32) | LANE_TAG, epoch.key)
    for number in range(block * width // LANES, min((block + 1) * width // LANES, states.size // hit_words)):
        group, column = group_of(number, tables, states, rows), number * LANES - block * width
        sums = CurrentSums(
            pointer(inputs, 0), pointer(currents, column * vectors), pointer(weights, column), pointer(tile_of, 0),
            width, number * LANES,
        )  # fmt: skip
        _draw_hits(hits, undecided, pointer(lanes, 0), group, tables, epoch)
        if traps == 1:
            single_trap_epoch(hits, listed, pointer(lanes, 0), group, single, sums, readout, epoch)
        else:
            room_of_walks = Walks(listed, pointer(walks, WALK * traps), pointer(walks, 0))
            several_traps_epoch(hits, room_of_walks, group, sums, readout, epoch)
    words[0] = lanes[0, 0]  # the lanes live until here


@njit(error_model="numpy")
def _draw_hits(hits, undecided, lanes, group, tables, epoch):
    """Draw the traps of a group that switch in the epoch, words in hits (traps, 2, words, LANES); undecided: room for
    16 words."""
    words = group.words
    count = group.traps * 2 * words
    thresholds = pointer(tables.thresholds, group.number * count * (2 * BITS * LANES))
    active = pointer(tables.active, group.number * count)
    for vector in range(count):
        if active[vector] == 0:
            store(hits, vector * LANES, all_words(u32(0)))
            continue
        hit, still_open = bernoulli(lanes, group.states, vector, thresholds)
        store(hits, vector * LANES, hit)
        if lanes_set(still_open) != u32(0):
            store(undecided, 0, still_open)
            k, side, row = vector // (2 * words), vector // words % 2, vector % words * BITS
            for lane in range(LANES):
                for bit in range(BITS):
                    if (undecided[lane] >> u32(bit)) & u32(1):
                        settle(cell_of(group, row + bit, lane, side), k, group.states, hits, epoch)


@njit(error_model="numpy")
def _deliver(out, currents, mixed, first_output, epoch):
    """Add the currents (tiles, width, vectors) of an epoch, mixed (slots, outputs), to `out`."""
    width = min(currents.shape[1], out.shape[3] - first_output)
    for slot in range(out.shape[0]):
        for tile in range(out.shape[1]):
            for n in range(epoch.low, epoch.high):
                for i in range(width):
                    share = mixed[slot, first_output + i]
                    out[slot, tile, epoch.start + n, first_output + i] += share * currents[tile, i, n]
