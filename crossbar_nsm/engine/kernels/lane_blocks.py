"""Draws for a block of 4 rows x 32 outputs in flat arrays of 128, for kernels that walk an array in small blocks: with
constant offsets the compiler need not ask at every call whether rows overlap.

`states` (many, 128) uint32 holds the four state words of 32 generators (see `lanes`), word after word; results (128)
are in the order row, output. Functions take whole arrays and an index: a slice would count references, which is atomic
and costs as much as the draws.
"""

from __future__ import annotations

from numba import njit

from crossbar_nsm.engine.kernels.counter_random import fill_words, u32
from crossbar_nsm.engine.kernels.lanes import next_word, two_normals

GROUP = 4  # rows, as many as a generator gives normals at a time
WIDTH = 32  # outputs; twice the widest register repays what every call costs
BLOCK = GROUP * WIDTH
_1, _2, _3 = WIDTH, 2 * WIDTH, 3 * WIDTH
_LOW, _SHIFT = 0xFFFFFFFF, 32
_PURPOSES = 256


@njit(error_model="numpy")
def seed_block(states, q, block, purpose, number, key):
    """Begin generators q of a block for one purpose (below 256) of vector `number` (below 2^64)."""
    fill_words(states[q], u32(block * _PURPOSES + purpose), u32(number >> _SHIFT), u32(number & _LOW), key)


@njit(error_model="numpy", fastmath={"contract"})
def block_normals(states, q, out):
    """The next 128 standard normals of generators q, out (128) float32."""
    for lane in range(WIDTH):
        s0, s1, s2, s3 = states[q, lane], states[q, _1 + lane], states[q, _2 + lane], states[q, _3 + lane]
        a, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
        b, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
        c, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
        d, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
        states[q, lane], states[q, _1 + lane], states[q, _2 + lane], states[q, _3 + lane] = s0, s1, s2, s3
        n0, n1 = two_normals(a, b)
        n2, n3 = two_normals(c, d)
        out[lane], out[_1 + lane], out[_2 + lane], out[_3 + lane] = n0, n1, n2, n3
