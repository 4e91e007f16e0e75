"""Bernoulli bits for every cell of an array, each with a probability of its own, exact to 2^-32.

A bit is 1 where a 32-bit random number is below the cell's threshold p 2^32. The comparison goes digit by digit, from
the top, for many cells at once: bit r of a word belongs to row r of 32, words lie side by side along the outputs, and
as soon as no cell of a CHUNK of words is undecided the rest of the numbers need not be drawn. That takes about 12
steps for 2048 cells, not half a random word per cell; thresholds of few binary digits take as many steps as digits
(p = 1/2: one).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from crossbar_nsm.engine.kernels.bit_words import both, either, xor
from crossbar_nsm.engine.kernels.counter_random import u32, u64
from crossbar_nsm.engine.kernels.lanes import LANES, four_words

WORD_BITS = 32
CHUNK = 4 * LANES  # words: fewer would leave sooner, but spend more on starting loops
_BATCH = 4  # steps that one call of `four_words` serves
_ALL = u32(0xFFFFFFFF)


def threshold_planes(probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds of cells (rows, outputs) in [0, 1], digit by digit: planes (groups of 32 rows, 32 digits, outputs)
    uint32, first digit first, and how many digits each group needs, a multiple of 4. Rows beyond the last have p = 0.
    """
    rows, outputs = probability.shape
    groups = -(-rows // WORD_BITS)
    threshold = np.zeros((groups * WORD_BITS, outputs), np.uint32)
    threshold[:rows] = np.clip(np.rint(probability * 2.0**WORD_BITS), 0, 2.0**WORD_BITS - 1)
    threshold = threshold.reshape(groups, WORD_BITS, outputs)
    planes = np.zeros((groups, WORD_BITS, outputs), np.uint32)
    for digit in range(WORD_BITS):
        for row in range(WORD_BITS):
            of_digit = (threshold[:, row] >> np.uint32(WORD_BITS - 1 - digit)) & np.uint32(1)
            planes[:, digit] |= of_digit << np.uint32(row)
    used: np.ndarray = np.any(planes, axis=2)
    digits = np.where(used.any(axis=1), WORD_BITS - np.argmax(used[:, ::-1], axis=1), 0)
    return planes, -(-digits // _BATCH) * _BATCH


@njit(error_model="numpy")
def fill_bits(bits, planes, digits, lanes):
    """Draw the bits of all cells, (groups of 32 rows, outputs) uint32; lanes (4, outputs) are seeded."""
    width = bits.shape[1]
    undecided = np.empty(width, np.uint32)
    for group in range(u64(bits.shape[0])):
        for first in range(u64(0), u64(width), u64(CHUNK)):
            last = min(u64(width), first + u64(CHUNK))
            _fill_chunk(bits, undecided, planes, digits[group], lanes, group, first, last)


@njit(inline="always")
def _fill_chunk(bits, undecided, planes, digits, lanes, group, first, last):
    """`fill_bits` of the words first..last of one group. Indices are unsigned: numba then does not ask whether one is
    negative, so that loops vectorise."""
    for word in range(first, last):
        bits[group, word], undecided[word] = u32(0), _ALL
    for step in range(u64(0), u64(digits), u64(_BATCH)):
        rest = u32(0)
        for word in range(first, last):
            a, b, c, d = four_words(lanes, word)
            low, open_ = _compare(a, planes[group, step, word], bits[group, word], undecided[word])
            low, open_ = _compare(b, planes[group, step + u64(1), word], low, open_)
            low, open_ = _compare(c, planes[group, step + u64(2), word], low, open_)
            low, open_ = _compare(d, planes[group, step + u64(3), word], low, open_)
            bits[group, word], undecided[word] = low, open_
            rest = either(rest, open_)
        if rest == u32(0):
            break


@njit(inline="always")
def _compare(word, digit, below, undecided):
    """One more binary digit: a number is below its threshold where the first digit that differs is the threshold's."""
    differs = both(undecided, xor(word, digit))
    return either(below, both(differs, digit)), xor(undecided, differs)
