"""Numba kernels that draw every cell. Counters: row or trap; (event, read, column); sample; image."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.counter_random import WORDS, fill_normals, fill_words, four_normals, philox, u64, unit_double
from device_models.telegraph import Traps

_READ_SHIFT = 20  # a read counter holds 2^20 rows or columns, 16 reads and 256 events
_EVENT_SHIFT = 24
_READ_STEP = 1 << _READ_SHIFT


class TrapTables(NamedTuple):
    """Per trap, shape (outputs, rows, 2, traps): what the telegraph kernel needs.

    amplitude d; capture_s, emission_s mean times [s]; capture_between and release_between: probability to be captured
    (from free) or free (from captured) after the time between two passes; ..._within: after the gap between two reads
    of one pass; stay_free, stay_captured: probability not to switch during a window.
    """

    window_s: float
    amplitude: np.ndarray
    capture_s: np.ndarray
    emission_s: np.ndarray
    capture_between: np.ndarray
    release_between: np.ndarray
    capture_within: np.ndarray
    release_within: np.ndarray
    stay_free: np.ndarray
    stay_captured: np.ndarray

    @staticmethod
    def build(traps: Traps, amplitude: np.ndarray, window_s: float, between_s: float, within_s: float) -> TrapTables:
        """Tables from arrays of shape (traps, 2, rows, outputs); a gap runs from the end of a window to the next."""

        def table(values: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(np.transpose(values, (3, 2, 1, 0)), dtype=np.float64)

        q, tau0 = traps.occupancy, traps.tau0_s
        between, within = -np.expm1(-between_s / tau0), -np.expm1(-within_s / tau0)
        columns = (
            amplitude,
            traps.capture_s,
            traps.emission_s,
            q * between,
            (1 - q) * between,
            q * within,
            (1 - q) * within,
            np.exp(-window_s / traps.capture_s),
            np.exp(-window_s / traps.emission_s),
        )
        return TrapTables(window_s, *(table(values) for values in columns))


@njit(parallel=True, error_model="numpy", cache=True)
def fresh_reads(z, rows, weight, sd, tile_of_row, keep_probability, read, samples, images, keys):
    """One independent read per pass, (row tiles, passes, outputs) float32: each row tile's partial sum of
    u = sum_j z_j xi_j (w+ + sd+ n+ - w- - sd- n-).

    weight, sd (2, rows, outputs) float32; tile_of_row (rows) rises; xi is 1 with keep_probability, else 0, one draw per
    pair and read.
    """
    inputs, outputs = weight.shape[1], weight.shape[2]
    padded = (outputs + WORDS - 1) // WORDS * WORDS
    limit = u64(round(keep_probability * 2.0**32))
    out = np.zeros((tile_of_row[-1] + 1, rows.size, outputs), np.float32)
    for p in prange(rows.size):
        normals = np.empty(2 * padded, np.float32)
        words = np.zeros(padded, np.uint32)
        for j in range(inputs):
            counter = read * _READ_STEP + j
            fill_normals(normals, counter, samples[p], images[p], keys[0])
            if keep_probability < 1:
                fill_words(words, counter, samples[p], images[p], keys[1])
            signal, tile = z[rows[p], j], tile_of_row[j]
            for i in range(outputs):
                plus = weight[0, j, i] + sd[0, j, i] * normals[i]
                minus = weight[1, j, i] + sd[1, j, i] * normals[padded + i]
                if u64(words[i]) < limit:
                    out[tile, p, i] += signal * (plus - minus)
    return out


@njit(error_model="numpy")
def _window_occupancy(state, u, tables, i, j, side, k, trap, counter, sample, image, key):
    """(mean state over the window, state at its end) of one trap that switches within it, by its switching times."""
    elapsed, captured, event = 0.0, 0.0, 1
    while True:
        mean_time = tables.emission_s[i, j, side, k] if state else tables.capture_s[i, j, side, k]
        hold = -mean_time * math.log(u)
        last = elapsed + hold >= tables.window_s
        if last:
            hold = tables.window_s - elapsed
        captured += state * hold
        if last:
            break
        elapsed += hold
        state = 1 - state
        w0, w1, _, _ = philox(trap, counter + (event << _EVENT_SHIFT), sample, image, key)
        u = unit_double(w0, w1)
        event += 1
    return captured / tables.window_s, state


@njit(error_model="numpy")
def _conductance_factor(tables, state, i, j, side, first, counter, sample, image, key):
    """prod_k (1 - d_k s_k) over one read of a cell, s_k the window mean of trap k; moves the states on."""
    factor = 1.0
    for k in range(state.shape[3]):
        trap = u64((j * 2 + side) * state.shape[3] + k)
        w0, w1, w2, w3 = philox(trap, counter, sample, image, key)
        now = np.int64(state[i, j, side, k])
        if first:
            flip = tables.release_between[i, j, side, k] if now else tables.capture_between[i, j, side, k]
        else:
            flip = tables.release_within[i, j, side, k] if now else tables.capture_within[i, j, side, k]
        if unit_double(w0, w1) < flip:
            now = 1 - now
        mean = float(now)
        u = unit_double(w2, w3)
        if u > (tables.stay_captured[i, j, side, k] if now else tables.stay_free[i, j, side, k]):
            mean, now = _window_occupancy(now, u, tables, i, j, side, k, trap, counter, sample, image, key)
        state[i, j, side, k] = now
        factor *= 1 - tables.amplitude[i, j, side, k] * mean
    return factor


@njit(parallel=True, error_model="numpy", cache=True)
def telegraph_reads(z, rows, weight, sd, tile_of_row, keep_probability, reads, samples, images, keys, tables, state):
    """`reads` reads per pass in time order, (reads, row tiles, passes, outputs) float32; `state` moves on in place.

    As `fresh_reads`, with every cell's conductance multiplied by its traps' factor. For cells with several traps that
    switch within one window the product of their means stands for the mean of the product.
    """
    inputs, outputs = weight.shape[1], weight.shape[2]
    limit = u64(round(keep_probability * 2.0**32))
    out = np.zeros((reads, tile_of_row[-1] + 1, rows.size, outputs), np.float32)
    for i in prange(outputs):
        noisy = sd[:, :, i].max() > 0
        n0, n1, word = np.float32(0), np.float32(0), np.uint32(0)
        for p in range(rows.size):
            sample, image = samples[p], images[p]
            for read in range(reads):
                counter = read * _READ_STEP + i
                for j in range(inputs):
                    plus = _conductance_factor(tables, state, i, j, 0, read == 0, counter, sample, image, keys[2])
                    minus = _conductance_factor(tables, state, i, j, 1, read == 0, counter, sample, image, keys[2])
                    if noisy:
                        n0, n1, _, _ = four_normals(j, counter, sample, image, keys[0])
                    if keep_probability < 1:
                        word, _, _, _ = philox(j, counter, sample, image, keys[1])
                    if u64(word) < limit:
                        out[read, tile_of_row[j], p, i] += z[rows[p], j] * (
                            weight[0, j, i] * plus + sd[0, j, i] * n0 - weight[1, j, i] * minus - sd[1, j, i] * n1
                        )
    return out
