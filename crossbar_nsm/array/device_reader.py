"""The device reader: every cell is drawn, or propagated in time, on every read. The oracle for all laws.

Where reads are independent passes run in parallel. Where cells carry states from read to read in simulated time
(telegraph noise, 1/f noise, selectors with memory) columns run in parallel and time stays in order.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_kernels import (
    SelectorTables,
    TrapTables,
    WanderTables,
    by_output,
    fresh_reads,
    stateful_reads,
)
from crossbar_nsm.engine.passes import Passes
from device_models.errors import MappingError
from device_models.reads import CellState

LONGEST_WINDOW_IN_TAU = 20.0


class DeviceReader:
    """`reads` successive reads of one crossbar for each pass, in weight units.

    `states` holds what is carried from read to read, by name, cells in the order (outputs, rows, 2, ...): `traps`
    uint8, `flicker` and `thresholds` float32; empty without such noise. Raises MappingError when a trap is so fast that
    a read window holds too many of its switches.
    """

    def __init__(self, crossbar: Crossbar, reads: int):
        self.crossbar, self.reads = crossbar, reads
        law, gain, stream = crossbar.law, crossbar.targets.gain, crossbar.stream
        self.weight = np.ascontiguousarray(gain * law.g_s, np.float32)
        self.sd = np.ascontiguousarray(gain * law.sd_s, np.float32)
        self.keys = tuple(stream.key(purpose) for purpose in ("read_noise", "selector", "telegraph", "flicker"))
        selector = law.selector
        memoryless = selector is None or (selector.correlation_time_s == 0 and selector.per_pair)
        self.stateful = not (memoryless and law.traps is None and law.flicker is None)
        self.keep_probability = 1.0 if selector is None else float(selector.probability.flat[0])
        if self.stateful:
            self._check_traps()
            self.tables = self._tables()
        self.reset()

    def reset(self) -> None:
        """Back to the states at the first read."""
        state = self.crossbar.initial_state() if self.stateful else CellState()
        thresholds, selector = state.thresholds, self.crossbar.law.selector
        if thresholds is not None and selector is not None:
            thresholds = selector.over_cells(thresholds)
        given = {"traps": (state.traps, np.uint8), "flicker": (state.flicker, np.float32)}
        given["thresholds"] = (thresholds, np.float32)
        self.states = {name: by_output(values, kind) for name, (values, kind) in given.items() if values is not None}

    def partial_currents(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """Partial currents (reads, row tiles, passes, outputs) in weight units; pass p shows input z[rows[p]].

        Passes are in time order, interval_s apart.
        """
        law, counters = (self.weight, self.sd, self.crossbar.tiling.tile_of_row), (passes.samples, passes.images)
        if not self.stateful:
            keep = self.keep_probability
            return np.stack([fresh_reads(z, rows, *law, keep, k, *counters, self.keys) for k in range(self.reads)])
        traps, wander, gates = self.tables
        outputs, inputs = self.weight.shape[2], self.weight.shape[1]
        trapped = self.states.get("traps", np.zeros((outputs, inputs, 2, 0), np.uint8))
        wandered = self.states.get("flicker", np.zeros((outputs, inputs, 2, 0), np.float32))
        thresholds = self.states.get("thresholds", np.zeros((outputs, inputs, 0), np.float32))
        result: np.ndarray = stateful_reads(
            z, rows, *law, self.reads, *counters, self.keys, traps, trapped, wander, wandered, gates, thresholds
        )
        return result

    def _tables(self) -> tuple[TrapTables, WanderTables, SelectorTables]:
        law, config = self.crossbar.law, self.crossbar.read
        within = config.between_reads_s
        between = config.interval_s - (self.reads - 1) * within
        gaps = (between - config.window_s, within - config.window_s)
        return (
            TrapTables.build(law.traps, law.g_s.shape, config.window_s, gaps),
            WanderTables.build(law.flicker, self.crossbar.targets.gain, (between, within)),
            SelectorTables.build(law.selector, (between, within)),
        )

    def _check_traps(self) -> None:
        traps, window_s = self.crossbar.law.traps, self.crossbar.read.window_s
        fastest = np.inf if traps is None else float(traps.traps.tau0_s.min())
        if window_s > LONGEST_WINDOW_IN_TAU * fastest:
            raise MappingError(
                f"read.window_s={window_s:g} s is more than {LONGEST_WINDOW_IN_TAU:g} times the correlation "
                f"time of the fastest trap ({fastest:.3g} s): shorten the window or leave such traps out"
            )
