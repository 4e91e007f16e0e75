"""Random numbers of a table of quantiles (`device_models.parts.read_noise_laws.shapes`), and exponential ones.

The lowest bits of a word are the number of a column, the word as a whole says where in the column: below its limit on
its first piece, else on its second one, whose lines a + b word give the number.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from crossbar_nsm.engine.kernels.bit_words import (
    as_float,
    bits_of_float,
    both,
    either,
    float_of_bits,
    left,
    right,
    signed_as_float,
    sub,
)
from crossbar_nsm.engine.kernels.counter_random import f32, u32
from crossbar_nsm.engine.kernels.lanes import LANES
from crossbar_nsm.engine.kernels.vectors import add as add_words
from crossbar_nsm.engine.kernels.vectors import (
    all_floats,
    all_words,
    as_floats,
    below,
    bits_of_floats,
    chosen,
    floats_of_bits,
    less,
    load,
    minus,
    multiply_add,
    of_32,
    reached,
    rotate,
    signed_as_floats,
    store,
)
from crossbar_nsm.engine.kernels.vectors import both as both_words
from crossbar_nsm.engine.kernels.vectors import either as either_words
from crossbar_nsm.engine.kernels.vectors import left as left_words
from crossbar_nsm.engine.kernels.vectors import right as right_words
from crossbar_nsm.engine.kernels.vectors import xor as xor_words
from device_models.parts.read_noise_laws.shapes import NoiseShape, QuantileTable
from device_models.parts.read_noise_laws.straight_pieces import WORDS

_SIGN, _MANTISSA, _FRACTION, _ONE = u32(1 << 31), 23, 0x7FFFFF, 0x3F800000
LOG2 = (3.19697829e-07, 1.44265211, -0.720386612, 0.472499525, -0.323115935, 0.190420831, -0.076848726, 0.0147787208)
"""log2(1 + t) by powers of t from 0 to 1."""
LAPLACE_UNIT = f32(math.log(2) / math.sqrt(2))  # of a Laplace number of variance 1, in units of -log2


def entries_of(shape: NoiseShape | None) -> np.ndarray:
    """The table (columns, 5) float32 that kernels look up: the bits of a column's limit, a and b of its first piece, a
    and b of its second; without columns for the shapes that have a formula."""
    if not isinstance(shape, QuantileTable):
        return np.zeros((0, 5), np.float32)
    columns, column = len(shape.columns), np.arange(len(shape.columns))
    first, second = shape.columns.T
    counts = np.diff(shape.words)
    entries = np.empty((columns, 5), np.float32)
    limit = np.where(first == second, WORDS - 1, counts[first] * columns)
    entries[:, 0] = limit.astype(np.uint32).view(np.float32)
    for k, piece, before in ((1, first, 0), (3, second, np.where(first == second, 0, counts[first]))):
        rise = np.diff(shape.values)[piece] / counts[piece] / columns
        entries[:, k] = shape.values[piece] + rise * (columns / 2 - column - before * columns)  # words are midpoints
        entries[:, k + 1] = rise
    return entries


@njit(inline="always", fastmath={"contract"})
def minus_log2(word):
    """-log2 of a uniform number, float32: exponential with mean 1 / ln 2. log2 of the mantissa by a polynomial, error
    below 4e-7."""
    bits = bits_of_float(as_float(either(word, u32(1))))
    m = float_of_bits(either(both(bits, u32(_FRACTION)), u32(_ONE))) - f32(1)
    series = f32(LOG2[7])
    series = series * m + f32(LOG2[6])
    series = series * m + f32(LOG2[5])
    series = series * m + f32(LOG2[4])
    series = series * m + f32(LOG2[3])
    series = series * m + f32(LOG2[2])
    series = series * m + f32(LOG2[1])
    series = series * m + f32(LOG2[0])
    return signed_as_float(sub(u32(127 + 32), right(bits, u32(_MANTISSA)))) - series


@njit(inline="always")
def laplace_number(word):
    """A Laplace number of variance 1 of one word: an exponential number of 31 bits, its sign of the highest."""
    size = minus_log2(left(word, u32(1))) * LAPLACE_UNIT
    return -size if word & _SIGN else size


@njit(inline="always")
def number_at(entries, word):
    """A number of the table of quantiles, of one word."""
    column = word & u32(entries.shape[0] - 1)
    k = 1 if word < bits_of_float(entries[column, 0]) else 3
    return entries[column, k] + entries[column, k + 1] * as_float(word)


@njit(inline="always")
def shaped_number(entries, word):
    """A number of the table, or a Laplace number where there are no entries."""
    return number_at(entries, word) if entries.shape[0] > 0 else laplace_number(word)


@njit(inline="always")
def _next_words(s0, s1, s2, s3):
    """As `lanes.next_word`, of 16 lanes."""
    words = add_words(rotate(add_words(s0, s3), u32(7)), s0)
    shifted = left_words(s1, u32(9))
    s2, s3 = xor_words(s2, s0), xor_words(s3, s1)
    s1, s0 = xor_words(s1, s2), xor_words(s0, s3)
    return words, s0, s1, xor_words(s2, shifted), rotate(s3, u32(11))


@njit(inline="always")
def load_states(lanes, lane, width):
    """Of 16 of `width` lanes from one on; pointer."""
    return (
        load(lanes, lane),
        load(lanes, width + lane),
        load(lanes, 2 * width + lane),
        load(lanes, 3 * width + lane),
    )


@njit(inline="always")
def store_states(lanes, lane, width, states):
    """What `load_states` will load."""
    store(lanes, lane, states[0])
    store(lanes, width + lane, states[1])
    store(lanes, 2 * width + lane, states[2])
    store(lanes, 3 * width + lane, states[3])


@njit(inline="always")
def next_four(states):
    """The next four words of 16 lanes, and their new states."""
    s0, s1, s2, s3 = states
    a, s0, s1, s2, s3 = _next_words(s0, s1, s2, s3)
    b, s0, s1, s2, s3 = _next_words(s0, s1, s2, s3)
    c, s0, s1, s2, s3 = _next_words(s0, s1, s2, s3)
    d, s0, s1, s2, s3 = _next_words(s0, s1, s2, s3)
    return (a, b, c, d), (s0, s1, s2, s3)


@njit(inline="always")
def minus_log2_of(words):
    """`minus_log2` of 16 words, the same bits."""
    bits = bits_of_floats(as_floats(either_words(words, all_words(u32(1)))))
    mantissa = either_words(both_words(bits, all_words(u32(_FRACTION))), all_words(u32(_ONE)))
    m = minus(floats_of_bits(mantissa), all_floats(f32(1)))
    series = all_floats(f32(LOG2[7]))
    series = multiply_add(series, m, all_floats(f32(LOG2[6])))
    series = multiply_add(series, m, all_floats(f32(LOG2[5])))
    series = multiply_add(series, m, all_floats(f32(LOG2[4])))
    series = multiply_add(series, m, all_floats(f32(LOG2[3])))
    series = multiply_add(series, m, all_floats(f32(LOG2[2])))
    series = multiply_add(series, m, all_floats(f32(LOG2[1])))
    series = multiply_add(series, m, all_floats(f32(LOG2[0])))
    return minus(signed_as_floats(less(all_words(u32(127 + 32)), right_words(bits, u32(_MANTISSA)))), series)


@njit(inline="always")
def columns_of(rows, k):
    """Row k of the transposed table of 32 columns, as two vectors; pointer."""
    return load(rows, 2 * LANES * k), load(rows, 2 * LANES * k + LANES)


@njit(inline="always")
def numbers_of(words, limits, first, second):
    """16 numbers of 32 columns, of 16 words; limits, and a and b of the first and of the second pieces, each
    `columns_of` the table."""
    of_first = below(words, bits_of_floats(of_32(limits[0], words, limits[1])))
    (a, b), (c, d) = first, second
    start = chosen(of_first, of_32(a[0], words, a[1]), of_32(c[0], words, c[1]))
    slope = chosen(of_first, of_32(b[0], words, b[1]), of_32(d[0], words, d[1]))
    return multiply_add(slope, as_floats(words), start)


@njit(inline="always")
def _limits_at(limits, words, columns):
    """The limits of 16 words' columns, of 32, 64 or 128; pointer to them."""
    found = of_32(load(limits, 0), words, load(limits, LANES))
    if columns > 2 * LANES:
        third, fourth = load(limits, 2 * LANES), load(limits, 3 * LANES)
        odd = below(all_words(u32(0)), both_words(words, all_words(u32(2 * LANES))))
        found = chosen(odd, of_32(third, words, fourth), found)
        if columns > 4 * LANES:
            first = of_32(load(limits, 4 * LANES), words, load(limits, 5 * LANES))
            second = of_32(load(limits, 6 * LANES), words, load(limits, 7 * LANES))
            upper = below(all_words(u32(0)), both_words(words, all_words(u32(4 * LANES))))
            found = chosen(upper, chosen(odd, second, first), found)
    return bits_of_floats(found)


@njit(inline="always")
def _place(numbers, places, at, words, limits, columns):
    """Store the numbers of 16 words' pieces, two per column, and the words as floats."""
    column = both_words(words, all_words(u32(columns - 1)))
    second = reached(words, _limits_at(limits, words, columns))
    store(numbers, at, either_words(left_words(column, u32(1)), second))
    store(places, at, as_floats(words))


@njit(error_model="numpy")
def fill_places(numbers, places, lanes, width, limits, columns):
    """Of the next four words of all lanes (4, width): the numbers of their pieces (4, width) uint32, and the words as
    float32; pointers."""
    for i in range(0, width, LANES):
        (a, b, c, d), states = next_four(load_states(lanes, i, width))
        _place(numbers, places, i, a, limits, columns)
        _place(numbers, places, width + i, b, limits, columns)
        _place(numbers, places, 2 * width + i, c, limits, columns)
        _place(numbers, places, 3 * width + i, d, limits, columns)
        store_states(lanes, i, width, states)
