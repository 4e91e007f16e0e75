"""Switches within an epoch of cells with one trap each: nearly all switch once, at a uniform time, by a fixed step.

A trap that switches for the first time after an exponential time cut off at the epoch (rate r per epoch) does so with
probability p1 = r / (exp(r) - 1) at a uniform time, and else at one with density ~ exp(-r t) - exp(-r): their mixture
is the exponential. From time t on it stays with probability exp(-r' (1 - t)), r' the rate back. A hit is therefore
*plain*, one switch at a uniform time, with probability p1 exp(-r' (1 - t)); `plain` holds a lower bound of that for 512
traps at a time, so that most hits need no rate and no logarithm. The others are drawn one by one in float64.

Plain times are resolved to 2^-32 of an epoch. Steps are rounded so that weights add without rounding (`exact_steps`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS, fill
from crossbar_nsm.array.telegraph.trap_layout import grouped
from crossbar_nsm.array.telegraph.walk import bit_of, two_uniforms
from crossbar_nsm.engine.kernels.counter_random import f32, u32, u64
from crossbar_nsm.engine.kernels.lanes import LANES
from crossbar_nsm.engine.kernels.vectors import (
    all_floats,
    from_lane,
    load,
    multiply_add,
    offset,
    pointer,
    prefetch,
    store,
    trailing_zeros_64,
    xor,
)

VECTOR = BITS * LANES  # traps of a vector of words


class Steps(NamedTuple):
    """free (blocks, rows, width): weights of pairs whose traps are free. Per trap, in the order of the bits of the
    state words: how the weight changes by capture, weight units; rates of capture and emission (traps, 2) per epoch.
    plain: per 512 traps, 2^32 times the least probability of a plain hit."""

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


def step_tables(
    free: np.ndarray, steps: np.ndarray, capture_s: np.ndarray, emission_s: np.ndarray, stretch_s: float
) -> Steps:
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
def _list_hits(found, hits, vectors):
    """Numbers within the group of the traps that are hit, and how many they are."""
    count = 0
    for pair in range(0, vectors * LANES, 2):
        some, first = u64(hits[pair]) | (u64(hits[pair + 1]) << u64(BITS)), u64(pair * BITS)
        while some != u64(0):
            found[count] = u32(first + trailing_zeros_64(some))
            some = some & (some - u64(1))
            count += 1
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
def _place(trap, words):
    """(row, lane) of a trap of a group."""
    vector = np.int64(trap) // VECTOR
    word = vector - words if vector >= words else vector
    return word * BITS + np.int64(trap) % BITS, np.int64(trap) // BITS % LANES


@njit(inline="always")
def _scaled(when, vectors):
    """A uniform time of the epoch in vectors, times 2^32."""
    return u64(when) * u64(vectors) + u64(vectors >> 1)


@njit(error_model="numpy")
def _switch_plain(
    found,
    when,
    chance,
    count,
    within,
    others,
    steps,
    stored,
    tops,
    x,
    sums,
    base,
    width,
    tile_of,
    words,
    vectors,
    shown,
    ended,
):
    """Plain hits: add their steps to the currents of later vectors, and to base if the epoch ends. Lists items that are
    not plain in `others`, and plain ones less than `shown` (2^-32 vectors) after a vector begins in `within`; returns
    how many of each."""
    many_within, many_others = np.int64(0), np.int64(0)
    for item in range(count):
        trap = np.int64(found[item])
        row, lane = _place(trap, words)
        captured = (stored[trap // BITS] >> u32(trap % BITS)) & u32(1)
        plain = chance[item] < tops[trap // VECTOR]
        step = steps[trap] if plain else f32(0)
        step = -step if captured else step
        time = _scaled(when[item], vectors)
        _add_later(offset(sums, (tile_of[row] * width + lane) * vectors), offset(x, row * vectors), step,
                   np.int64(time >> u64(32)) + 1, vectors)  # fmt: skip
        if ended:
            base[row * width + lane] += step
        others[many_others] = u32(item)
        many_others += np.int64(not plain)
        within[many_within] = u32(item)
        many_within += np.int64(plain and (time & u64(0xFFFFFFFF)) < shown)
    return many_within, many_others


@njit(error_model="numpy")
def _add_all_within(
    within, count, found, when, steps, stored, words, out, mixing, x, tile_of, first_column, shift, low, high, clock
):
    """What listed plain hits change in the vector in whose reads they fall."""
    for listed in range(count):
        item = within[listed]
        trap = np.int64(found[item])
        row, lane = _place(trap, words)
        time = _scaled(when[item], clock.vectors)
        n = np.int64(time >> u64(32))
        if low <= n < high:
            signal = steps[trap] * x[row * clock.vectors + n] * (-1 if bit_of(stored, trap // BITS, trap % BITS) else 1)
            offset_s = (time & u64(0xFFFFFFFF)) * 2.0**-32 * clock.interval_s
            _add_within(out, mixing, tile_of[row], shift + n, first_column + lane, signal, offset_s, clock)


@njit(error_model="numpy")
def _switch_other(
    t,
    following,
    number,
    rate,
    back,
    trap,
    key,
    epoch,
    step,
    x,
    sums,
    out,
    mixing,
    tile,
    column,
    shift,
    low,
    high,
    clock,
):
    """All switches of a trap that begin at times t and `following`, of an epoch; returns how many."""
    count, reads_s = 0, (mixing.shape[1] - 1) * clock.between_s + clock.window_s
    while t < 1:
        n = min(int(t * clock.vectors), clock.vectors - 1)
        offset_s = (t * clock.vectors - n) * clock.interval_s
        if offset_s < reads_s and low <= n < high:
            _add_within(out, mixing, tile, shift + n, column, step * x[n], offset_s, clock)
        _add_later(sums, x, step, n + 1, clock.vectors)
        step, count = -step, count + 1
        if count == 1:
            t = following
        else:
            u, _ = two_uniforms(trap, number, epoch, key)
            t -= math.log(u) / (back if count % 2 else rate)
            number += 1
    return count


@njit(error_model="numpy")
def single_trap_epoch(
    hits,
    room,
    lanes,
    group,
    block,
    number,
    first,
    out,
    shown,
    base,
    current,
    states,
    single,
    mixing,
    tile_of,
    clock,
    key,
):
    """Let the traps of a group switch that are hit in an epoch; hits: words (2, words, LANES), room: five words per
    trap. Moves base and states on if the epoch ends within the call."""
    rows, width, vectors = base.shape[1], base.shape[2], clock.vectors
    words, epoch = (rows + BITS - 1) // BITS, first // vectors + number
    shift, traps, column = epoch * vectors - first, 2 * words * VECTOR, group * LANES - block * width
    low, high = max(-shift, 0), min(out.shape[2] - shift, vectors)
    reads = ((mixing.shape[1] - 1) * clock.between_s + clock.window_s) / clock.interval_s
    found, when, chance = room, offset(room, traps), offset(room, 2 * traps)
    within, others = offset(room, 3 * traps), offset(room, 4 * traps)
    steps, rates = pointer(single.steps, group * traps), pointer(single.rates, group * traps * 2)
    stored, tops = pointer(states, group * traps // BITS), pointer(single.plain, group * 2 * words)
    x, sums = pointer(shown, number * rows * vectors), pointer(current, column * vectors)
    weights, tile = pointer(base, block * rows * width + column), pointer(tile_of, 0)
    count = _list_hits(found, hits, 2 * words)
    fill(when, count, lanes)
    fill(chance, count, lanes)
    many_within, many_others = _switch_plain(
        found, when, chance, count, within, others, steps, stored, tops, x, sums, weights, width, tile, words, vectors,
        u64(min(reads, 1.0) * 2.0**32), high == vectors,
    )  # fmt: skip
    for listed in range(many_others):
        prefetch(rates, 2 * np.int64(found[others[listed]]))
    _add_all_within(
        within,
        many_within,
        found,
        when,
        steps,
        stored,
        words,
        out,
        mixing,
        x,
        tile,
        group * LANES,
        shift,
        low,
        high,
        clock,
    )
    for listed in range(many_others):
        item = others[listed]
        hit = np.int64(found[item])
        row, lane = _place(hit, words)
        captured = bit_of(stored, hit // BITS, hit % BITS)
        rate, back = float(rates[2 * hit + captured]), float(rates[2 * hit + 1 - captured])
        u, chosen, name = (when[item] + 0.5) * 2.0**-32, float(chance[item]), group * traps + hit
        step = -steps[hit] if captured else steps[hit]
        t, following, drawn = _begin(u, chosen, rate, back, name, epoch, key)
        switches = _switch_other(
            t, following, drawn, rate, back, name, key, epoch, step, offset(x, row * vectors),
            offset(sums, (tile[row] * width + lane) * vectors), out, mixing, tile[row], group * LANES + lane, shift,
            low, high, clock,
        )  # fmt: skip
        if switches % 2 == 0:
            hits[hit // BITS] = u32(hits[hit // BITS] ^ u32(u32(1) << u32(hit % BITS)))
        elif high == vectors:
            weights[row * width + lane] += step
    if high == vectors:
        for at in range(0, 2 * words * LANES, LANES):
            store(stored, at, xor(load(stored, at), load(hits, at)))
