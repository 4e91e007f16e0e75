"""Bernoulli draws for 512 traps at once: their probabilities lie bit-sliced, 32 traps to a word, 16 words to a vector.

A random number is compared with its threshold bit by bit from the top; a trap is decided at the first bit that differs,
so that about 0.4 random words per trap are drawn. A trap whose 32 bits all agree is decided by the rest of its
probability: exact to 2^-53 of whatever small a probability.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from crossbar_nsm.engine.kernels.counter_random import u32
from crossbar_nsm.engine.kernels.lanes import LANES
from crossbar_nsm.engine.kernels.vectors import add, all_words, both, either, lanes_set, left, load, rotate, store, xor

BITS = 32  # of a threshold, and traps of a word

_ALL = u32(0xFFFFFFFF)
_STEP = 4  # planes, and words of a lane, at a time


def pack(bits: np.ndarray) -> np.ndarray:
    """0 and 1 of shape (..., 32 n, LANES) as words (..., n, LANES) uint32: bit b of word m is row 32 m + b."""
    words = bits.astype(np.uint32).reshape(*bits.shape[:-2], -1, BITS, bits.shape[-1])
    weights = (np.uint32(1) << np.arange(BITS, dtype=np.uint32))[:, None]
    packed: np.ndarray = np.bitwise_or.reduce(words * weights, axis=-2)
    return packed


def threshold(probability: np.ndarray) -> np.ndarray:
    """floor(2^32 p), uint32; p = 1 becomes the largest threshold, and the rest of p makes up for it."""
    return np.minimum(np.floor(probability * 2.0**BITS), 2.0**BITS - 1).astype(np.uint32)


def planes(free: np.ndarray, captured: np.ndarray) -> np.ndarray:
    """Thresholds of both states, (..., 32 n, LANES) uint32, as bit planes (..., n, 32, 2, LANES), highest bit first;
    the second of a pair is where the thresholds of captured traps differ from those of free ones."""
    out = np.empty((*free.shape[:-2], free.shape[-2] // BITS, BITS, 2, free.shape[-1]), np.uint32)
    for bit in range(BITS):
        shift = np.uint32(BITS - 1 - bit)
        first, second = (pack((values >> shift) & np.uint32(1)) for values in (free, captured))
        out[..., bit, 0, :], out[..., bit, 1, :] = first, first ^ second
    return out


@njit(inline="always")
def _next(s0, s1, s2, s3):
    """The next word of every lane of xoshiro128++ (see `crossbar_nsm.engine.kernels.lanes`), and the new states."""
    word = add(rotate(add(s0, s3), u32(7)), s0)
    shifted = left(s1, u32(9))
    s2, s3 = xor(s2, s0), xor(s3, s1)
    s1, s0 = xor(s1, s2), xor(s0, s3)
    return word, s0, s1, xor(s2, shifted), rotate(s3, u32(11))


@njit(inline="always")
def _compare(word, plane, difference, state, hit, undecided):
    """One bit of 32 traps: those decided by it to be below their threshold, and those still undecided."""
    target = xor(plane, both(difference, state))
    differs = both(undecided, xor(word, target))
    return either(hit, both(differs, target)), xor(undecided, differs)


@njit(error_model="numpy")
def fill(words, count, lanes):
    """Write at least `count` random words, whole vectors of them; lanes as of `bernoulli`."""
    s0, s1, s2, s3 = load(lanes, 0), load(lanes, LANES), load(lanes, 2 * LANES), load(lanes, 3 * LANES)
    for first in range(0, count, LANES):
        word, s0, s1, s2, s3 = _next(s0, s1, s2, s3)
        store(words, first, word)
    store(lanes, 0, s0)
    store(lanes, LANES, s1)
    store(lanes, 2 * LANES, s2)
    store(lanes, 3 * LANES, s3)


@njit(error_model="numpy")
def bernoulli(lanes, states, number, table):
    """Draw for the 512 traps of vector `number`: (hits, traps without a decision), each 16 words.

    Pointers to uint32: lanes (4, LANES), the states of the generators; states, LANES words per vector, of which a set
    bit chooses the second threshold; table, (32, 2, LANES) of `planes` per vector.
    """
    s0, s1, s2, s3 = load(lanes, 0), load(lanes, LANES), load(lanes, 2 * LANES), load(lanes, 3 * LANES)
    state, row = load(states, number * LANES), number * (2 * BITS * LANES)
    hit, undecided = all_words(u32(0)), all_words(_ALL)
    for _ in range(BITS // _STEP):
        for step in range(_STEP):
            word, s0, s1, s2, s3 = _next(s0, s1, s2, s3)
            plane, difference = load(table, row + 2 * step * LANES), load(table, row + (2 * step + 1) * LANES)
            hit, undecided = _compare(word, plane, difference, state, hit, undecided)
        if lanes_set(undecided) == u32(0):
            break
        row += 2 * _STEP * LANES
    store(lanes, 0, s0)
    store(lanes, LANES, s1)
    store(lanes, 2 * LANES, s2)
    store(lanes, 3 * LANES, s3)
    return hit, undecided
