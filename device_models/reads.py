"""Reads of cells in simulated time: states carried from read to read, and the reference that every faster reader is
tested against.

One read happens at one instant here: what a read window averages is left to the array's readers (telegraph), or already
in the law (1/f noise, fresh noise).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_models import ornstein_uhlenbeck
from device_models.read_law import ReadLaw
from device_models.streams import Stream

BLOCK = 1 << 16  # cells at a time, so that no temporary array is large


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
        shape = law.selector.level.shape
        state.thresholds = stream.generator("selector_start").standard_normal(shape, dtype=np.float32)
    if law.flicker is not None:
        terms, shape = law.flicker.terms, law.g_s.shape
        state.flicker = stream.generator("flicker_start").standard_normal((len(terms.tau_s), *shape), dtype=np.float32)
        grown = np.sqrt(ornstein_uhlenbeck.grown_variance(law.flicker.age_s, terms.tau_s)).astype(np.float32)
        state.flicker *= grown.reshape(-1, *(1,) * len(shape))
    return state


class CellReads:
    """Successive reads of cells, `interval_s` apart; `state` moves on in place.

    Draws come from one generator, in order: the same generator gives the same reads.
    """

    def __init__(self, law: ReadLaw, state: CellState, interval_s: float, rng: np.random.Generator):
        self.law, self.state, self.interval_s, self.rng = law, state, interval_s, rng
        self.reads = 0
        if law.traps is not None:
            traps = law.traps.traps
            self.occupancy = traps.occupancy
            self.decay = np.exp(-interval_s / traps.tau0_s)  # float64: traps may be 1e7 times slower
        if law.flicker is not None:
            terms = law.flicker.terms
            rho = np.exp(-interval_s / terms.tau_s)
            self.terms = [
                (np.float32(r), np.float32(np.sqrt(-np.expm1(-2 * interval_s / tau))), np.float32(np.sqrt(variance)))
                for r, tau, variance in zip(rho, terms.tau_s, terms.variance, strict=True)
            ]

    def read(self) -> np.ndarray:
        """Conductances as seen by the next read [S], selectors included; the first read is of the initial state."""
        if self.reads:
            self._advance()
        self.reads += 1
        seen = np.empty_like(self.law.g_s)
        for block in self._blocks(seen.size):
            seen.reshape(-1)[block] = self._conductances(block)
        if self.law.selector is not None:
            assert self.state.thresholds is not None
            seen *= self.law.selector.over_cells(self.law.selector.xi(self.state.thresholds))
        return seen

    def _conductances(self, block: slice) -> np.ndarray:
        """Cells of a block, flat, without selectors."""
        law, state = self.law, self.state
        seen = law.g_s.reshape(-1)[block].copy()
        if law.traps is not None:
            assert state.traps is not None
            for amplitude, captured in zip(law.traps.amplitude, state.traps, strict=True):
                seen *= 1 - amplitude.reshape(-1)[block] * captured.reshape(-1)[block]
        if law.flicker is not None:
            assert state.flicker is not None
            wander = np.zeros_like(seen)
            for (_, _, sd), term in zip(self.terms, state.flicker, strict=True):
                wander += sd * term.reshape(-1)[block]
            seen += law.flicker.amplitude_s.reshape(-1)[block] * wander
        sd_s = law.sd_s.reshape(-1)[block]
        return seen + sd_s * self.rng.standard_normal(len(seen), dtype=np.float32)

    def _advance(self) -> None:
        """All states, one interval later."""
        if self.law.traps is not None:
            assert self.state.traps is not None
            state, q, decay = (array.reshape(-1) for array in (self.state.traps, self.occupancy, self.decay))
            for block in self._blocks(state.size):
                captured = q[block] + (state[block] - q[block]) * decay[block]
                state[block] = self.rng.random(len(captured)) < captured
        if self.law.flicker is not None:
            assert self.state.flicker is not None
            for (keep, kick, _), term in zip(self.terms, self.state.flicker, strict=True):
                self._move(term.reshape(-1), keep, kick)
        if self.law.selector is not None:
            assert self.state.thresholds is not None
            memory = self.law.selector.correlation_time_s
            rho = float(np.exp(-self.interval_s / memory)) if memory else 0.0
            self._move(self.state.thresholds.reshape(-1), np.float32(rho), np.float32(np.sqrt(1 - rho**2)))

    def _move(self, state: np.ndarray, rho: np.float32, kick: np.float32) -> None:
        for block in self._blocks(state.size):
            normals = self.rng.standard_normal(len(state[block]), dtype=np.float32)
            normals *= kick
            state[block] *= rho
            state[block] += normals

    @staticmethod
    def _blocks(size: int) -> list[slice]:
        return [slice(first, first + BLOCK) for first in range(0, size, BLOCK)]
