"""Threshold units over chunks of passes, each in one sweep over its states: z = +1 where u >= 0, else -1.

product (inputs, units) float32 is w.z of every input; rows (passes) tells which input each pass sees; gain, bias and sd
(units) are float32. Results are (passes, units) float32.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.counter_random import WORDS, f32, fill_normals
from crossbar_nsm.engine.product import BLOCK_ROWS


@njit(parallel=True, error_model="numpy", cache=True)
def fire_with_normal_noise(product, rows, gain, bias, sd, samples, images, key):
    """u = gain product + bias + sd n, with a fresh standard normal n for every unit and pass."""
    width = product.shape[1]
    padded = (width + WORDS - 1) // WORDS * WORDS
    out = np.empty((rows.size, width), np.float32)
    for p in prange(rows.size):
        n = np.empty(padded, np.float32)
        fill_normals(n, 0, samples[p], images[p], key)
        mean, z = product[rows[p]], out[p]
        for i in range(width):
            z[i] = f32(1) if mean[i] * gain[i] + bias[i] + sd[i] * n[i] >= f32(0) else f32(-1)
    return out


@njit(parallel=True, error_model="numpy", cache=True)
def fire_with_noisy_product(noisy, product, rows, gain, bias):
    """u = noisy + gain product + bias, where `noisy` (passes, units) is the product with the noise of each pass."""
    out = np.empty_like(noisy)
    for p in prange(rows.size):
        mean, u, z = product[rows[p]], noisy[p], out[p]
        for i in range(u.size):
            z[i] = f32(1) if u[i] + mean[i] * gain[i] + bias[i] >= f32(0) else f32(-1)
    return out


@njit(parallel=True, error_model="numpy", cache=True)
def fire_with_noise(mean, rows, bias, sd, samples, images, key):
    """u = mean + bias + sd n, with a fresh standard normal n for every unit and pass; sd (1 or inputs, units)."""
    width = mean.shape[1]
    padded = (width + WORDS - 1) // WORDS * WORDS
    out = np.empty((rows.size, width), np.float32)
    for p in prange(rows.size):
        n = np.empty(padded, np.float32)
        fill_normals(n, 0, samples[p], images[p], key)
        of_input, spread, z = mean[rows[p]], sd[min(rows[p], sd.shape[0] - 1)], out[p]
        for i in range(width):
            z[i] = f32(1) if of_input[i] + bias[i] + spread[i] * n[i] >= f32(0) else f32(-1)
    return out


@njit(parallel=True, error_model="numpy", cache=True)
def fire_states(x, matrix, bias, sd, samples, images, key):
    """u = x matrix + bias + sd n in one sweep, no product being kept; x (passes, inputs), sd (units).

    Blocks of rows are as in `crossbar_nsm.engine.product.blocked_product`.
    """
    width = matrix.shape[1]
    padded = (width + WORDS - 1) // WORDS * WORDS
    out = np.empty((x.shape[0], width), np.float32)
    for block in prange((x.shape[0] + BLOCK_ROWS - 1) // BLOCK_ROWS):
        start = block * BLOCK_ROWS
        stop = min(x.shape[0], start + BLOCK_ROWS)
        mean, n = np.empty((BLOCK_ROWS, width), np.float32), np.empty(padded, np.float32)
        if stop - start == BLOCK_ROWS:
            np.dot(x[start:stop], matrix, mean)
        else:
            shown = np.zeros((BLOCK_ROWS, x.shape[1]), np.float32)
            shown[: stop - start] = x[start:stop]
            np.dot(shown, matrix, mean)
        for p in range(start, stop):
            fill_normals(n, 0, samples[p], images[p], key)
            of_pass, z = mean[p - start], out[p]
            for i in range(width):
                z[i] = f32(1) if of_pass[i] + bias[i] + sd[i] * n[i] >= f32(0) else f32(-1)
    return out
