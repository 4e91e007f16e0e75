"""The device reader: every cell is drawn, or propagated in time, on every read. The oracle for all laws.

The current of a column is a sum of independent parts, each by a source of its own: the noise-free product, telegraph
noise, read noise, 1/f noise. Only a selector gates all of its cell's parts. Sources of fresh noise run passes in
parallel; where cells carry states from read to read in simulated time, columns run in parallel and time stays in order.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.fresh_sources import FreshNoise, ShapedNoise
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.memoryless_selectors import blank_out, is_memoryless
from crossbar_nsm.array.slow_noise.cell_by_cell_source import CellByCellSource
from crossbar_nsm.array.slow_noise.flicker_source import FlickerSource
from crossbar_nsm.array.slow_noise.gated_source import GatedSource
from crossbar_nsm.array.telegraph.choice import telegraph_source
from crossbar_nsm.array.vector_reads import VectorReads
from crossbar_nsm.engine.sampling.passes import Passes
from device_models.errors import ConfigError
from device_models.read_law import ReadLaw
from device_models.reads import CellState


class FreshSource(Protocol):
    """Adds to out (slots, row tiles or 1, passes, units); pass p shows z[input_of[p]]."""

    def add(self, out: np.ndarray, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> None: ...


class StatefulSource(Protocol):
    """Adds to out (slots, row tiles or 1, vectors, outputs) for vectors z (vectors, rows) in time order; `first` counts
    the vectors since reset. states: what is carried from read to read."""

    @property
    def states(self) -> dict[str, np.ndarray]: ...

    def add(self, out: np.ndarray, z: np.ndarray, first: int) -> None: ...

    def reset(self, start: CellState) -> None: ...

    def restore(self, states: dict[str, np.ndarray]) -> None: ...


DRAWN = {"telegraph", "flicker"}


def _check_drawn(law: ReadLaw) -> None:
    others = sorted(law.slow.keys() - DRAWN)
    if others:
        raise ConfigError(
            f"read.slow_noise: trajectory: no source draws {', '.join(others)} read by read; use split"
        ).see("slow_noise")


class DeviceReader:
    """Successive reads of one crossbar, in weight units.

    mixing (slots, reads, units) says how the reads of a pass make up each slot: u[k] = sum_r mixing[k, r] read r.
    layer_input: what the rows get of the layer's inputs (default: a dense layer). per_tile: keep the row tiles apart.
    """

    def __init__(
        self, crossbar: Crossbar, mixing: np.ndarray, layer_input: LayerInput | None = None, per_tile: bool = False
    ):
        self.crossbar, self.mixing = crossbar, np.ascontiguousarray(mixing, np.float32)
        self.mean_share = mixing.sum(axis=1).astype(np.float32)  # (1 + g) - g in float64
        self.layer_input = layer_input or LayerInput(crossbar.tiling.inputs)
        self.row_slices = crossbar.tiling.row_slices
        self.per_tile = per_tile
        self.vectors_read = np.zeros(1, np.int64)
        self._same_mixing = not np.ptp(self._by_position(), axis=3).any()
        self.matrix, self.fresh, self.stateful = self._sources(crossbar.drawn_law, crossbar.initial_state())

    def reset(self) -> None:
        """Back to the states at the first read."""
        self.vectors_read[:] = 0
        if self.stateful:
            start = self.crossbar.initial_state()
            for source in self.stateful:
                source.reset(start)

    @property
    def states(self) -> dict[str, np.ndarray]:
        """What is carried from read to read, by name; empty without such noise."""
        if not self.stateful:
            return {}
        return {"vectors": self.vectors_read, **{k: v for source in self.stateful for k, v in source.states.items()}}

    def restore(self, states: dict[str, np.ndarray]) -> None:
        """Go on from `states`, which another reader of the same array had."""
        self.vectors_read[...] = states.get("vectors", 0)
        for source in self.stateful:
            source.restore({name: states[name] for name in source.states})

    def currents(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        """Currents (slots, row tiles or 1, passes, units) of passes in time order, interval_s apart."""
        out = self._products(z, input_of)
        for source in self.fresh:
            source.add(out, z, input_of, passes)
        if self.stateful:
            self._add_stateful(out, z, input_of)
        return out

    def _by_position(self) -> np.ndarray:
        """mixing (slots, reads, outputs, positions)."""
        return self.mixing.reshape(*self.mixing.shape[:2], -1, self.layer_input.positions)

    def _source_mixing(self) -> np.ndarray:
        """(slots, reads, outputs) for sources that know vectors only: the reads by themselves, where their shares
        depend on the position."""
        if self._same_mixing:
            return np.ascontiguousarray(self._by_position()[..., 0])
        reads, outputs = self.mixing.shape[1], self.crossbar.tiling.outputs
        return np.repeat(np.eye(reads, dtype=np.float32)[:, :, None], outputs, axis=2)

    def _products(self, z: np.ndarray, input_of: np.ndarray) -> np.ndarray:
        """What is free of noise."""
        slots, units = len(self.mixing), self.mixing.shape[2]
        share = self.mean_share
        slices = self.row_slices if self.per_tile else [slice(None)]
        out = np.zeros((slots, len(slices), len(input_of), units), np.float32)
        if self.matrix is not None:
            for tile, row_slice in enumerate(slices):
                product = self.layer_input.product(z, self.matrix, row_slice)
                for slot in range(slots):
                    np.multiply(product[input_of], share[slot], out=out[slot, tile])
        return out

    def _sources(
        self, law: ReadLaw, start: CellState
    ) -> tuple[np.ndarray | None, list[FreshSource], list[StatefulSource]]:
        """The noise-free matrix (rows, outputs), sources without memory, sources with states. Raises ConfigError for
        slow noise that no source draws."""
        _check_drawn(law)
        if law.selector is None and law.traps is None:
            mean = np.ascontiguousarray(self.crossbar.mean_matrix(), np.float32)
            return mean, self._read_noise(law), self._flicker(law, start)
        remainder = None if self.crossbar.wires.perfect else self.crossbar.remainder_matrix().astype(np.float32)
        if law.selector is None:
            telegraph = telegraph_source(law, self._vector_reads(), self._key("telegraph"), start)
            return remainder, self._read_noise(law), [telegraph, *self._flicker(law, start)]
        alone = not law.slow and law.shaped is None  # gates of one normal number for the noise of all cells
        if alone and is_memoryless(law.selector, self.crossbar.read, reads=self.mixing.shape[1]):
            of_reads = (self.row_slices, self.layer_input, self.mixing, self.crossbar.stream)
            leaking, gated = blank_out(law, self.crossbar.targets.gain, *of_reads)
            fixed = leaking if remainder is None else leaking + remainder
            return fixed.astype(np.float32) if fixed.any() else None, [*gated], []
        if alone:
            return remainder, [], [GatedSource(law, self._vector_reads(), self._key("selector"), start)]
        keys = (self._key("read_noise"), self._key("selector"), self._key("telegraph"), self._key("flicker"))
        return remainder, [], [CellByCellSource(law, self._vector_reads(), keys, start)]

    def _key(self, purpose: str) -> np.uint64:
        return self.crossbar.stream.key(purpose)

    def _vector_reads(self) -> VectorReads:
        tile_starts = np.array([rows.start for rows in self.row_slices])
        return VectorReads(self.crossbar.targets.gain, tile_starts, self.crossbar.read, self._source_mixing())

    def _read_noise(self, law: ReadLaw) -> list[FreshSource]:
        if law.shaped is not None and law.shaped.sd_s.any():
            of_reads = (self.row_slices, self.layer_input, self.mixing, self._key("read_noise"))
            return [ShapedNoise(law, self.crossbar.targets.gain, *of_reads)]
        sd = self.crossbar.targets.gain * np.sqrt((law.sd_s**2).sum(axis=0))
        noise = FreshNoise(sd, self.row_slices, self.layer_input, self.mixing, self._key("read_noise"))
        return [noise] if sd.any() else []

    def _flicker(self, law: ReadLaw, start: CellState) -> list[StatefulSource]:
        if law.flicker is None:
            return []
        return [FlickerSource(law.flicker, self._vector_reads(), self._key("flicker"), start)]

    def _add_stateful(self, out: np.ndarray, z: np.ndarray, input_of: np.ndarray) -> None:
        """Vectors of some passes at a time: patches of a convolution are many."""
        mixing = self._source_mixing()
        widest = max(self.layer_input.rows, len(mixing) * out.shape[1] * mixing.shape[2])
        at_once = max(1, MOST_SIGNALS // (widest * self.layer_input.positions))
        for first in range(0, len(input_of), at_once):
            part = slice(first, first + at_once)
            vectors = self.layer_input.vectors(np.ascontiguousarray(z[input_of[part]]))
            by_vector = np.zeros((len(mixing), out.shape[1], len(vectors), mixing.shape[2]), np.float32)
            for source in self.stateful:
                source.add(by_vector, vectors, int(self.vectors_read[0]))
            self.vectors_read += len(vectors)
            units = self.layer_input.units(by_vector)
            if self._same_mixing:
                out[:, :, part] += units
            else:
                out[:, :, part] += np.einsum("kru,rtpu->ktpu", self.mixing, units)


MOST_SIGNALS = 2**23  # of vectors held at once, 32 MiB
