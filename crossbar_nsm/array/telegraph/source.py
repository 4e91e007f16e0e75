"""The telegraph part of an array's currents, exact in law, in simulated time."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.telegraph.clock import Clock, inputs_by_epoch
from crossbar_nsm.array.telegraph.event_reads import Room, event_reads, room_words
from crossbar_nsm.array.telegraph.tables import step_tables, trap_tables
from crossbar_nsm.array.telegraph.trap_layout import state_words
from crossbar_nsm.array.telegraph.weights import set_pair_weights
from crossbar_nsm.array.vector_reads import VectorReads
from crossbar_nsm.engine.kernels.lanes import padded_width
from device_models.errors import ConfigError
from device_models.read_law import ReadLaw, TrapLaw
from device_models.reads import CellState

BLOCK_OUTPUTS = 32
EPOCH_VECTORS = 32
SHORT_EPOCH_VECTORS = 16
SHORT_FROM = 2e-3  # switches per trap and vector; measured at 512 x 512 pairs: a step is added to fewer vectors
FORGOTTEN = 40.0  # correlation times after which exp(-40) of a state is left
MOST_SWITCHES = 1e7  # of a layer from one vector to the next: a tenth of a second


class TelegraphSource:
    """Reads of cells whose traps switch, summed over the rows of every tile; pairs of shape (2, rows, outputs).

    A cell in one read gives gain g times the mean over the window of prod_k (1 - d_k s_k(t)). vectors: of an epoch
    (default: by the law); width: outputs of a block.

    `states`: `traps` (words of 32) at the start of the epoch in which the next vector lies; put back by `restore`,
    they go on bit for bit with the same `first`. Callers hold `one_blas_thread()`.

    512 traps that lie together stay frozen when each switches with a probability below 2^-32 in an epoch: less than
    one switch of a million such traps in 4000 epochs is left out. All others are exact to float64, but for cells with
    one trap: there times are resolved to 2^-32 of an epoch, and weights to 2^-24 of their pair's larger cell.
    """

    def __init__(
        self,
        law: ReadLaw,
        array: VectorReads,
        key: np.uint64,
        start: CellState,
        vectors: int | None = None,
        width: int = BLOCK_OUTPUTS,
    ):
        if law.traps is None:
            raise ValueError("this law has no traps")
        self.rows, self.outputs = law.g_s.shape[1:]
        interval_s, read = _remembered_s(law.traps, array), array.read
        _check_switches(law.traps, interval_s)
        vectors = vectors or epoch_vectors(law.traps, interval_s)
        self.clock = Clock(read.window_s, read.between_reads_s, array.length_s, interval_s, vectors)
        self.tiles = np.append(np.asarray(array.tile_starts, np.int64), self.rows)
        self.mixing, self.key = np.ascontiguousarray(array.mixing, np.float32), np.uint64(key)
        self.mixed = self.mixing.sum(axis=1)
        self.width = min(width, padded_width(self.outputs))
        blocks = -(-padded_width(self.outputs) // self.width)
        self.weights = np.zeros((blocks, self.rows, self.width), np.float32)
        self.tables = trap_tables(law, law.traps, array.gain, vectors * interval_s)
        self.single = step_tables(law, law.traps, array.gain, vectors * interval_s, self.width)
        self.room = np.empty((blocks, room_words(self.rows, self.tables.traps)), np.uint32)
        self.reset(start)

    def reset(self, start: CellState) -> None:
        """Time 0: states of the traps, (traps, 2, rows, outputs) uint8."""
        assert start.traps is not None
        self.restore({"traps": state_words(start.traps)})

    @property
    def states(self) -> dict[str, np.ndarray]:
        """What is carried from call to call; copy it to keep it."""
        return {"traps": self.words}

    def restore(self, states: dict[str, np.ndarray]) -> None:
        """Go back to saved `states`."""
        self.words = np.array(states["traps"], np.uint32)
        set_pair_weights(self.weights, self.tables, self.single, self.words)

    def add(self, out: np.ndarray, z: np.ndarray, first: int) -> None:
        """Add the reads of inputs z (vectors, rows) float32, in time order, to out (slots, tiles or 1, vectors,
        outputs) float32; first: number of the first vector since `reset`, where the last call ended."""
        if len(z) == 0:
            return
        tiles = self.tiles if out.shape[1] > 1 else self.tiles[[0, -1]]
        inputs = inputs_by_epoch(np.ascontiguousarray(z, np.float32), first, self.clock.vectors)
        currents = np.empty((len(self.weights), len(tiles) - 1, self.width, self.clock.vectors), np.float32)
        event_reads(
            out, inputs, first, self.weights, self.words, Room(currents, self.room), self.tables, self.single,
            self.mixing, self.mixed, tiles, self.clock, self.key,
        )  # fmt: skip


def _remembered_s(traps: TrapLaw, array: VectorReads) -> float:
    """The interval to simulate: longer ones that all traps forget (to the last bit of a float64) have the same law."""
    capture_s, emission_s = (t.astype(np.float64) for t in (traps.traps.capture_s, traps.traps.emission_s))
    slowest_s = float(np.max(capture_s * emission_s / (capture_s + emission_s)))
    return min(array.read.interval_s, array.length_s + FORGOTTEN * slowest_s)


def _check_switches(traps: TrapLaw, interval_s: float) -> None:
    """Raises ConfigError where the switches of a single vector would take longer than reads may."""
    switches = switches_per_vector(traps, interval_s) * traps.traps.capture_s.size
    if switches > MOST_SWITCHES:
        raise ConfigError(
            f"read.interval_s={interval_s:g}: traps would switch {switches:.2g} times between two reads, at most "
            f"{MOST_SWITCHES:.0e} are simulated; set read.slow_noise to split, or a shorter interval"
        ).see("slow_noise")


def switches_per_vector(traps: TrapLaw, interval_s: float) -> float:
    """Expected switches of a trap from a vector to the next, on average over traps."""
    cycle_s = traps.traps.capture_s.astype(np.float64) + traps.traps.emission_s
    return float(np.mean(2 * interval_s / cycle_s))


def epoch_vectors(traps: TrapLaw, interval_s: float) -> int:
    """Vectors of an epoch, by the law alone."""
    return SHORT_EPOCH_VECTORS if switches_per_vector(traps, interval_s) >= SHORT_FROM else EPOCH_VECTORS
