"""Random numbers of a table of quantiles (`device_models.parts.read_noise_laws.shapes`), and exponential ones.

A word is a place on the lattice of the quantile function: its highest bit says which half of the law, the others how
far from the end. 31 bits as a float32 have the number of the factor of 2 in their exponent and that of the point in it
in the first bits of their mantissa, so they are the number of an entry. An entry holds a and b of the straight line
a + b x through the 31 bits x; entries of the upper half stand behind those of the lower one.
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
from crossbar_nsm.engine.kernels.vectors import all_words, bits_of_floats, load, minus, rotate, signed_as_floats, store
from crossbar_nsm.engine.kernels.vectors import both as both_words
from crossbar_nsm.engine.kernels.vectors import either as either_words
from crossbar_nsm.engine.kernels.vectors import left as left_words
from crossbar_nsm.engine.kernels.vectors import right as right_words
from crossbar_nsm.engine.kernels.vectors import xor as xor_words
from device_models.parts.read_noise_laws.shapes import HALF_BITS, PER_OCTAVE, NoiseShape, QuantileTable, half_lattice

_HALF, _PLACE, _MANTISSA, _FRACTION, _ONE = u32(1 << HALF_BITS), u32((1 << HALF_BITS) - 1), 23, 0x7FFFFF, 0x3F800000
_POINT_BITS = PER_OCTAVE.bit_length() - 1
_TO_NUMBER = u32(_MANTISSA - _POINT_BITS)  # bits of the mantissa behind those of the number
_FIRST_NUMBER = u32(127 << _POINT_BITS)  # of 1.0
_OF_HALF = 4096  # entries
_TO_HALF = u32(HALF_BITS - 12)  # where the highest bit of a word is 4096
LOG2 = (3.19697829e-07, 1.44265211, -0.720386612, 0.472499525, -0.323115935, 0.190420831, -0.076848726, 0.0147787208)
"""log2(1 + t) by powers of t from 0 to 1."""
LAPLACE_UNIT = f32(math.log(2) / math.sqrt(2))  # of a Laplace number of variance 1, in units of -log2


def entries_of(shape: NoiseShape | None) -> np.ndarray:
    """The table (entries, 2) float32 that kernels look up; without entries for the shapes that have a formula."""
    if not isinstance(shape, QuantileTable):
        return np.zeros((0, 2), np.float32)
    x, entries = half_lattice(), np.zeros((2, _OF_HALF, 2))
    for half, values in zip(entries, shape.half_values, strict=True):
        half[:, 0] = values[-1]
        slope = np.diff(values) / np.diff(x)
        half[: len(slope), 0], half[: len(slope), 1] = values[:-1] - slope * x[:-1], slope
    return np.ascontiguousarray(entries.reshape(-1, 2), np.float32)


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
    return -size if word & _HALF else size


@njit(inline="always")
def number_at(entries, word):
    """A number of the table of quantiles, of one word."""
    x = f32((word & _PLACE) | u32(1))
    number = (bits_of_float(x) >> _TO_NUMBER) - _FIRST_NUMBER + (_OF_HALF if word & _HALF else 0)
    return entries[number, 0] + entries[number, 1] * x


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
def _place(words, numbers, places, at):
    """Store the entries' numbers of 16 words, and where between their ends they lie."""
    x = signed_as_floats(either_words(both_words(words, all_words(_PLACE)), all_words(u32(1))))
    number = minus(right_words(bits_of_floats(x), _TO_NUMBER), all_words(_FIRST_NUMBER))
    half = both_words(right_words(words, _TO_HALF), all_words(u32(_OF_HALF)))
    store(numbers, at, either_words(number, half))
    store(places, at, x)


@njit(error_model="numpy")
def fill_places(numbers, places, lanes, width):
    """Of the next four words of all lanes (4, width): the numbers of their entries (4, width) uint32, and their places
    x there, float32; pointers."""
    for i in range(0, width, LANES):
        s0, s1, s2, s3 = load(lanes, i), load(lanes, width + i), load(lanes, 2 * width + i), load(lanes, 3 * width + i)
        for word in range(4):
            words, s0, s1, s2, s3 = _next_words(s0, s1, s2, s3)
            _place(words, numbers, places, word * width + i)
        store(lanes, i, s0)
        store(lanes, width + i, s1)
        store(lanes, 2 * width + i, s2)
        store(lanes, 3 * width + i, s3)
