"""The device reader: every cell is drawn, or propagated in time, on every read. The oracle for all laws.

Without telegraph noise each read is independent, so passes run in parallel. With it, cells carry their trap states
from read to read in simulated time, so columns run in parallel and time stays in order.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_kernels import TrapTables, fresh_reads, telegraph_reads
from crossbar_nsm.engine.passes import Passes
from device_models.errors import MappingError

LONGEST_WINDOW_IN_TAU = 20.0


class DeviceReader:
    """`reads` successive reads of one crossbar for each pass, in weight units.

    `state` holds the telegraph states (outputs, rows, 2, traps) uint8, None without telegraph noise. Raises
    MappingError when a trap is so fast that a read window holds too many of its switches.
    """

    def __init__(self, crossbar: Crossbar, reads: int, config: ReadConfig):
        self.crossbar, self.reads, self.config = crossbar, reads, config
        law, gain = crossbar.law, crossbar.targets.gain
        self.keep_probability = law.keep_probability
        self.weight = np.ascontiguousarray(gain * law.g_s, np.float32)
        self.sd = np.ascontiguousarray(gain * law.sd_s, np.float32)
        stream = crossbar.stream
        self.keys = tuple(stream.key(purpose) for purpose in ("read_noise", "selector", "telegraph"))
        self.traps = self._trap_tables() if law.traps is not None else None
        self.reset()

    def reset(self) -> None:
        """Back to the states drawn when the array was made."""
        initial = self.crossbar.initial_state
        self.state = None if initial is None else np.transpose(initial, (3, 2, 1, 0)).copy(order="C")

    def partial_currents(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """Partial currents (reads, row tiles, passes, outputs) in weight units; pass p shows input z[rows[p]].

        Passes are in time order, interval_s apart.
        """
        law = (self.weight, self.sd, self.crossbar.tiling.tile_of_row, self.keep_probability)
        counters = (passes.samples, passes.images, self.keys)
        if self.traps is None:
            return np.stack([fresh_reads(z, rows, *law, read, *counters) for read in range(self.reads)])
        result: np.ndarray = telegraph_reads(z, rows, *law, self.reads, *counters, self.traps, self.state)
        return result

    def _trap_tables(self) -> TrapTables:
        law, config = self.crossbar.law, self.config
        assert law.traps is not None
        assert law.amplitude is not None
        fastest = float(law.traps.tau0_s.min())
        if config.window_s > LONGEST_WINDOW_IN_TAU * fastest:
            raise MappingError(
                f"read.window_s={config.window_s:g} s is more than {LONGEST_WINDOW_IN_TAU:g} times the correlation "
                f"time of the fastest trap ({fastest:.3g} s): shorten the window or leave such traps out"
            )
        between = config.interval_s - (self.reads - 1) * config.between_reads_s - config.window_s
        within = config.between_reads_s - config.window_s
        return TrapTables.build(law.traps, law.amplitude, config.window_s, between, within)
