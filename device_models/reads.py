"""Reads of cells in simulated time: states carried from read to read, and the reference that every faster reader is
tested against.

Traps and selectors are read at one instant here: what a read window averages of traps is left to the array's readers.
1/f noise is averaged over the window (see `device_models.parts.windows`), fresh noise already in the law.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from device_models.numerics import usual_numerics
from device_models.parts import ornstein_uhlenbeck, telegraph
from device_models.parts.selector import SelectorLaw
from device_models.parts.telegraph import Traps
from device_models.parts.windows import WindowStep
from device_models.read_law import ReadLaw, TrapLaw
from device_models.streams import Stream

BLOCK = 1 << 15  # cells at a time, so that no temporary array is large


@dataclass
class CellState:
    """What reads hand on: traps (traps, *cells) uint8, 1 is captured; thresholds, standardised, of the selectors'
    shape, float32; flicker (terms, *cells) float32, each term in units of its own sd at the start of the next read's
    window. None where absent."""

    traps: np.ndarray | None = None
    thresholds: np.ndarray | None = None
    flicker: np.ndarray | None = None

    def copy(self) -> CellState:
        fields = (self.traps, self.thresholds, self.flicker)
        return CellState(*(None if field is None else field.copy() for field in fields))


@usual_numerics()
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

    Draws come from one generator, in order: the same generator gives the same reads. Raises ConfigError for 1/f noise
    whose read windows would overlap.
    """

    def __init__(self, law: ReadLaw, state: CellState, interval_s: float, rng: np.random.Generator):
        self.law, self.state, self.interval_s, self.rng = law, state, interval_s, rng
        self.reads = 0
        self._flicker = None if law.flicker is None else law.flicker.terms.steps(interval_s)

    @usual_numerics()
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
        sd_s = self.law.sd_s.reshape(-1)[block]
        if self.law.flicker is not None and self._flicker is not None:
            amplitude_s = self.law.flicker.amplitude_s.reshape(-1)[block]
            seen += amplitude_s * self._wander(self.law.flicker.terms.variance, self._flicker, block)
            rest = float((self.law.flicker.terms.variance * self._flicker.rest).sum())
            sd_s = np.sqrt(sd_s**2 + rest * amplitude_s**2)
        return seen + sd_s * self.rng.standard_normal(len(seen), dtype=np.float32)

    def _wander(self, variance: np.ndarray, steps: WindowStep, block: slice) -> np.ndarray:
        """What a window sees of 1/f noise, over A, but for the rest that no other window shares; moves the terms on."""
        assert self.state.flicker is not None
        wander = np.zeros(len(self.state.flicker[0].reshape(-1)[block]), np.float32)
        for term, sd, *step in zip(self.state.flicker, np.sqrt(variance), *steps, strict=True):
            state, (kick, loss, from_state, from_kick) = term.reshape(-1)[block], map(float, step[:4])
            normals = self.rng.standard_normal(len(state), dtype=np.float32)
            wander += float(sd) * (from_state * state + from_kick * normals)
            state += kick * normals - loss * state
        return wander

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
