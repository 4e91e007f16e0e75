"""Weights of pairs in the states of their traps."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit, prange

from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS
from crossbar_nsm.array.telegraph.trap_layout import VECTOR
from crossbar_nsm.array.telegraph.walk import Cell, bit_of, record_length, stored_value
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lanes import LANES
from crossbar_nsm.engine.kernels.vectors import offset, pointer


class Group(NamedTuple):
    """The cells of 16 outputs side by side. words: of 32 rows; traps: of a cell. Pointers: cells, the records of its
    cells (rows, LANES, 2); states (traps, 2, words, LANES)."""

    number: int
    words: int
    traps: int
    cells: Any
    states: Any


@njit(inline="always")
def group_of(number, tables, states, rows):
    """Group `number`; states: words of all groups."""
    words, traps = (rows + BITS - 1) // BITS, tables.traps
    cells = pointer(tables.cells, number * words * VECTOR * 2 * record_length(traps))
    return Group(number, words, traps, cells, pointer(states, number * traps * 2 * words * LANES))


@njit(inline="always")
def cell_of(group, row, lane, side):
    """A cell of a group; side: 0 for G+, 1 for G-."""
    cell, traps = (row * LANES + lane) * 2 + side, group.traps
    word, step = (side * group.words + row // BITS) * LANES + lane, 2 * group.words * LANES
    trap = (group.number * group.words * VECTOR * 2 + cell) * traps
    return Cell(offset(group.cells, cell * record_length(traps)), word, step, row % BITS, trap, traps)


@njit(inline="always")
def pair_weight(group, row, lane):
    """Weight of a pair in its stored states."""
    plus, minus = cell_of(group, row, lane, 0), cell_of(group, row, lane, 1)
    return stored_value(plus, group.states) + stored_value(minus, group.states)


@njit(inline="always")
def single_trap_weight(free, steps, group, row, lane):
    """The same for cells with one trap. free: with both traps free; steps: pointer to those of the group's traps."""
    plus = row // BITS * LANES + lane
    for word in (plus, plus + group.words * LANES):
        if bit_of(group.states, word, row % BITS):
            free += steps[word * BITS + row % BITS]
    return free


@kernel(parallel=True, error_model="numpy")
def set_pair_weights(weights, tables, single, states):
    """Set weights (blocks, rows, width) float32 to those of all pairs in the given states, words of all groups."""
    for block in prange(weights.shape[0]):
        _set_block_weights(block, weights, tables, single, states)


@njit(error_model="numpy")
def _set_block_weights(block, weights, tables, single, states):
    """`set_pair_weights` of one block."""
    _, rows, width = weights.shape
    groups = states.size // (tables.traps * 2 * ((rows + BITS - 1) // BITS) * LANES)
    for number in range(block * width // LANES, min((block + 1) * width // LANES, groups)):
        group, first = group_of(number, tables, states, rows), number * LANES - block * width
        steps = pointer(single.steps, number * group.words * 2 * VECTOR)
        for row in range(rows):
            for lane in range(LANES):
                if tables.traps == 1:
                    free = single.free[block, row, first + lane]
                    weights[block, row, first + lane] = single_trap_weight(free, steps, group, row, lane)
                else:
                    weights[block, row, first + lane] = pair_weight(group, row, lane)
