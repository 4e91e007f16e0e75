"""Cells drawn one by one: for laws whose parts multiply within a cell, a selector or traps with 1/f noise or traps."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.slow_noise.cell_by_cell_kernel import (
    SelectorTables,
    ShapeTables,
    TrapTables,
    WanderTables,
    by_output,
    stateful_reads,
)
from crossbar_nsm.array.vector_reads import VectorReads
from device_models.errors import ConfigError
from device_models.read_law import ReadLaw
from device_models.reads import CellState

_LOW, _SHIFT = 0xFFFFFFFF, 32


class CellByCellSource:
    """Adds the whole read of any law, mixed. Arguments as of FlickerSource, but keys: of read noise, selectors,
    telegraph noise and 1/f noise.

    `states`: traps uint8, flicker and thresholds float32, cells in the order (outputs, rows, 2, ...), as far as the law
    has them.
    """

    def __init__(
        self,
        law: ReadLaw,
        array: VectorReads,
        keys: tuple[np.uint64, np.uint64, np.uint64, np.uint64],
        start: CellState,
    ):
        others = sorted(law.slow.keys() - {"telegraph", "flicker"})
        if others:
            raise ConfigError(
                f"read.slow_noise: trajectory: {', '.join(others)} is not drawn cell by cell; use split"
            ).see("slow_noise")
        self.law, self.keys, self.mixing = law, keys, np.asarray(array.mixing, np.float32)
        gain, (between_s, within_s), window_s = array.gain, array.steps_s, array.read.window_s
        self.weight = np.ascontiguousarray(gain * law.g_s, np.float32)
        self.tile_of_row = np.searchsorted(array.tile_starts, np.arange(gain.shape[0]), side="right") - 1
        self._tables = (
            TrapTables.build(law.traps, law.g_s.shape, window_s, (between_s - window_s, within_s - window_s)),
            WanderTables.build(law.flicker, gain, array.steps_s),
            SelectorTables.build(law.selector, array.steps_s),
        )
        self.sd, self.shaped = self._fresh_sd(gain), ShapeTables.build(law.shaped, gain)
        self.reset(start)

    def _fresh_sd(self, gain: np.ndarray) -> np.ndarray:
        """Of normal fresh noise and the rest of 1/f noise, weight units, (2: of a pass's last read, of another, 2,
        rows, outputs)."""
        variance = np.stack([self.law.normal_s2] * 2)
        if self.law.flicker is not None:
            variance = variance + self._tables[1].rest[:, None, None, None] * self.law.flicker.amplitude_s**2
        return np.ascontiguousarray(gain * np.sqrt(variance), np.float32)

    def reset(self, start: CellState) -> None:
        """Back to the states at the first read."""
        selector = self.law.selector
        thresholds = None if selector is None else selector.over_cells(start.states["selector"])
        outputs, inputs = self.weight.shape[2], self.weight.shape[1]
        self.states: dict[str, np.ndarray] = {}
        for name, values, dtype, none in (
            ("traps", None if self.law.traps is None else start.traps, np.uint8, (outputs, inputs, 2, 0)),
            ("flicker", None if self.law.flicker is None else start.flicker, np.float32, (outputs, inputs, 2, 0)),
            ("thresholds", thresholds, np.float32, (outputs, inputs, 0)),
        ):
            self.states[name] = np.zeros(none, dtype) if values is None else by_output(values, dtype)

    def restore(self, states: dict[str, np.ndarray]) -> None:
        """Go on from saved `states`."""
        for name, values in states.items():
            self.states[name][...] = values

    def add(self, out: np.ndarray, z: np.ndarray, first: int) -> None:
        """As FlickerSource.add."""
        numbers = first + np.arange(len(z))
        tile_of_row = self.tile_of_row if out.shape[1] > 1 else np.zeros_like(self.tile_of_row)
        traps, wander, gates = self._tables
        reads = stateful_reads(
            np.ascontiguousarray(z, np.float32), np.arange(len(z)), self.weight, self.sd, self.shaped, tile_of_row,
            self.mixing.shape[1], numbers >> _SHIFT, numbers & _LOW, self.keys, traps, self.states["traps"],
            wander, self.states["flicker"], gates, self.states["thresholds"],
        )  # fmt: skip
        for slot, weights in enumerate(self.mixing):
            for read, weight in enumerate(weights):
                out[slot] += weight * reads[read]
