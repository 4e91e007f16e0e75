"""Switches within an epoch of cells with one trap each: nearly all switch once, at a uniform time, by a fixed step.

A trap that switches for the first time after an exponential time cut off at the epoch (rate r per epoch) does so with
probability p1 = r / (exp(r) - 1) at a uniform time, and else at one with density ~ exp(-r t) - exp(-r): their mixture is
the exponential. From time t on it stays with probability exp(-r' (1 - t)), r' the rate back. A hit is therefore *plain*,
one switch at a uniform time, with probability p1 exp(-r' (1 - t)); `plain` holds a lower bound of that for 512 traps at a
time, so that most hits need no rate and no logarithm. The others are drawn one by one in float64.

Plain times are resolved to 2^-32 of an epoch. Steps are rounded so that weights add without rounding (`exact_steps`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from crossbar_nsm.array.sliced_bernoulli import BITS, fill
from crossbar_nsm.array.telegraph_walk import bit_of, two_uniforms
from crossbar_nsm.array.trap_layout import grouped
from crossbar_nsm.engine.counter_random import f32, u32, u64
from crossbar_nsm.engine.lanes import LANES
from crossbar_nsm.engine.vectors import all_floats, from_lane, load, multiply_add, offset, pointer, store, trailing_zeros_64, xor

VECTOR = BITS * LANES  # traps of a vector of words


class Steps(NamedTuple):
    """free (blocks, rows, width): weights of pairs whose traps are free. Per trap, in the order of the bits of the state
    words: how the weight changes by capture, weight units; rates of capture and emission (traps, 2) per epoch. plain:
    per 512 traps, 2^32 times the least probability of a plain hit."""

    free: np.ndarray
    steps: np.ndarray
    rates: np.ndarray
    plain: np.ndarray


def exact_steps(free: np.ndarray, captured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(weights of pairs with both traps free, steps of both cells by capture) float32 of cells (2, rows, outputs), G-
    negative; multiples of 2^-24 of a power of two above the pair's larger cell, so that their sums in float32 are
    exact in any order."""
    _, exponent = np.frexp(np.maximum(np.abs(free[0]), np.abs(free[1])))
    unit = np.ldexp(1.0, exponent - 24)
    whole, caught = np.rint(free / unit), np.rint(captured / unit)
    return (whole.sum(axis=0) * unit).astype(np.float32), ((caught - whole) * unit).astype(np.float32)


def in_bit_order(values: np.ndarray) -> np.ndarray:
    """(2, rows, outputs) as (groups, 2, words, LANES, BITS), C-contiguous."""
    lanes = grouped(values)
    return np.ascontiguousarray(np.swapaxes(lanes.reshape(*lanes.shape[:2], -1, BITS, LANES), -1, -2))


def no_steps() -> Steps:
    """Of laws with more traps per cell."""
    nothing = np.zeros(0, np.float32)
    return Steps(np.zeros((0, 0, 0), np.float32), nothing, nothing, np.zeros(0, np.uint32))


def step_tables(free: np.ndarray, steps: np.ndarray, capture_s: np.ndarray, emission_s: np.ndarray, stretch_s: float) -> Steps:
    """Tables of traps (2, rows, outputs) for epochs of stretch_s."""
    times = (np.asarray(t, np.float32).astype(np.float64) for t in (capture_s, emission_s))
    rates = np.stack([in_bit_order(stretch_s / t) for t in times], axis=-1)
    slower = np.maximum(rates, np.finfo(float).tiny)
    both = np.exp(-slower[..., ::-1]) * np.where(slower < 700, slower / np.expm1(np.minimum(slower, 700)), 0)
    least = both.reshape(-1, VECTOR * 2).min(axis=1)
    plain = np.floor(np.clip(least * (1 - 1e-6), 0, 1) * (2.0**32 - 1)).astype(np.uint32)
    return Steps(free, in_bit_order(steps).ravel(), rates.astype(np.float32).ravel(), plain)


@njit(inline="always")
def single_trap_weight(free, steps, states, group, row, lane, words):
    """Weight of a pair in its stored states; free: with both traps free."""
    at = (group * 2 * words + row // BITS) * LANES + lane
    for word in (at, at + words * LANES):
        if bit_of(states, word, row % BITS):
            free += steps[word * BITS + row % BITS]
    return free


@njit(error_model="numpy")
def _list_hits(found, ends, hits, vectors):
    """Numbers (0 to 511) of the traps that are hit, vector by vector; ends[v]: where those of vector v end."""
    count = 0
    for vector in range(vectors):
        for lane in range(0, LANES, 2):
            at = vector * LANES + lane
            some, low = u64(hits[at]) | (u64(hits[at + 1]) << u64(BITS)), u64(lane * BITS)
            while some != u64(0):
                found[count] = u32(low + trailing_zeros_64(some))
                some = some & (some - u64(1))
                count += 1
        ends[vector] = u32(count)
    return count


@njit(inline="always")
def _add_later(sums, inputs, step, first, vectors):
    """Add step times the inputs to the sums of one output, from vector `first` of the epoch on."""
    whole = all_floats(step)
    for n in range(0, vectors, LANES):
        later = from_lane(load(inputs, n), np.int32(first - n))
        store(sums, n, multiply_add(later, whole, load(sums, n)))


@njit(inline="always")
def _add_within(out, mixing, tile, vector, output, signal, offset_s, clock):
    """What a switch offset_s after a vector's start changes in this vector: signal times the part of every window that
    is left, mixed."""
    for slot in range(out.shape[0]):
        mixed = 0.0
        for read in range(mixing.shape[1]):
            left = (read * clock.between_s - offset_s) / clock.window_s + 1
            mixed += mixing[slot, read, output] * min(1.0, max(0.0, left))
        out[slot, tile, vector, output] += f32(signal * mixed)


@njit(error_model="numpy")
def _first_of_several(trap, rate, clock, key):
    """A time in the epoch, density ~ exp(-rate t) - exp(-rate); and the number of the next counter."""
    number, hit = 1, -math.expm1(-rate)
    while True:
        u, v = two_uniforms(trap, number, clock, key)
        t = -math.log1p(-u * hit) / rate
        number += 1
        if v * hit < -math.expm1(-rate * (1 - t)):
            return t, number


@njit(error_model="numpy")
def _begin(t, chance, rate, back, trap, clock, key):
    """(time of the first switch of a trap that is hit, of the second or infinity, number of the next counter); times in
    epochs. t: a uniform time, chance: a word to be compared with the probability that the hit is plain."""
    u, v = two_uniforms(trap, 0, clock, key)
    chosen, stays = (chance + u) * 2.0**-32, math.exp(-back * (1 - t))
    once = rate / math.expm1(rate) if rate < 700 else 0.0
    if chosen < once * stays:
        return t, np.inf, 1
    if chosen < once:
        return t, t - math.log1p(v * (stays - 1)) / back, 1
    t, number = _first_of_several(trap, rate, clock, key)
    u, _ = two_uniforms(trap, number, clock, key)
    return t, t - math.log(u) / back, number + 1


@njit(inline="always")
def _toggle(t, step, x, sums, out, mixing, tile, column, shift, low, high, reads, clock):
    """Let a cell of input x and of output `column` change by `step` at time t, in vectors of the epoch."""
    n = min(np.int64(t), clock.vectors - 1)
    within = t - n
    if within < reads and low <= n < high:
        _add_within(out, mixing, tile, shift + n, column, step * x[n], within * clock.interval_s, clock)
    _add_later(sums, x, step, n + 1, clock.vectors)


@njit(error_model="numpy")
def single_trap_epoch(
    hits, room, lanes, group, block, number, first, out, shown, base, current, states, single, mixing, tile_of, clock, key
):
    """Let the traps of a group switch that are hit in an epoch; hits: words (2, words, LANES), room: four words per trap. Moves base and states on if the epoch ends within the call."""
    rows, width, vectors = base.shape[1], base.shape[2], clock.vectors
    words, epoch = (rows + BITS - 1) // BITS, first // vectors + number
    shift = epoch * vectors - first
    low, high = max(-shift, 0), min(out.shape[2] - shift, vectors)
    ended, reads = high == vectors, ((mixing.shape[1] - 1) * clock.between_s + clock.window_s) / clock.interval_s
    traps, to_vectors = 2 * words * VECTOR, vectors * 2.0**-32
    found, when, chance, ends = room, offset(room, traps), offset(room, 2 * traps), offset(room, 3 * traps)
    count = _list_hits(found, ends, hits, 2 * words)
    fill(when, count, lanes)
    fill(chance, count, lanes)
    steps, rates = pointer(single.steps, group * traps), pointer(single.rates, group * traps * 2)
    stored = pointer(states, group * traps // BITS)
    tops = pointer(single.plain, group * 2 * words)
    item = 0
    for vector in range(2 * words):
        word, end, top = vector % words, np.int64(ends[vector]), tops[vector]
        while item < end:
            bit, lane = np.int64(found[item] & u32(BITS - 1)), np.int64(found[item] >> u32(5))
            trap, column, row = vector * VECTOR + np.int64(found[item]), group * LANES + lane, word * BITS + bit
            own = column - block * width
            captured = bit_of(stored, vector * LANES + lane, bit)
            step = -steps[trap] if captured else steps[trap]
            x, tile = pointer(shown, (number * rows + row) * vectors), tile_of[row]
            sums = pointer(current, (tile * width + own) * vectors)
            t = (when[item] + 0.5) * to_vectors
            if chance[item] < top:
                _toggle(t, step, x, sums, out, mixing, tile, column, shift, low, high, reads, clock)
                if ended:
                    base[block, row, own] += step
            else:
                switches = _several(
                    t / vectors, chance[item], rates[2 * trap + captured], rates[2 * trap + 1 - captured],
                    group * traps + trap, step, x, sums, out, mixing, tile, column, shift, low, high, reads, clock, epoch, key,
                )  # fmt: skip
                if switches % 2 == 0:
                    at = vector * LANES + lane
                    hits[at] = u32(hits[at] ^ u32(u32(1) << u32(bit)))
                elif ended:
                    base[block, row, own] += step
            item += 1
    if ended:
        for at in range(0, 2 * words * LANES, LANES):
            store(stored, at, xor(load(stored, at), load(hits, at)))


@njit(error_model="numpy")
def _several(
    t, chance, rate, back, trap, step, x, sums, out, mixing, tile, column, shift, low, high, reads, clock, epoch, key
):
    """All switches of a trap that is hit and perhaps not plain; returns how many."""
    t, following, number = _begin(t, float(chance), float(rate), float(back), trap, epoch, key)
    count = 0
    while t < 1:
        _toggle(t * clock.vectors, step, x, sums, out, mixing, tile, column, shift, low, high, reads, clock)
        step, count = -step, count + 1
        if count == 1:
            t = following
        else:
            u, _ = two_uniforms(trap, number, epoch, key)
            t -= math.log(u) / (back if count % 2 else rate)
            number += 1
    return count
