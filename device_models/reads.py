"""Reads of cells in simulated time: states carried from read to read, and the reference that every faster reader is
tested against.

One read happens at one instant here: what a read window averages is left to the array's readers (telegraph), or already
in the law (1/f noise, fresh noise).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from device_models import ornstein_uhlenbeck, telegraph
from device_models.read_law import ReadLaw, TrapLaw
from device_models.selector import SelectorLaw
from device_models.streams import Stream
from device_models.telegraph import Traps

BLOCK = 1 << 15  # cells at a time, so that no temporary array is large


@dataclass
class CellState:
    """What reads hand on: traps (traps, *cells) uint8, 1 is captured; thresholds, standardised, of the selectors'
    shape, float32; flicker (terms, *cells) float32, each term in units of its own sd. None where absent."""

    traps: np.ndarray | None = None
    thresholds: np.ndarray | None = None
    flicker: np.ndarray | None = None

    def copy(self) -> CellState:
        fields = (self.traps, self.thresholds, self.flicker)
        return CellState(*(None if field is None else field.copy() for field in fields))


def start(law: ReadLaw, stream: Stream) -> CellState:
    """States at the first read; draws come from `stream`."""
    state = CellState()
    if law.traps is not None:
        q = law.traps.traps.occupancy
        state.traps = (stream.generator("telegraph_start").random(q.shape) < q).astype(np.uint8)
    if law.selector is not None:
        shape = law.selector.series_s.shape
        state.thresholds = stream.generator("selector_start").standard_normal(shape, dtype=np.float32)
    if law.flicker is not None:
        terms, shape = law.flicker.terms, law.g_s.shape
        state.flicker = stream.generator("flicker_start").standard_normal((len(terms.tau_s), *shape), dtype=np.float32)
        grown = np.sqrt(terms.grown(law.flicker.age_s)).astype(np.float32)
        state.flicker *= grown.reshape(-1, *(1,) * len(shape))
    return state


class CellReads:
    """Successive reads of cells, `interval_s` apart; `state` moves on in place.

    Draws come from one generator, in order: the same generator gives the same reads.
    """

    def __init__(self, law: ReadLaw, state: CellState, interval_s: float, rng: np.random.Generator):
        self.law, self.state, self.interval_s, self.rng = law, state, interval_s, rng
        self.reads = 0

    def read(self) -> np.ndarray:
        """Conductances as seen by the next read [S], selectors included; the first read is of the initial state."""
        later = self.reads > 0
        self.reads += 1
        seen = np.empty_like(self.law.g_s)
        for block in _blocks(seen.size):
            seen.reshape(-1)[block] = self._conductances(block, later)
        if self.law.selector is not None:
            self._gate(seen, self.law.selector, later)
        return seen

    def _conductances(self, block: slice, later: bool) -> np.ndarray:
        """Cells of a block, flat, without selectors; `later`: states move on first."""
        seen = self.law.g_s.reshape(-1)[block].copy()
        if self.law.traps is not None:
            self._trap(seen, self.law.traps, block, later)
        if self.law.flicker is not None:
            assert self.state.flicker is not None
            terms, wander = self.law.flicker.terms, np.zeros(len(seen), np.float32)
            for tau_s, variance, term in zip(terms.tau_s, terms.variance, self.state.flicker, strict=True):
                part = term.reshape(-1)[block]
                if later:
                    self._move(part, float(tau_s))
                wander += float(np.sqrt(variance)) * part
            seen += self.law.flicker.amplitude_s.reshape(-1)[block] * wander
        sd_s = self.law.sd_s.reshape(-1)[block]
        return seen + sd_s * self.rng.standard_normal(len(seen), dtype=np.float32)

    def _trap(self, seen: np.ndarray, law: TrapLaw, block: slice, later: bool) -> None:
        """Multiply by what the traps leave, in place."""
        assert self.state.traps is not None
        traps = zip(law.traps.capture_s, law.traps.emission_s, law.amplitude, self.state.traps, strict=True)
        for capture_s, emission_s, amplitude, state in traps:
            captured = state.reshape(-1)[block]
            if later:
                # float64: slow traps switch once in 1e7 reads and less
                times = (time.reshape(-1)[block].astype(np.float64) for time in (capture_s, emission_s))
                captured[:] = telegraph.step(captured, self.interval_s, self.rng.random(len(captured)), Traps(*times))
            seen *= 1 - amplitude.reshape(-1)[block] * captured

    def _gate(self, seen: np.ndarray, selector: SelectorLaw, later: bool) -> None:
        """Multiply by what the selectors pass, in place."""
        assert self.state.thresholds is not None
        thresholds, series_s = self.state.thresholds.reshape(-1), selector.series_s.reshape(-1)
        cells = seen.reshape(-1, series_s.size)  # rows: the cells of one selector
        for block in _blocks(series_s.size):
            if later:
                self._move(thresholds[block], selector.correlation_time_s)
            part = replace(selector, series_s=series_s[block])
            cells[:, block] *= part.xi(thresholds[block])

    def _move(self, state: np.ndarray, tau_s: float) -> None:
        """One Ornstein-Uhlenbeck step in place."""
        normals = self.rng.standard_normal(len(state), dtype=np.float32)
        state[:] = ornstein_uhlenbeck.step(state, self.interval_s, tau_s, normals)


def _blocks(size: int) -> list[slice]:
    return [slice(first, first + BLOCK) for first in range(0, size, BLOCK)]
