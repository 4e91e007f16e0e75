"""Random numbers for every cell of an array: many xoshiro128++ generators side by side, one per lane of a vector.

The lanes of one read are seeded by Philox words of its counter (read, sample, image), so draws do not depend on
threads, batches or the order of calls; along the cells of the read each lane goes on by itself. xoshiro128++ (Blackman
and Vigna, ACM TOMS 47, 2021) takes ten 32-bit operations per word, none of them a multiplication, and passes BigCrush.
Loops over lanes vectorise; lengths that are multiples of LANES leave no scalar rest.
"""

from __future__ import annotations

import math

from numba import njit

from crossbar_nsm.engine.kernels.bit_words import (
    add,
    as_float,
    bits_of_float,
    both,
    either,
    float_of_bits,
    is_nonzero,
    left,
    right_signed,
    rotate,
    signed_as_float,
    sub,
    xor,
)
from crossbar_nsm.engine.kernels.counter_random import f32, fill_words, philox, u32

LANES = 16  # 32-bit numbers in the widest vector register

_SQRT_HALF, _MANTISSA = u32(0x3F3504F3), u32(23)
_MINUS_2_LN2 = f32(-2 * math.log(2))
_SIGN, _SWAP, _TWO_TO_FOUR, _FRACTION = u32(0x80000000), u32(0x40000000), u32(0x40000000), u32(0x007FFFFF)


def padded_width(width: int) -> int:
    """`width` rounded up to whole vectors."""
    return (width + LANES - 1) // LANES * LANES


@njit(error_model="numpy")
def seed_lanes(lanes, read, sample, image, key):
    """Set the states of all lanes, (4, lanes) uint32, by the counter of one read."""
    fill_words(lanes.ravel(), read, sample, image, key)


@njit(inline="always")
def next_word(s0, s1, s2, s3):
    """The next word of one lane, and its new state."""
    word = add(rotate(add(s0, s3), u32(7)), s0)
    shifted = left(s1, u32(9))
    s2, s3 = xor(s2, s0), xor(s3, s1)
    s1, s0 = xor(s1, s2), xor(s0, s3)
    return word, s0, s1, xor(s2, shifted), rotate(s3, u32(11))


@njit(inline="always")
def four_words(lanes, lane):
    """The next four words of one lane."""
    s0, s1, s2, s3 = lanes[0, lane], lanes[1, lane], lanes[2, lane], lanes[3, lane]
    a, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
    b, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
    c, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
    d, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
    lanes[0, lane], lanes[1, lane], lanes[2, lane], lanes[3, lane] = s0, s1, s2, s3
    return a, b, c, d


@njit(inline="always", fastmath={"contract"})
def two_normals(word_a, word_b):
    """Two independent standard normals (float32) of two words: radius sqrt(-2 ln u) of word_a, angle of word_b.

    u = 2^e m with m in [sqrt(1/2), sqrt 2), ln m by a polynomial, relative error below 2e-7. Of word_b 23 bits give the
    angle within +-pi/4, where sine and cosine are polynomials (error below 3e-8), one the sign of the cosine and one
    which of the two comes first.
    """
    bits = bits_of_float(as_float(either(word_a, u32(1))))
    exponent = right_signed(sub(bits, u32(_SQRT_HALF)), u32(_MANTISSA))
    m = float_of_bits(sub(bits, left(exponent, u32(_MANTISSA)))) - f32(1)
    series = f32(-0.10082346)
    series = series * m + f32(0.16180494)
    series = series * m + f32(-0.17243231)
    series = series * m + f32(0.19906884)
    series = series * m + f32(-0.24971228)
    series = series * m + f32(0.33334715)
    series = series * m + f32(-0.50000323)
    log_m = m * m * series + m
    log_2 = signed_as_float(sub(exponent, u32(32)))
    radius = f32(math.sqrt(log_2 * _MINUS_2_LN2 + f32(-2) * log_m))
    t = float_of_bits(either(both(word_b, u32(_FRACTION)), u32(_TWO_TO_FOUR))) - f32(3)
    q = t * t
    sine = f32(-3.59545078e-05) * q + f32(2.49000713e-03)
    sine = sine * q + f32(-8.07454348e-02)
    sine = (sine * q + f32(7.85398161e-01)) * (t * radius)
    cosine = f32(-3.18880508e-04) * q + f32(1.58499153e-02)
    cosine = cosine * q + f32(-3.08424254e-01)
    cosine = (cosine * q + f32(1)) * radius
    cosine = float_of_bits(xor(bits_of_float(cosine), both(word_b, u32(_SIGN))))
    swapped = is_nonzero(both(word_b, u32(_SWAP)))
    return (sine if swapped else cosine), (cosine if swapped else sine)


@njit(inline="always", fastmath={"contract"})
def lane_normals(lanes, lane):
    """The next four standard normals of one lane."""
    a, b, c, d = four_words(lanes, lane)
    n0, n1 = two_normals(a, b)
    n2, n3 = two_normals(c, d)
    return n0, n1, n2, n3


@njit(error_model="numpy", fastmath={"contract"})
def fill_counted_normals(out, read, sample, image, key):
    """Fill `out` (float32, length a multiple of 4 LANES) with standard normals of the Philox words of one counter: for
    reads that need one normal per unit, too few to seed lanes for."""
    quarter = out.size // 4
    first, second, third, fourth = (
        out[:quarter],
        out[quarter : 2 * quarter],
        out[2 * quarter : 3 * quarter],
        out[3 * quarter :],
    )
    for j in range(quarter):
        a, b, c, d = philox(u32(j), u32(read), u32(sample), u32(image), key)
        first[j], second[j] = two_normals(a, b)
        third[j], fourth[j] = two_normals(c, d)
