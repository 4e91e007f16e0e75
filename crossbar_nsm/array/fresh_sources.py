"""Noise that successive reads do not share, every cell drawn: read noise, and blank-out by memoryless selectors.

A source adds its part to out (slots, row tiles or 1, passes, units), for passes that show z[input_of[p]]. mixing
(slots, reads, units) says how the reads of a pass make up each slot: out[k] += sum_r mixing[k, r] read r.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.fresh_kernels import (
    ROWS_AT_ONCE,
    Gates,
    PassNumbers,
    TiledRows,
    add_blanked_out,
    add_blanked_out_noise,
    add_fresh_noise,
)
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.shaped_kernels import ROWS_AT_ONCE as ROWS_OF_SHAPES
from crossbar_nsm.array.shaped_kernels import add_shaped_noise
from crossbar_nsm.engine.kernels.bernoulli_bits import WORD_BITS, threshold_planes
from crossbar_nsm.engine.kernels.lanes import padded_width
from crossbar_nsm.engine.kernels.shape_draws import entries_of
from crossbar_nsm.engine.sampling.passes import Passes
from device_models.read_law import ReadLaw


class PaddedRows:
    """Rows of all tiles, each tile filled up to whole steps of a kernel, outputs to whole vectors."""

    def __init__(self, row_slices: list[slice], step: int):
        lengths = [-(-(rows.stop - rows.start) // step) * step for rows in row_slices]
        self.tile_starts = np.concatenate([[0], np.cumsum(lengths)])
        self.row_of = np.full(self.tile_starts[-1], -1)
        for start, rows in zip(self.tile_starts, row_slices, strict=False):
            self.row_of[start : start + rows.stop - rows.start] = np.arange(rows.start, rows.stop)

    def with_shift_of(self, layer_input: LayerInput) -> TiledRows:
        """The rows, with what drivers add to the layer's inputs there."""
        shift = np.zeros(self.tile_starts[-1], np.float32)
        if layer_input.shift is not None:
            shift[self.row_of >= 0] = layer_input.shift[self.row_of[self.row_of >= 0]]
        return TiledRows(self.row_of, shift, self.tile_starts)

    def padded(self, values: np.ndarray, dtype: type = np.float32) -> np.ndarray:
        """values (rows, outputs), with zeros where rows or outputs were added."""
        padded: np.ndarray = np.zeros((len(self.row_of), padded_width(values.shape[1])), dtype)
        used = self.row_of >= 0
        padded[used, : values.shape[1]] = values[self.row_of[used]]
        return padded


class FreshNoise:
    """sum_j z_j sd_j n_j, a fresh normal for every pair of cells, read and position; sd (rows, outputs), weight
    units."""

    def __init__(
        self, sd: np.ndarray, row_slices: list[slice], layer_input: LayerInput, mixing: np.ndarray, key: np.uint64
    ):
        rows = PaddedRows(row_slices, ROWS_AT_ONCE)
        self.window = (layer_input.window.numbers, layer_input.window.positions)
        self.rows, self.sd, self.mixing = rows.with_shift_of(layer_input), rows.padded(sd), mixing
        self.key = key

    def add(self, out: np.ndarray, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> None:
        numbers = PassNumbers(input_of, passes.samples, passes.images)
        add_fresh_noise(out, z, numbers, *self.window, self.rows, self.sd, self.mixing, self.key)


class ShapedNoise:
    """sum_j z_j gain_j (sd+_j x+_j - sd-_j x-_j + n_j): a fresh number of the law's shape for every cell, read and
    position, and the normal part of its noise; gain (rows, outputs), weight units per siemens."""

    def __init__(
        self,
        law: ReadLaw,
        gain: np.ndarray,
        row_slices: list[slice],
        layer_input: LayerInput,
        mixing: np.ndarray,
        key: np.uint64,
    ):
        assert law.shaped is not None
        rows, sd = PaddedRows(row_slices, ROWS_OF_SHAPES), gain * law.shaped.sd_s
        self.window = (layer_input.window.numbers, layer_input.window.positions)
        self.entries, self.key, self.mixing = entries_of(law.shaped.shape), key, mixing
        looked_up = len(self.entries) > 0
        scales = (sd[0], -sd[1]) if looked_up else np.log(2) * sd**2
        self.scale = np.stack([rows.padded(values) for values in scales])
        self.rows = rows.with_shift_of(layer_input)
        normal = gain**2 * law.normal_s2.sum(axis=0)
        self.normal = rows.padded(normal) if normal.any() else np.zeros((0, self.scale.shape[2]), np.float32)

    def add(self, out: np.ndarray, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> None:
        numbers, law = PassNumbers(input_of, passes.samples, passes.images), (self.scale, self.normal, self.entries)
        add_shaped_noise(out, z, numbers, *self.window, self.rows, *law, self.mixing, self.key)


class BlankOut:
    """sum_j z_j xi_j (w_j + sd_j n_j): xi_j is 1 with the cell's probability, else 0, drawn for every read and
    position.

    weight, sd, probability (rows, outputs): of pairs with one selector each, or of cells with one each. keys: of the
    selectors and of the read noise.
    """

    def __init__(
        self,
        weight: np.ndarray,
        sd: np.ndarray,
        probability: np.ndarray,
        row_slices: list[slice],
        layer_input: LayerInput,
        mixing: np.ndarray,
        keys: tuple[np.uint64, np.uint64],
    ):
        rows = PaddedRows(row_slices, WORD_BITS)
        self.window = (layer_input.window.numbers, layer_input.window.positions)
        self.gates = Gates(*threshold_planes(rows.padded(probability, np.float64)))
        self.rows, self.weight, self.sd = rows.with_shift_of(layer_input), rows.padded(weight), rows.padded(sd)
        self.mixing, self.keys = mixing, keys

    def add(self, out: np.ndarray, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> None:
        numbers, array = PassNumbers(input_of, passes.samples, passes.images), (self.rows, self.weight)
        if self.sd.any():
            add_blanked_out_noise(out, z, numbers, *self.window, *array, self.sd, self.gates, self.mixing, self.keys)
        else:
            add_blanked_out(out, z, numbers, *self.window, *array, self.gates, self.mixing, self.keys[0])
