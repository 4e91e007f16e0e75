"""Numba kernels that draw every cell of independent reads: fresh Gaussian noise, blank-out by memoryless selectors.

A dense layer is a window of one position that sees all inputs. Passes run in parallel; draws of a pass are counted by
(read, sample, image), so neither threads nor batches change them. Of a pair of cells only G+ - G- is read, whose noise
is one normal with the variance of both.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.kernels.bernoulli_bits import WORD_BITS, fill_bits
from crossbar_nsm.engine.kernels.bit_words import both, is_nonzero, left
from crossbar_nsm.engine.kernels.convolution import fill_patches
from crossbar_nsm.engine.kernels.counter_random import f32, u32, u64
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lanes import lane_normals, seed_lanes

ROWS_AT_ONCE = 4  # normals that one step of a generator gives


class TiledRows(NamedTuple):
    """Rows of all tiles, padded. row_of (padded rows) int64: which tap of the window each row sees, -1 for none; shift
    (padded rows) float32: what the drivers add to it; tile_starts (row tiles + 1) int64: where tiles begin among the
    padded rows, and their number."""

    row_of: np.ndarray
    shift: np.ndarray
    tile_starts: np.ndarray


class Gates(NamedTuple):
    """Bits of cells with their probabilities: `threshold_planes`, cells in the order of the weights."""

    planes: np.ndarray
    digits: np.ndarray


class PassNumbers(NamedTuple):
    """Of each pass (passes) int64: input_of, which input z it sees; sample and image, which count its draws."""

    input_of: np.ndarray
    samples: np.ndarray
    images: np.ndarray


@njit(error_model="numpy")
def row_signals(signals, patches, rows, position, positions):
    """What the rows of all tiles show at one position; rows that only fill a tile up show nothing."""
    for k in range(u64(rows.row_of.size)):
        row = rows.row_of[k]
        at = u64(row) * u64(positions) + u64(position)
        signals[k] = patches[at] + rows.shift[k] if row >= 0 else f32(0)


@njit(error_model="numpy")
def flush(out, total, tile, p, read, position, positions, mixing):
    """out[slot, tile, p, output, position] += mixing[slot, read] total."""
    outputs = u64(mixing.shape[2] // positions)
    for slot in range(u64(out.shape[0])):
        for i in range(outputs):
            unit = i * u64(positions) + u64(position)
            out[slot, u64(tile), u64(p), unit] += mixing[slot, u64(read), unit] * total[i]


@njit(error_model="numpy", fastmath={"contract"})
def _add_noise(total, signals, sd, first, last, lanes):
    """total[i] += sum of signal sd n over the rows first..last, a multiple of 4."""
    for k in range(u64(first), u64(last), u64(ROWS_AT_ONCE)):
        z0, z1, z2, z3 = signals[k], signals[k + u64(1)], signals[k + u64(2)], signals[k + u64(3)]
        for i in range(u64(total.size)):
            n0, n1, n2, n3 = lane_normals(lanes, i)
            part = z0 * sd[k, i] * n0 + z1 * sd[k + u64(1), i] * n1
            total[i] += part + (z2 * sd[k + u64(2), i] * n2 + z3 * sd[k + u64(3), i] * n3)


@kernel(parallel=True, error_model="numpy")
def add_fresh_noise(out, z, passes, numbers, positions, rows, sd, mixing, key):
    """Adds sum_r mixing[slot, r] sum_j z_j sd_j n_j to out.

    out (slots, row tiles or 1, passes, outputs positions) float32, weight units; z (inputs, flat) float32; numbers,
    positions: of the window; sd (padded rows, padded outputs) float32, weight units; mixing (slots, reads, outputs
    positions) float32.
    """
    count, taps, width = positions[0] * positions[1], numbers[0] * numbers[3] * numbers[3], sd.shape[1]
    for p in prange(passes.input_of.size):
        patches = np.zeros(taps * count, np.float32)
        fill_patches(patches, z[passes.input_of[p]], numbers, positions)
        signals, total = np.empty(rows.row_of.size, np.float32), np.empty(width, np.float32)
        lanes = np.empty((4, width), np.uint32)
        for read in range(mixing.shape[1]):
            seed_lanes(lanes, read, passes.samples[p], passes.images[p], key)
            for position in range(count):
                row_signals(signals, patches, rows, position, count)
                for tile in range(rows.tile_starts.size - 1):
                    for i in range(u64(width)):
                        total[i] = f32(0)
                    _add_noise(total, signals, sd, rows.tile_starts[tile], rows.tile_starts[tile + 1], lanes)
                    flush(out, total, min(tile, out.shape[1] - 1), p, read, position, count, mixing)


@njit(error_model="numpy", fastmath={"contract"})
def _add_open(total, signals, weight, first, last, bits):
    """total[i] += sum of signal weight over those cells of the rows first..last whose bit is 1; first and last are
    multiples of 4."""
    for k in range(u64(first), u64(last), u64(ROWS_AT_ONCE)):
        group, bit = k // u64(WORD_BITS), left(u32(1), u32(k % u64(WORD_BITS)))
        bit1, bit2, bit3 = left(bit, u32(1)), left(bit, u32(2)), left(bit, u32(3))
        z0, z1, z2, z3 = signals[k], signals[k + u64(1)], signals[k + u64(2)], signals[k + u64(3)]
        for i in range(u64(total.size)):
            word, u = bits[group, i], total[i]
            u = u + z0 * weight[k, i] if is_nonzero(both(word, bit)) else u
            u = u + z1 * weight[k + u64(1), i] if is_nonzero(both(word, bit1)) else u
            u = u + z2 * weight[k + u64(2), i] if is_nonzero(both(word, bit2)) else u
            total[i] = u + z3 * weight[k + u64(3), i] if is_nonzero(both(word, bit3)) else u


@kernel(parallel=True, error_model="numpy")
def add_blanked_out(out, z, passes, numbers, positions, rows, weight, gates, mixing, key):
    """As `add_fresh_noise`, but adds sum_r mixing[slot, r] sum_j z_j xi_j weight_j with xi_j = 1 where the cell's bit,
    drawn for every read and position, is 1; weight (padded rows, padded outputs) float32."""
    count, taps, width = positions[0] * positions[1], numbers[0] * numbers[3] * numbers[3], weight.shape[1]
    for p in prange(passes.input_of.size):
        patches = np.zeros(taps * count, np.float32)
        fill_patches(patches, z[passes.input_of[p]], numbers, positions)
        signals, total = np.empty(rows.row_of.size, np.float32), np.empty(width, np.float32)
        lanes, bits = np.empty((4, width), np.uint32), np.empty((gates.planes.shape[0], width), np.uint32)
        for read in range(mixing.shape[1]):
            seed_lanes(lanes, read, passes.samples[p], passes.images[p], key)
            for position in range(count):
                row_signals(signals, patches, rows, position, count)
                fill_bits(bits, gates.planes, gates.digits, lanes)
                for tile in range(rows.tile_starts.size - 1):
                    for i in range(u64(width)):
                        total[i] = f32(0)
                    _add_open(total, signals, weight, rows.tile_starts[tile], rows.tile_starts[tile + 1], bits)
                    flush(out, total, min(tile, out.shape[1] - 1), p, read, position, count, mixing)


@njit(error_model="numpy", fastmath={"contract"})
def _add_open_noise(total, signals, weight, sd, first, last, bits, lanes):
    """As `_add_open`, with fresh noise sd n on every open cell."""
    for k in range(u64(first), u64(last), u64(ROWS_AT_ONCE)):
        group, bit = k // u64(WORD_BITS), left(u32(1), u32(k % u64(WORD_BITS)))
        bit1, bit2, bit3 = left(bit, u32(1)), left(bit, u32(2)), left(bit, u32(3))
        z0, z1, z2, z3 = signals[k], signals[k + u64(1)], signals[k + u64(2)], signals[k + u64(3)]
        for i in range(u64(total.size)):
            word, u = bits[group, i], total[i]
            n0, n1, n2, n3 = lane_normals(lanes, i)
            u = u + z0 * (weight[k, i] + sd[k, i] * n0) if is_nonzero(both(word, bit)) else u
            k1, k2, k3 = k + u64(1), k + u64(2), k + u64(3)
            u = u + z1 * (weight[k1, i] + sd[k1, i] * n1) if is_nonzero(both(word, bit1)) else u
            u = u + z2 * (weight[k2, i] + sd[k2, i] * n2) if is_nonzero(both(word, bit2)) else u
            total[i] = u + z3 * (weight[k3, i] + sd[k3, i] * n3) if is_nonzero(both(word, bit3)) else u


@kernel(parallel=True, error_model="numpy")
def add_blanked_out_noise(out, z, passes, numbers, positions, rows, weight, sd, gates, mixing, keys):
    """As `add_blanked_out` with weight_j + sd_j n_j in place of weight_j, sd like weight; keys: of the bits and of the
    noise."""
    count, taps, width = positions[0] * positions[1], numbers[0] * numbers[3] * numbers[3], weight.shape[1]
    for p in prange(passes.input_of.size):
        patches = np.zeros(taps * count, np.float32)
        fill_patches(patches, z[passes.input_of[p]], numbers, positions)
        signals, total = np.empty(rows.row_of.size, np.float32), np.empty(width, np.float32)
        lanes, bits = np.empty((4, width), np.uint32), np.empty((gates.planes.shape[0], width), np.uint32)
        noise_lanes = np.empty((4, width), np.uint32)
        for read in range(mixing.shape[1]):
            seed_lanes(lanes, read, passes.samples[p], passes.images[p], keys[0])
            seed_lanes(noise_lanes, read, passes.samples[p], passes.images[p], keys[1])
            for position in range(count):
                row_signals(signals, patches, rows, position, count)
                fill_bits(bits, gates.planes, gates.digits, lanes)
                for tile in range(rows.tile_starts.size - 1):
                    for i in range(u64(width)):
                        total[i] = f32(0)
                    first, last = rows.tile_starts[tile], rows.tile_starts[tile + 1]
                    _add_open_noise(total, signals, weight, sd, first, last, bits, noise_lanes)
                    flush(out, total, min(tile, out.shape[1] - 1), p, read, position, count, mixing)
