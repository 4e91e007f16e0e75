"""Counter-based random numbers for numba kernels: Philox 4x32-10 (Salmon et al., SC 2011) and Box-Muller normals.

A draw is a pure function of a 64-bit stream key and a 128-bit counter (block, read, sample, image), so it does not
depend on threads, batches or the order of calls. One counter gives four 32-bit words, hence four normals or uniforms.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.kernels.kernel import kernel

u32, u64, f32, i32 = np.uint32, np.uint64, np.float32, np.int32

_M0, _M1 = u64(0xD2511F53), u64(0xCD9E8D57)
_W0, _W1 = u32(0x9E3779B9), u32(0xBB67AE85)
_LOW, _SHIFT = u64(0xFFFFFFFF), u64(32)
_TO_UNIT = f32(2.0**-32)
_TO_EIGHTH_TURN = f32(math.pi / 4 / 2**29)
_LN2 = f32(math.log(2))
WORDS = 4


@njit(inline="always")
def philox(c0, c1, c2, c3, key):
    """Four independent 32-bit words for the counter (c0, c1, c2, c3) under a 64-bit `key`."""
    x0, x1, x2, x3 = u32(c0), u32(c1), u32(c2), u32(c3)
    k0, k1 = u32(key & _LOW), u32(key >> _SHIFT)
    for _ in range(10):
        p0, p1 = _M0 * u64(x0), _M1 * u64(x2)
        x0, x1, x2, x3 = (
            u32(u32(p1 >> _SHIFT) ^ x1 ^ k0),
            u32(p1 & _LOW),
            u32(u32(p0 >> _SHIFT) ^ x3 ^ k1),
            u32(p0 & _LOW),
        )
        k0, k1 = u32(k0 + _W0), u32(k1 + _W1)
    return x0, x1, x2, x3


@njit(inline="always")
def unit_double(high, low):
    """A float64 uniform in (0, 1) from two words, resolved to 2^-53."""
    return (float((u64(high) << u64(21)) ^ (u64(low) >> u64(11))) + 0.5) * 2.0**-53


@njit(inline="always")
def _log(x):
    """Natural logarithm of a float32 in (0, 1], within 2 ulp, free of branches so that loops vectorise.

    x = 2^e m with m in [sqrt(1/2), sqrt 2); ln m = 2 atanh(s) with s = (m - 1)/(m + 1), by its Taylor series.
    """
    bits = np.float32(x).view(np.int32)
    exponent = i32((bits - i32(0x3F3504F3)) >> i32(23))
    mantissa = np.int32(bits - (exponent << i32(23))).view(np.float32)
    s = (mantissa - f32(1)) / (mantissa + f32(1))
    q = s * s
    series = f32(1) + q * (f32(1 / 3) + q * (f32(1 / 5) + q * (f32(1 / 7) + q * f32(1 / 9))))
    return f32(exponent) * _LN2 + f32(2) * s * series


@njit(inline="always")
def _box_muller(word_a, word_b):
    """Two independent standard normals: radius sqrt(-2 ln u) of word_a, angle of word_b."""
    radius = f32(math.sqrt(f32(-2) * _log((f32(word_a) + f32(0.5)) * _TO_UNIT)))
    quadrant = u32(word_b >> u32(30))
    t = f32(i32(u32(word_b << u32(2))) >> i32(2)) * _TO_EIGHTH_TURN
    q = t * t
    sine = t * (f32(1) + q * (f32(-1 / 6) + q * (f32(1 / 120) + q * f32(-1 / 5040))))
    cosine = f32(1) + q * (f32(-1 / 2) + q * (f32(1 / 24) + q * (f32(-1 / 720) + q * f32(1 / 40320))))
    swapped = (quadrant & u32(1)) != u32(0)
    negative = (quadrant & u32(2)) != u32(0)
    first = cosine if not swapped else -sine
    second = sine if not swapped else cosine
    sign = f32(-1) if negative else f32(1)
    return radius * sign * first, radius * sign * second


@njit(inline="always")
def four_normals(c0, c1, c2, c3, key):
    """Four independent standard normals (float32) for one counter."""
    w0, w1, w2, w3 = philox(c0, c1, c2, c3, key)
    n0, n1 = _box_muller(w0, w1)
    n2, n3 = _box_muller(w2, w3)
    return n0, n1, n2, n3


@njit(error_model="numpy")
def fill_normals(out, read, sample, image, key):
    """Fill `out` (float32, length a multiple of 4): value q len/4 + j is normal q of counter (j, read, sample, image).

    The quarters make the loop's four stores contiguous.
    """
    quarter = out.size // WORDS
    a, b, c, d = out[:quarter], out[quarter : 2 * quarter], out[2 * quarter : 3 * quarter], out[3 * quarter :]
    for j in range(quarter):
        a[j], b[j], c[j], d[j] = four_normals(u32(j), u32(read), u32(sample), u32(image), key)


@njit(error_model="numpy")
def fill_words(out, read, sample, image, key):
    """Fill `out` (length a multiple of 4, uint32) with words, in the layout of `fill_normals`."""
    quarter = out.size // WORDS
    a, b, c, d = out[:quarter], out[quarter : 2 * quarter], out[2 * quarter : 3 * quarter], out[3 * quarter :]
    for j in range(quarter):
        a[j], b[j], c[j], d[j] = philox(u32(j), u32(read), u32(sample), u32(image), key)


@kernel(parallel=True, error_model="numpy")
def normals(width, read, samples, images, key):
    """Standard normals, shape (passes, width) float32: one row per pass with its own (read, sample, image) counter."""
    padded = (width + WORDS - 1) // WORDS * WORDS
    out = np.empty((samples.size, width), np.float32)
    for p in prange(samples.size):
        row = np.empty(padded, np.float32)
        fill_normals(row, read, samples[p], images[p], key)
        out[p] = row[:width]
    return out


@kernel(parallel=True, error_model="numpy")
def with_normal_noise(mean, input_of, sd, read, samples, images, key):
    """mean[input_of[p]] + sd n, shape (passes, width) float32, with one fresh standard normal n per pass and column.

    mean (inputs, width) and sd (1 or inputs, width) float32; input_of, samples, images (passes) int64.
    """
    width = mean.shape[1]
    padded = (width + WORDS - 1) // WORDS * WORDS
    out = np.empty((input_of.size, width), np.float32)
    for p in prange(input_of.size):
        n = np.empty(padded, np.float32)
        fill_normals(n, read, samples[p], images[p], key)
        of_input, spread = mean[input_of[p]], sd[min(input_of[p], sd.shape[0] - 1)]
        for i in range(width):
            out[p, i] = of_input[i] + spread[i] * n[i]
    return out


@kernel(parallel=True, error_model="numpy")
def bernoulli_draws(width, probability, read, samples, images, key):
    """0 or 1 with P(1) = probability (to 2^-32), shape (passes, width) float32."""
    padded = (width + WORDS - 1) // WORDS * WORDS
    limit = u64(round(probability * 2.0**32))
    out = np.empty((samples.size, width), np.float32)
    for p in prange(samples.size):
        words = np.empty(padded, np.uint32)
        fill_words(words, read, samples[p], images[p], key)
        for i in range(width):
            out[p, i] = f32(1) if u64(words[i]) < limit else f32(0)
    return out


@kernel(parallel=True, error_model="numpy")
def uniforms(width, read, samples, images, key):
    """Numbers from [0, 1) in steps of 2^-24, shape (passes, width) float32."""
    padded = (width + WORDS - 1) // WORDS * WORDS
    out = np.empty((samples.size, width), np.float32)
    for p in prange(samples.size):
        words = np.empty(padded, np.uint32)
        fill_words(words, read, samples[p], images[p], key)
        for i in range(width):
            out[p, i] = f32(words[i] >> u32(8)) * f32(2.0**-24)
    return out
