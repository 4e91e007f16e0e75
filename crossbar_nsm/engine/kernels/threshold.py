"""Threshold units over chunks of passes, each in one sweep over its states: z = +1 where u >= 0, else -1.

product (inputs, units) float32 is w.z of every input; input_of (passes) tells which input each pass sees; gain, bias
and sd (units) are float32. Results are (passes, units) float32.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.kernels.counter_random import WORDS, f32, fill_normals, u64
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lanes import LANES, fill_counted_normals
from crossbar_nsm.engine.kernels.sign_product import BLOCK_OUTPUTS, BLOCK_PASSES, sum_block


@kernel(parallel=True, error_model="numpy")
def fire_with_normal_noise(product, input_of, gain, bias, sd, samples, images, key):
    """u = gain product + bias + sd n, with a fresh standard normal n for every unit and pass."""
    width = product.shape[1]
    padded = (width + WORDS - 1) // WORDS * WORDS
    out = np.empty((input_of.size, width), np.float32)
    for p in prange(input_of.size):
        n = np.empty(padded, np.float32)
        fill_normals(n, 0, samples[p], images[p], key)
        mean, z = product[input_of[p]], out[p]
        for i in range(width):
            z[i] = f32(1) if mean[i] * gain[i] + bias[i] + sd[i] * n[i] >= f32(0) else f32(-1)
    return out


@kernel(parallel=True, error_model="numpy")
def fire_with_noisy_product(noisy, product, input_of, gain, bias):
    """u = noisy + gain product + bias, where `noisy` (passes, units) is the product with the noise of each pass."""
    out = np.empty_like(noisy)
    for p in prange(input_of.size):
        mean, u, z = product[input_of[p]], noisy[p], out[p]
        for i in range(u.size):
            z[i] = f32(1) if u[i] + mean[i] * gain[i] + bias[i] >= f32(0) else f32(-1)
    return out


@kernel(parallel=True, error_model="numpy")
def fire_with_noise(mean, input_of, bias, sd, samples, images, key):
    """u = mean + bias + sd n, with a fresh standard normal n for every unit and pass; mean (inputs, units), sd (1 or
    inputs, units)."""
    width = mean.shape[1]
    out = np.empty((input_of.size, width), np.float32)
    for block in prange((input_of.size + BLOCK_PASSES - 1) // BLOCK_PASSES):
        n = np.empty(_normals_of(width), np.float32)
        for p in range(block * BLOCK_PASSES, min(input_of.size, (block + 1) * BLOCK_PASSES)):
            fill_counted_normals(n, 0, samples[p], images[p], key)
            row, spread, at = u64(input_of[p]), u64(min(input_of[p], sd.shape[0] - 1)), u64(p)
            for i in range(u64(width)):
                u = mean[row, i] + bias[i] + sd[spread, i] * n[i]
                out[at, i] = f32(1) if u >= f32(0) else f32(-1)
    return out


@kernel(parallel=True, error_model="numpy")
def fire_signs(x, tables, bias, sd, samples, images, key):
    """The same for passes whose inputs x (passes, inputs) are all +-1, from the tables of their matrix, in one sweep:
    no product is kept; sd (units)."""
    width = bias.size
    out = np.empty((x.shape[0], width), np.float32)
    for block in prange((x.shape[0] + BLOCK_PASSES - 1) // BLOCK_PASSES):
        first = block * BLOCK_PASSES
        count = min(x.shape[0] - first, BLOCK_PASSES)
        sums = np.empty((tables.shape[0], BLOCK_PASSES, BLOCK_OUTPUTS), np.float32)
        n = np.empty(_normals_of(width), np.float32)
        sum_block(sums, x, first, count, tables)
        for p in range(u64(count)):
            at = u64(first) + p
            fill_counted_normals(n, 0, samples[at], images[at], key)
            for part in range(u64(tables.shape[0])):
                start = part * u64(BLOCK_OUTPUTS)
                for k in range(min(u64(BLOCK_OUTPUTS), u64(width) - start)):
                    i = start + k
                    u = sums[part, p, k] + bias[i] + sd[i] * n[i]
                    out[at, i] = f32(1) if u >= f32(0) else f32(-1)
    return out


@njit(inline="always")
def _normals_of(width):
    """Normals to draw for `width` units: whole vectors of counters."""
    return (width + 4 * LANES - 1) // (4 * LANES) * (4 * LANES)
