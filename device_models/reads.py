"""Reads of cells in simulated time: states carried from read to read, and the reference that every faster reader is
tested against.

Traps and selectors are read at one instant here: what a read window averages of traps is left to the array's readers.
1/f noise is averaged over the window (see `device_models.parts.windows`), fresh noise already in the law.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from device_models.cells import CellArrays
from device_models.numerics import usual_numerics
from device_models.parts import ornstein_uhlenbeck
from device_models.parts.selector import SelectorLaw
from device_models.read_law import ReadLaw
from device_models.shown import shown
from device_models.streams import Stream

BLOCK = 1 << 15  # cells at a time, so that no temporary array is large


@shown
@dataclass
class CellState(CellArrays):
    """What reads hand on, by the name of the device's section: of slow noise as its law starts it, (..., *cells), of
    the selectors their standardised thresholds, float32."""

    states: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def traps(self) -> np.ndarray | None:
        """Of telegraph noise, (traps, *cells) uint8."""
        return self.states.get("telegraph")

    @property
    def flicker(self) -> np.ndarray | None:
        """Of 1/f noise, (terms, *cells) float32."""
        return self.states.get("flicker")

    @property
    def thresholds(self) -> np.ndarray | None:
        """Of the selectors, standardised, one for each pair or cell, float32."""
        return self.states.get("selector")

    def copy(self) -> CellState:
        """The same states in arrays of their own."""
        return CellState({name: state.copy() for name, state in self.states.items()})


@usual_numerics()
def start(law: ReadLaw, stream: Stream) -> CellState:
    """States at the first read; draws come from `stream`."""
    states = {name: noise.start(stream) for name, noise in law.slow.items()}
    if law.selector is not None:
        shape = law.selector.series_s.shape
        states["selector"] = stream.generator("selector_start").standard_normal(shape, dtype=np.float32)
    return CellState(states)


@shown
class CellReads:
    """Successive reads of cells, `interval_s` apart; `state` moves on in place.

    Draws come from one generator, in order: the same generator gives the same reads. Raises ConfigError for 1/f noise
    whose read windows would overlap.
    """

    def __init__(self, law: ReadLaw, state: CellState, interval_s: float, rng: np.random.Generator):
        self.law, self.state, self.interval_s, self.rng = law, state, interval_s, rng
        self.reads = 0
        self._steps = {name: noise.steps(interval_s) for name, noise in law.slow.items()}
        self._normal_sd_s = law.sd_s if law.shaped is None else np.sqrt(law.normal_s2)

    def _shown_fields(self) -> dict[str, Any]:
        return {"law": self.law, "state": self.state, "interval_s": self.interval_s, "reads": self.reads}

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
        seen, sd_s = self.law.g_s.reshape(-1)[block].copy(), self._normal_sd_s.reshape(-1)[block]
        for name, noise in self.law.slow.items():
            rest = noise.read(seen, self.state.states[name], block, self._steps[name], self.rng, later)
            if rest is not None:
                sd_s = np.sqrt(sd_s**2 + rest)
        seen = seen + sd_s * self.rng.standard_normal(len(seen), dtype=np.float32)
        shaped = self.law.shaped
        if shaped is None:
            return seen
        normals = self.rng.standard_normal(len(seen), dtype=np.float32)
        return seen + shaped.sd_s.reshape(-1)[block] * shaped.shape.of_normals(normals)

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
