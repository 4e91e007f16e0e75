"""Switches within an epoch of cells with one trap each: nearly all switch once, at a uniform time, by a fixed step.

A trap that switches for the first time after an exponential time cut off at the epoch (rate r per epoch) does so with
probability p1 = r / (exp(r) - 1) at a uniform time, and else at one with density ~ exp(-r t) - exp(-r): their mixture
is the exponential. From time t on it stays with probability exp(-r' (1 - t)), r' the rate back. A hit is therefore
*plain*, one switch at a uniform time, with probability p1 exp(-r' (1 - t)); `plain` holds a lower bound of that for 512
traps at a time, so that most hits need no rate and no logarithm. The others are drawn one by one in float64.

Plain times are resolved to 2^-32 of an epoch. Steps are rounded so that weights add without rounding (see `tables`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS, fill
from crossbar_nsm.array.telegraph.step_currents import add_later, add_switch, add_within, sums_of
from crossbar_nsm.array.telegraph.trap_layout import VECTOR
from crossbar_nsm.array.telegraph.walk import bit_of, two_uniforms
from crossbar_nsm.engine.kernels.counter_random import f32, u32, u64
from crossbar_nsm.engine.kernels.lanes import LANES
from crossbar_nsm.engine.kernels.vectors import load, offset, pointer, prefetch, store, trailing_zeros_64, xor


class Hits(NamedTuple):
    """Room for the traps of a group that are hit, as pointers to uint32, one word per trap of the group. traps: their
    numbers within the group; when, chance: random words that give the time of a plain switch and whether it is plain;
    within, others: numbers in this list of plain hits that fall into reads of their vector, and of those that are not
    plain."""

    traps: Any
    when: Any
    chance: Any
    within: Any
    others: Any


class GroupSteps(NamedTuple):
    """`Steps` of the traps of a group, as pointers."""

    steps: Any
    rates: Any
    plain: Any


@njit(error_model="numpy")
def single_trap_epoch(hit_words, room, lanes, group, single, sums, readout, epoch):
    """Let the traps of a group switch that are hit in an epoch; hit_words (2, words, LANES), room: five words per trap.
    Moves weights and states on if the epoch ends within the call."""
    traps, vectors = 2 * group.words * VECTOR, 2 * group.words
    hits = Hits(room, offset(room, traps), offset(room, 2 * traps), offset(room, 3 * traps), offset(room, 4 * traps))
    first = group.number * traps
    table = GroupSteps(
        pointer(single.steps, first), pointer(single.rates, 2 * first), pointer(single.plain, group.number * vectors)
    )
    count = _list_hits(hits.traps, hit_words, vectors)
    fill(hits.when, count, lanes)
    fill(hits.chance, count, lanes)
    within, others = _switch_plain(hits, count, table, group, sums, epoch)
    for item in range(others):
        prefetch(table.rates, 2 * np.int64(hits.traps[hits.others[item]]))
    _add_all_within(hits, within, table, group, sums, readout, epoch)
    for item in range(others):
        _switch_other(hits.others[item], hits, hit_words, table, group, sums, readout, epoch)
    if epoch.ends:
        for at in range(0, vectors * LANES, LANES):
            store(group.states, at, xor(load(group.states, at), load(hit_words, at)))


@njit(error_model="numpy")
def _list_hits(traps, hit_words, vectors):
    """List the numbers within the group of the traps that are hit; returns how many they are."""
    count = 0
    for pair in range(0, vectors * LANES, 2):
        rest, first = u64(hit_words[pair]) | (u64(hit_words[pair + 1]) << u64(BITS)), u64(pair * BITS)
        while rest != u64(0):
            traps[count] = u32(first + trailing_zeros_64(rest))
            rest = rest & (rest - u64(1))
            count += 1
    return count


@njit(inline="always")
def _row_and_lane(trap, words):
    """Of a trap of a group."""
    vector = np.int64(trap) // VECTOR
    word = vector - words if vector >= words else vector
    return word * BITS + np.int64(trap) % BITS, np.int64(trap) // BITS % LANES


@njit(inline="always")
def _in_vectors(when, vectors):
    """A uniform time of the epoch in vectors, times 2^32."""
    return u64(when) * u64(vectors) + u64(vectors >> 1)


@njit(error_model="numpy")
def _switch_plain(hits, count, table, group, sums, epoch):
    """Plain hits: add their steps to the currents of later vectors, and to the weights if the epoch ends. Lists hits
    that are not plain, and plain ones that fall into reads of their vector; returns how many of the latter and of the
    former."""
    clock = epoch.clock
    reads = u64(min(clock.reads_s / clock.interval_s, 1.0) * 2.0**32)  # part of a vector in which it is read
    within, others = np.int64(0), np.int64(0)
    for item in range(count):
        trap = np.int64(hits.traps[item])
        row, lane = _row_and_lane(trap, group.words)
        captured = (group.states[trap // BITS] >> u32(trap % BITS)) & u32(1)
        plain = hits.chance[item] < table.plain[trap // VECTOR]
        step = table.steps[trap] if plain else f32(0)
        step = -step if captured else step
        time, inputs = _in_vectors(hits.when[item], clock.vectors), offset(sums.inputs, row * clock.vectors)
        first_later = np.int64(time >> u64(32)) + 1
        add_later(sums_of(sums, row, lane, clock.vectors), inputs, step, first_later, clock.vectors)
        if epoch.ends:
            sums.weights[row * sums.width + lane] += step
        hits.others[others] = u32(item)
        others += np.int64(not plain)
        hits.within[within] = u32(item)
        within += np.int64(plain and (time & u64(0xFFFFFFFF)) < reads)
    return within, others


@njit(error_model="numpy")
def _add_all_within(hits, count, table, group, sums, readout, epoch):
    """What listed plain hits change in the vector in whose reads they fall."""
    clock = epoch.clock
    for listed in range(count):
        item = hits.within[listed]
        trap = np.int64(hits.traps[item])
        row, lane = _row_and_lane(trap, group.words)
        time = _in_vectors(hits.when[item], clock.vectors)
        n = np.int64(time >> u64(32))
        if epoch.low <= n < epoch.high:
            sign = -1 if bit_of(group.states, trap // BITS, trap % BITS) else 1
            signal = table.steps[trap] * sums.inputs[row * clock.vectors + n] * sign
            offset_s = (time & u64(0xFFFFFFFF)) * 2.0**-32 * clock.interval_s
            add_within(readout, sums.tile_of[row], epoch.start + n, sums.output + lane, signal, offset_s, clock)


@njit(error_model="numpy")
def _switch_other(item, hits, hit_words, table, group, sums, readout, epoch):
    """A hit that is not plain: all its switches. hit_words keeps the bits of traps whose state changes."""
    trap, clock = np.int64(hits.traps[item]), epoch.clock
    row, lane = _row_and_lane(trap, group.words)
    captured = bit_of(group.states, trap // BITS, trap % BITS)
    rates = float(table.rates[2 * trap + captured]), float(table.rates[2 * trap + 1 - captured])
    named = group.number * (2 * group.words * VECTOR) + trap
    step = -table.steps[trap] if captured else table.steps[trap]
    uniform_time = (hits.when[item] + 0.5) * 2.0**-32
    t, following, number = _begin(uniform_time, float(hits.chance[item]), rates[0], rates[1], named, epoch)
    switches = 0
    while t < 1:
        n = min(int(t * clock.vectors), clock.vectors - 1)
        offset_s = (t * clock.vectors - n) * clock.interval_s
        add_switch(readout, sums, epoch, row, lane, -step if switches % 2 else step, n, offset_s)
        switches += 1
        if switches == 1:
            t = following
        else:
            u, _ = two_uniforms(named, number, epoch)
            t -= math.log(u) / rates[switches % 2]
            number += 1
    if switches % 2 == 0:
        hit_words[trap // BITS] = u32(hit_words[trap // BITS] ^ u32(u32(1) << u32(trap % BITS)))
    elif epoch.ends:
        sums.weights[row * sums.width + lane] += step


@njit(error_model="numpy")
def _first_of_several(trap, rate, epoch):
    """A time in the epoch, density ~ exp(-rate t) - exp(-rate); and the number of the next counter."""
    number, hit = 1, -math.expm1(-rate)
    while True:
        u, v = two_uniforms(trap, number, epoch)
        t = -math.log1p(-u * hit) / rate
        number += 1
        if v * hit < -math.expm1(-rate * (1 - t)):
            return t, number


@njit(error_model="numpy")
def _begin(t, chance, rate, back, trap, epoch):
    """(time of the first switch of a trap that is hit, of the second or infinity, number of the next counter); times in
    epochs. t: a uniform time, chance: a word to be compared with the probability that the hit is plain."""
    u, v = two_uniforms(trap, 0, epoch)
    chosen, stays = (chance + u) * 2.0**-32, math.exp(-back * (1 - t))
    once = rate / math.expm1(rate) if rate < 700 else 0.0
    if chosen < once * stays:
        return t, np.inf, 1
    if chosen < once:
        return t, t - math.log1p(v * (stays - 1)) / back, 1
    t, number = _first_of_several(trap, rate, epoch)
    u, _ = two_uniforms(trap, number, epoch)
    return t, t - math.log(u) / back, number + 1
