"""What a switch changes: the step of a cell's weight, times its input, in the reads that follow.

In later vectors of the epoch it is added to sums per output, which are mixed at the end of the epoch; the vector within
which the cell switches gets the part of each window that is left.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit

from crossbar_nsm.engine.kernels.counter_random import f32, i32
from crossbar_nsm.engine.kernels.lanes import LANES
from crossbar_nsm.engine.kernels.vectors import all_floats, from_lane, load, multiply_add, offset, pointer, store


class Readout(NamedTuple):
    """Where reads go. Pointers to float32: out (slots, tiles, vectors, outputs), mixing (slots, reads, outputs); then
    these numbers."""

    out: Any
    mixing: Any
    slots: int
    reads: int
    tiles: int
    vectors: int
    outputs: int


@njit(inline="always")
def readout_of(out, mixing):
    """Both arrays C-contiguous."""
    slots, tiles, vectors, outputs = out.shape
    return Readout(pointer(out, 0), pointer(mixing, 0), slots, mixing.shape[1], tiles, vectors, outputs)


class CurrentSums(NamedTuple):
    """What a group's switches change, in one epoch. Pointers, to the group's first output where there are outputs:
    inputs (rows, vectors) float32; sums (tiles, width, vectors) float32, the currents of each vector without their
    mixing; weights (rows, width) float32, those at the start of the epoch; tile_of (rows) int64. width: outputs of a
    block; output: number of the group's first."""

    inputs: Any
    sums: Any
    weights: Any
    tile_of: Any
    width: int
    output: int


@njit(inline="always")
def add_later(sums, inputs, step, first, vectors):
    """Add `step` [weight units] times the inputs of a row to the sums of an output, from vector `first` of the epoch
    on; pointers to float32, one value per vector."""
    steps = all_floats(step)
    for n in range(0, vectors, LANES):
        later = from_lane(load(inputs, n), i32(first - n))
        store(sums, n, multiply_add(later, steps, load(sums, n)))


@njit(inline="always")
def add_within(readout, tile, vector, output, signal, offset_s, clock):
    """What a switch offset_s after a vector's start changes in this vector: signal (step times input, weight units)
    times the part of every window that is left, mixed."""
    for slot in range(readout.slots):
        mixed = 0.0
        for read in range(readout.reads):
            left = (read * clock.between_s - offset_s) / clock.window_s + 1
            mixed += readout.mixing[(slot * readout.reads + read) * readout.outputs + output] * min(1.0, max(0.0, left))
        at = ((slot * readout.tiles + tile) * readout.vectors + vector) * readout.outputs + output
        readout.out[at] += f32(signal * mixed)


@njit(inline="always")
def sums_of(sums, row, lane, vectors):
    """Pointer to the sums of an output in the tile of a row."""
    return offset(sums.sums, (sums.tile_of[row] * sums.width + lane) * vectors)


@njit(inline="always")
def add_switch(readout, sums, epoch, row, lane, step, n, offset_s):
    """What a switch of a cell by `step` changes, offset_s after vector n of the epoch began."""
    clock, inputs = epoch.clock, offset(sums.inputs, row * epoch.clock.vectors)
    if offset_s < clock.reads_s and epoch.low <= n < epoch.high:
        vector, output, signal = epoch.start + n, sums.output + lane, step * inputs[n]
        add_within(readout, sums.tile_of[row], vector, output, signal, offset_s, clock)
    add_later(sums_of(sums, row, lane, clock.vectors), inputs, step, n + 1, clock.vectors)
