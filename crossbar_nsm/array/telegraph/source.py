"""The telegraph part of an array's currents, exact in law, in simulated time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.telegraph.events import Clock, Tables, epochs_of, event_reads, pair_weights
from crossbar_nsm.array.telegraph.single_trap_events import Steps, exact_steps, no_steps, step_tables
from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS, planes, threshold
from crossbar_nsm.array.telegraph.trap_layout import grouped, padded_rows, state_bits, state_words
from crossbar_nsm.engine.kernels.lanes import LANES, padded_width
from device_models.errors import ConfigError
from device_models.read_law import ReadLaw, TrapLaw
from device_models.reads import CellState

Blocked = Callable[[np.ndarray], np.ndarray]

BLOCK_OUTPUTS = 32
EPOCH_VECTORS = 32
SHORT_EPOCH_VECTORS = 16
SHORT_FROM = 2e-3  # switches per trap and vector; measured at 512 x 512 pairs: a step is added to fewer vectors
FORGOTTEN = 40.0  # correlation times after which exp(-40) of a state is left
MOST_SWITCHES = 1e7  # of a layer from one vector to the next: a tenth of a second
FROZEN = 2.0**-32  # 512 traps that all switch with less than this in an epoch stay where they are


class TelegraphSource:
    """Reads of cells whose traps switch, summed over the rows of every tile; pairs of shape (2, rows, outputs).

    gain (rows, outputs): weight units per siemens; tile_starts: the rows at which row tiles begin; mixing (slots,
    reads, outputs) float32: out[slot] is the sum over a vector's reads of mixing times read. A cell in one read gives
    gain g times the mean over the window of prod_k (1 - d_k s_k(t)); vector n begins at n interval_s.

    `states`: `traps` (words of 32) at the start of the epoch in which the next vector lies; put back by `restore`,
    they go on bit for bit with the same `first`. Callers hold `one_blas_thread()`.

    512 traps that lie together stay frozen when each switches with a probability below 2^-32 in an epoch: less than
    one switch of a million such traps in 4000 epochs is left out. All others are exact to float64, but for cells with
    one trap: there times are resolved to 2^-32 of an epoch, and weights to 2^-24 of their pair's larger cell.
    """

    def __init__(
        self,
        law: ReadLaw,
        gain: np.ndarray,
        tile_starts: np.ndarray | list[int],
        read: ReadConfig,
        mixing: np.ndarray,
        key: np.uint64,
        start: CellState,
        vectors: int | None = None,
        width: int = BLOCK_OUTPUTS,
    ):
        if law.traps is None:
            raise ValueError("this law has no traps")
        self.rows, self.outputs = law.g_s.shape[1:]
        interval_s = _remembered_s(law.traps, read, np.asarray(mixing).shape[1])
        _check_switches(law.traps, interval_s)
        vectors = vectors or epoch_vectors(law.traps, interval_s)
        self.clock = Clock(read.window_s, read.between_reads_s, interval_s, vectors)
        self.tiles = np.append(np.asarray(tile_starts, np.int64), self.rows)
        self.mixing, self.key = np.ascontiguousarray(mixing, np.float32), np.uint64(key)
        self.mixed = self.mixing.sum(axis=1)
        self.width = min(width, padded_width(self.outputs))
        blocks = -(-padded_width(self.outputs) // self.width)
        self.base = np.zeros((blocks, self.rows, self.width), np.float32)
        self.tables = _tables(law, law.traps, gain, vectors * interval_s)
        self.single = _steps(law, law.traps, gain, vectors * interval_s, self._blocked)
        room = padded_rows(self.rows) * LANES * 2
        self.scratch = np.empty((blocks, self.tables.traps * room // BITS + LANES + 5 * room), np.uint32)
        self.reset(start)

    def _blocked(self, weights: np.ndarray) -> np.ndarray:
        """(rows, outputs) in the layout of `base`, padded with zeros."""
        padded = np.zeros((self.rows, len(self.base) * self.width), np.float32)
        padded[:, : self.outputs] = weights
        return np.ascontiguousarray(np.swapaxes(padded.reshape(self.rows, -1, self.width), 0, 1))

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
        pair_weights(self.base, self.tables, self.single, self.words)

    def trap_states(self) -> np.ndarray:
        """States at the start of the present epoch, (traps, 2, rows, outputs) uint8."""
        return state_bits(self.words, self.rows, self.outputs)

    def add(self, out: np.ndarray, z: np.ndarray, first: int) -> None:
        """Add the reads of inputs z (vectors, rows) float32, in time order, to out (slots, tiles or 1, vectors,
        outputs) float32; first: number of the first vector since `reset`, where the last call ended."""
        if len(z) == 0:
            return
        tiles = self.tiles if out.shape[1] > 1 else self.tiles[[0, -1]]
        shown = epochs_of(np.ascontiguousarray(z, np.float32), first, self.clock.vectors)
        current = np.empty((len(self.base), len(tiles) - 1, self.width, self.clock.vectors), np.float32)
        room = (current, self.scratch)
        fixed = (self.tables, self.single, self.mixing, self.mixed, tiles)
        event_reads(out, shown, self.base, *room, self.words, *fixed, first, self.clock, self.key)


def _remembered_s(traps: TrapLaw, read: ReadConfig, reads: int) -> float:
    """The interval to simulate: longer ones that all traps forget (to the last bit of a float64) have the same law."""
    capture_s, emission_s = (t.astype(np.float64) for t in (traps.traps.capture_s, traps.traps.emission_s))
    slowest_s = float(np.max(capture_s * emission_s / (capture_s + emission_s)))
    return min(read.interval_s, (reads - 1) * read.between_reads_s + read.window_s + FORGOTTEN * slowest_s)


def _check_switches(traps: TrapLaw, interval_s: float) -> None:
    """Raises ConfigError where the switches of a single vector would take longer than reads may."""
    switches = switches_per_vector(traps, interval_s) * traps.traps.capture_s.size
    if switches > MOST_SWITCHES:
        raise ConfigError(
            f"read.interval_s={interval_s:g}: traps would switch {switches:.2g} times between two reads, at most "
            f"{MOST_SWITCHES:.0e} are simulated; set read.slow_noise to split, or a shorter interval"
        )


def switches_per_vector(traps: TrapLaw, interval_s: float) -> float:
    """Expected switches of a trap from a vector to the next, on average over traps."""
    cycle_s = traps.traps.capture_s.astype(np.float64) + traps.traps.emission_s
    return float(np.mean(2 * interval_s / cycle_s))


def epoch_vectors(traps: TrapLaw, interval_s: float) -> int:
    """Vectors of an epoch, by the law alone."""
    return SHORT_EPOCH_VECTORS if switches_per_vector(traps, interval_s) >= SHORT_FROM else EPOCH_VECTORS


def _steps(law: ReadLaw, traps: TrapLaw, gain: np.ndarray, stretch_s: float, blocked: Blocked) -> Steps:
    """Tables of laws with one trap per cell."""
    if len(traps.amplitude) != 1:
        return no_steps()
    free = np.array([1, -1])[:, None, None] * np.asarray(gain * law.g_s, np.float32).astype(np.float64)
    weights, steps = exact_steps(free, free * (1 - traps.amplitude[0]))
    return step_tables(blocked(weights), steps, traps.traps.capture_s[0], traps.traps.emission_s[0], stretch_s)


def _tables(law: ReadLaw, traps: TrapLaw, gain: np.ndarray, stretch_s: float) -> Tables:
    """Records and thresholds of all cells, for epochs of stretch_s."""
    sign = np.array([1, -1])[:, None, None]
    capture_s, emission_s = traps.traps.capture_s, traps.traps.emission_s
    parts = [(sign * gain * law.g_s)[None], *zip(1 - traps.amplitude, capture_s, emission_s, strict=True)]
    record = np.concatenate([np.asarray(part, np.float32).reshape(-1, *law.g_s.shape) for part in parts])
    # (numbers, 2, rows, outputs) to (groups, rows, lanes, 2, numbers)
    cells = np.ascontiguousarray(np.transpose(grouped(record), (0, 3, 4, 2, 1)))
    probability = [
        -np.expm1(-stretch_s / np.asarray(t, np.float32).astype(np.float64)) for t in (capture_s, emission_s)
    ]
    both = [grouped(p) for p in probability]
    most = np.maximum(*both)
    active = most.reshape(*most.shape[:-2], -1, BITS, LANES).max(axis=(-1, -2)) >= FROZEN
    thresholds = planes(*(threshold(p) for p in both))
    flags = active.astype(np.uint8).ravel()
    return Tables(cells.ravel(), thresholds.ravel(), flags, len(capture_s))
