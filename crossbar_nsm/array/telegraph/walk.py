"""One cell's traps through an epoch in which some of them switch, switch by switch; times count from its beginning [s].

Kernels hand on pointers:

    record  float32, of a cell: its conductance in weight units (negative for G-), then of every trap 1 - d, mean
            capture time and mean emission time [s]
    states  uint32, of a group of outputs: one word per 32 rows of a trap, side and lane (see `trap_layout`), 1 where
            captured; hits: the same, 1 where a trap switches within the epoch
    walk    float64, four values per trap of the cell: DUE, SPARE, DRAWN, CAPTURED
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from crossbar_nsm.engine.kernels.counter_random import philox, u32, unit_double

DUE, SPARE, DRAWN, CAPTURED = 0, 1, 2, 3  # next switch [s], a uniform not used yet, uniforms used, state
WALK = 4
TRAP_RECORD = 3
SETTLING = 1 << 20  # number of the counter that settles a draw, beyond those of any walk


class Cell(NamedTuple):
    """One cell. record: pointer to its first number; word: number of the word of its group in which its first trap is
    bit `bit`, the next trap's are word_step further; trap: number of the first of its `traps`, which names their
    draws."""

    record: Any
    word: int
    word_step: int
    bit: int
    trap: int
    traps: int


@njit(inline="always")
def record_length(traps):
    """Numbers in the record of a cell."""
    return 1 + TRAP_RECORD * traps


@njit(inline="always")
def two_uniforms(trap, number, epoch):
    """Two float64 uniforms of a trap's counter `number` in an epoch."""
    a, b, c, d = philox(trap, number, epoch.number, epoch.number >> 32, epoch.key)
    return unit_double(a, b), unit_double(c, d)


@njit(inline="always")
def bit_of(words, word, bit):
    """0 or 1."""
    return np.int64((words[word] >> u32(bit)) & u32(1))


@njit(inline="always")
def trap_bit(words, cell, k):
    """0 or 1, of trap k of a cell."""
    return bit_of(words, cell.word + k * cell.word_step, cell.bit)


@njit(inline="always")
def mean_time(cell, k, captured):
    """Mean time [s] to the next switch of trap k of a cell."""
    return float(cell.record[2 + TRAP_RECORD * k + captured])


@njit(error_model="numpy")
def stored_value(cell, states):
    """What a cell gives in the stored states of its traps, weight units."""
    result = cell.record[0]
    for k in range(cell.traps):
        if trap_bit(states, cell, k):
            result *= cell.record[1 + TRAP_RECORD * k]
    return result


@njit(inline="always")
def first_switch(trap, mean_s, epoch):
    """When a trap switches that does so within the epoch, and a uniform for later.

    What an exponential time is beyond a multiple of the epoch is an exponential time cut off at the epoch.
    """
    u, spare = two_uniforms(trap, 0, epoch)
    hold_s, length_s = -mean_s * math.log(u), epoch.length_s
    rest_s = hold_s - length_s * math.floor(hold_s / length_s)
    return min(max(rest_s, 0.0), length_s * (1 - 2.0**-52)), spare


@njit(error_model="numpy")
def begin(walk, cell, states, hits, first_switches, next_drawn):
    """Start a walk: the states, and the first switches of the traps that are hit, from the list `first_switches` from
    number next_drawn on; returns the number after the last one taken."""
    for k in range(cell.traps):
        own = WALK * k
        walk[own + CAPTURED], walk[own + DUE] = trap_bit(states, cell, k), np.inf
        if trap_bit(hits, cell, k):
            walk[own + DUE], walk[own + SPARE] = first_switches[2 * next_drawn], first_switches[2 * next_drawn + 1]
            walk[own + DRAWN] = 1
            next_drawn += 1
    return next_drawn


@njit(error_model="numpy")
def switch(walk, cell, epoch):
    """Let the next trap switch: when, or infinity if none does any more."""
    own = 0
    for other in range(WALK, WALK * cell.traps, WALK):
        if walk[other + DUE] < walk[own + DUE]:
            own = other
    t = walk[own + DUE]
    if t >= epoch.length_s:
        return np.inf
    k, captured, drawn, u = own // WALK, 1 - int(walk[own + CAPTURED]), int(walk[own + DRAWN]), walk[own + SPARE]
    if drawn & 1 == 0:
        u, walk[own + SPARE] = two_uniforms(cell.trap + k, drawn >> 1, epoch)
    mean_s = mean_time(cell, k, captured)
    # -ln u >= 1 - u: most traps do not switch again, and need no logarithm to say so
    walk[own + DUE] = np.inf if t + mean_s * (1 - u) >= epoch.length_s else t - mean_s * math.log(u)
    walk[own + CAPTURED], walk[own + DRAWN] = captured, drawn + 1
    return t


@njit(error_model="numpy")
def value(walk, cell):
    """What the cell gives in the present states of its walk, weight units."""
    result = cell.record[0]
    for k in range(cell.traps):
        if walk[WALK * k + CAPTURED] > 0:
            result *= cell.record[1 + TRAP_RECORD * k]
    return result


@njit(error_model="numpy")
def remember(walk, cell, states):
    """Store the present states of a walk."""
    mask = u32(u32(1) << u32(cell.bit))
    for k in range(cell.traps):
        word = cell.word + k * cell.word_step
        captured = walk[WALK * k + CAPTURED] > 0
        states[word] = u32(states[word] | mask) if captured else u32(states[word] & u32(~mask))


@njit(error_model="numpy")
def settle(cell, k, states, hits, epoch):
    """Decide whether trap k of a cell switches whose 32 random bits agree with its threshold, by the rest of its
    probability; it is then hit."""
    mean_s = mean_time(cell, k, trap_bit(states, cell, k))
    u, _ = two_uniforms(cell.trap + k, SETTLING, epoch)
    if u < rest_of(-math.expm1(-epoch.length_s / mean_s)):
        word = cell.word + k * cell.word_step
        hits[word] = u32(hits[word] | u32(u32(1) << u32(cell.bit)))


@njit(inline="always")
def rest_of(probability):
    """What a threshold of 32 bits leaves of a probability, as a fraction of its last bit."""
    scaled = probability * 2.0**32
    return scaled - min(math.floor(scaled), 2.0**32 - 1)
