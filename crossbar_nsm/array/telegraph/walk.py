"""One cell's traps through a stretch of time in which some of them switch, switch by switch.

The stretch is an epoch of reads or one read window; times count from its beginning [s]. Kernels hand on pointers:

    cells   float32, one record per cell: its conductance in weight units (negative for G-), then of every trap 1 - d,
            mean capture time and mean emission time [s]
    states  uint32, one word per 32 rows of a lane, side and trap, in the order of `trap_layout`
    walk    float64, four values per trap of the cell: DUE, SPARE, DRAWN, CAPTURED
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from crossbar_nsm.engine.kernels.counter_random import philox, u32, unit_double
from crossbar_nsm.engine.kernels.lanes import LANES

DUE, SPARE, DRAWN, CAPTURED = 0, 1, 2, 3  # next switch [s], a uniform not used yet, uniforms used, state
WALK = 4
TRAP_RECORD = 3
LANE_TAG = 1 << 31  # lanes are seeded by counters with it in the last word, switches are drawn without
SETTLING = 1 << 20  # number of the counter that settles a draw, beyond those of any walk


@njit(inline="always")
def two_uniforms(trap, number, clock, key):
    """Two float64 uniforms of counter (trap, number, clock)."""
    a, b, c, d = philox(trap, number, clock, clock >> 32, key)
    return unit_double(a, b), unit_double(c, d)


@njit(inline="always")
def bit_of(words, word, bit):
    """0 or 1."""
    return np.int64((words[word] >> u32(bit)) & u32(1))


@njit(inline="always")
def mean_time(cells, record, k, captured):
    """Mean time [s] to the next switch of trap k of a cell."""
    return float(cells[record + 2 + TRAP_RECORD * k + captured])


@njit(error_model="numpy")
def stored_value(cells, record, traps, states, word, word_step, bit):
    """What a cell gives in the stored states of its traps, weight units."""
    result = cells[record]
    for k in range(traps):
        if bit_of(states, word + k * word_step, bit):
            result *= cells[record + 1 + TRAP_RECORD * k]
    return result


@njit(inline="always")
def first_switch(trap, mean_s, stretch_s, number, clock, key):
    """When a trap switches that does so within the stretch, and a uniform for later.

    What an exponential time is beyond a multiple of the stretch is an exponential time cut off at the stretch.
    """
    u, spare = two_uniforms(trap, number, clock, key)
    hold_s = -mean_s * math.log(u)
    rest_s = hold_s - stretch_s * math.floor(hold_s / stretch_s)
    return min(max(rest_s, 0.0), stretch_s * (1 - 2.0**-52)), spare


@njit(error_model="numpy")
def begin(walk, traps, states, word, hits, hit, word_step, bit, drawn, next_drawn):
    """Start a walk: the states, and first times of the traps whose bits are set in `hits`, from the list `drawn` of
    `first_switch` from number next_drawn on; returns the number after the last one taken."""
    for k in range(traps):
        own = WALK * k
        walk[own + CAPTURED], walk[own + DUE] = bit_of(states, word + k * word_step, bit), np.inf
        if bit_of(hits, hit + k * word_step, bit):
            walk[own + DUE], walk[own + SPARE] = drawn[2 * next_drawn], drawn[2 * next_drawn + 1]
            walk[own + DRAWN] = 1
            next_drawn += 1
    return next_drawn


@njit(error_model="numpy")
def switch(walk, cells, record, traps, stretch_s, trap, number, clock, key):
    """Let the next trap switch: when, or infinity if none does any more."""
    own = 0
    for other in range(WALK, WALK * traps, WALK):
        if walk[other + DUE] < walk[own + DUE]:
            own = other
    t = walk[own + DUE]
    if t >= stretch_s:
        return np.inf
    k, captured, drawn, u = own // WALK, 1 - int(walk[own + CAPTURED]), int(walk[own + DRAWN]), walk[own + SPARE]
    if drawn & 1 == 0:
        u, walk[own + SPARE] = two_uniforms(trap + k, number + (drawn >> 1), clock, key)
    mean_s = mean_time(cells, record, k, captured)
    # -ln u >= 1 - u: most traps do not switch again, and need no logarithm to say so
    walk[own + DUE] = np.inf if t + mean_s * (1 - u) >= stretch_s else t - mean_s * math.log(u)
    walk[own + CAPTURED], walk[own + DRAWN] = captured, drawn + 1
    return t


@njit(error_model="numpy")
def value(walk, cells, record, traps):
    """What the cell gives in the present states of its walk, weight units."""
    result = cells[record]
    for k in range(traps):
        if walk[WALK * k + CAPTURED] > 0:
            result *= cells[record + 1 + TRAP_RECORD * k]
    return result


@njit(error_model="numpy")
def remember(walk, traps, states, word, word_step, bit):
    """Store the present states of a walk."""
    mask = u32(u32(1) << u32(bit))
    for k in range(traps):
        old = states[word + k * word_step]
        captured = walk[WALK * k + CAPTURED] > 0
        states[word + k * word_step] = u32(old | mask) if captured else u32(old & u32(~mask))


@njit(error_model="numpy")
def settle(open_word, hits, hit, cells, record, record_step, k, states, word, stretch_s, trap, trap_step, clock, key):
    """Decide the traps of a word whose 32 random bits agree with their threshold by the rest of their probability.

    record, trap: of the cell in bit 0; record_step, trap_step: to the next row.
    """
    for bit in range(32):
        if (open_word >> u32(bit)) & u32(1):
            mean_s = mean_time(cells, record + bit * record_step, k, bit_of(states, word, bit))
            u, _ = two_uniforms(trap + bit * trap_step + k, SETTLING, clock, key)
            if u < rest_of(-math.expm1(-stretch_s / mean_s)):
                hits[hit] = u32(hits[hit] | u32(u32(1) << u32(bit)))


@njit(inline="always")
def rest_of(probability):
    """What a threshold of 32 bits leaves of a probability, as a fraction of its last bit."""
    scaled = probability * 2.0**32
    return scaled - min(math.floor(scaled), 2.0**32 - 1)


@njit(inline="always")
def row_record(group, row, lane, rows, length):
    """Where the record of G+ of a pair begins; that of G- follows."""
    return ((group * rows + row) * LANES + lane) * 2 * length
