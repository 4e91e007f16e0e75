"""All slow noise of a cell at once: telegraph traps, 1/f noise and a selector that gates them, cell by cell in time."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_kernels import SelectorTables, TrapTables, WanderTables, by_output, stateful_reads
from device_models.errors import MappingError

LONGEST_WINDOW_IN_TAU = 20.0


class CellByCell:
    """A source of `crossbar_nsm.array.device_reader`; mixing (slots, reads, outputs).

    Raises MappingError when a trap is so fast that a read window holds too many of its switches.
    """

    def __init__(self, crossbar: Crossbar, mixing: np.ndarray):
        self.crossbar, self.mixing = crossbar, mixing
        law, gain, stream, read = crossbar.law, crossbar.targets.gain, crossbar.stream, crossbar.read
        self._check_traps()
        self.keys = tuple(stream.key(purpose) for purpose in ("read_noise", "selector", "telegraph", "flicker"))
        self.arrays = tuple(np.ascontiguousarray(gain * values, np.float32) for values in (law.g_s, law.sd_s))
        within = read.between_reads_s
        between = read.interval_s - (mixing.shape[1] - 1) * within
        self.tables = (
            TrapTables.build(
                law.traps, law.g_s.shape, read.window_s, (between - read.window_s, within - read.window_s)
            ),
            WanderTables.build(law.flicker, gain, (between, within)),
            SelectorTables.build(law.selector, (between, within)),
        )
        self.reset()

    def reset(self) -> None:
        state, law = self.crossbar.initial_state(), self.crossbar.law
        thresholds = state.thresholds
        if thresholds is not None and law.selector is not None:
            thresholds = law.selector.over_cells(thresholds)
        given = {"traps": (state.traps, np.uint8), "flicker": (state.flicker, np.float32)}
        given["thresholds"] = (thresholds, np.float32)
        self.states = {name: by_output(values, kind) for name, (values, kind) in given.items() if values is not None}

    def add(self, out: np.ndarray, z: np.ndarray, first: int) -> None:
        traps, wander, gates = self.tables
        outputs, inputs = self.arrays[0].shape[2], self.arrays[0].shape[1]
        numbers = np.arange(first, first + len(z))
        tile_of_row = self.crossbar.tiling.tile_of_row if out.shape[1] > 1 else np.zeros(inputs, np.int64)
        reads = stateful_reads(  # type: ignore[call-arg]
            z, np.arange(len(z)), *self.arrays, tile_of_row, self.mixing.shape[1], numbers, np.zeros_like(numbers),
            self.keys,
            traps, self.states.get("traps", np.zeros((outputs, inputs, 2, 0), np.uint8)),
            wander, self.states.get("flicker", np.zeros((outputs, inputs, 2, 0), np.float32)),
            gates, self.states.get("thresholds", np.zeros((outputs, inputs, 0), np.float32)),
        )  # fmt: skip
        out += np.einsum("kri,rtvi->ktvi", self.mixing, reads)

    def _check_traps(self) -> None:
        traps, window_s = self.crossbar.law.traps, self.crossbar.read.window_s
        fastest = np.inf if traps is None else float(traps.traps.tau0_s.min())
        if window_s > LONGEST_WINDOW_IN_TAU * fastest:
            raise MappingError(
                f"read.window_s={window_s:g} s is more than {LONGEST_WINDOW_IN_TAU:g} times the correlation "
                f"time of the fastest trap ({fastest:.3g} s): shorten the window or leave such traps out"
            )
