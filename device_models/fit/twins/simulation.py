"""Reads of simulated cells at given times: those of a measurement, with their gaps.

Cells are read as `device_models.reads` reads them, a step of time at a time, all cells and twins at once. A longer way
between two reads is one more read, which nobody sees, for the rest of it.

The window of a read is not known from a measurement. Where the preset does not say it, reads average over the interval
between them, less the read time at which the preset cuts its 1/f noise: what fluctuates faster than the reads is in the
fitted fresh noise already. Sampled that way, A^2/f is within 22 % of itself up to half the sampling rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from device_models.cells import Cells
from device_models.device import Device
from device_models.parts.read_noise import ReadConditions
from device_models.reads import CellReads
from device_models.streams import Stream

Progress = Callable[[int, int], None]
AGES = 64  # times, evenly in ln t, between which ageing is interpolated
TOLD_EVERY = 500  # reads
BLOCK = 4096  # reads
SHORTEST = 1e-3  # window, of the interval


@dataclass(frozen=True)
class Grid:
    """Times of reads as whole steps of a common interval: `steps` between successive reads, from `first_s` on."""

    interval_s: float
    steps: np.ndarray
    first_s: float

    @classmethod
    def of(cls, time_s: np.ndarray, interval_s: float) -> Grid:
        steps = np.maximum(np.rint(np.diff(time_s) / interval_s), 1).astype(np.int64)
        return cls(interval_s, steps, float(time_s[0]))

    @property
    def key(self) -> tuple[str, str, bytes]:
        """Equal for traces that can be read together."""
        return f"{self.interval_s:.2g}", f"{self.first_s:.3g}", self.steps.tobytes()

    @property
    def time_s(self) -> np.ndarray:
        return self.first_s + self.interval_s * np.concatenate([[0], np.cumsum(self.steps)])


def reads_s(device: Device, level_s: np.ndarray, grid: Grid, stream: Stream, progress: Progress) -> np.ndarray:
    """Conductances [S], float32 (reads, *cells), of cells that are at `level_s` at the first read."""
    still = without_ageing(device)
    cells = Cells(level_s, stream)
    law = still.read_law(cells, conditions(device, grid.interval_s, max(grid.first_s, 0.0)))
    state, rng = still.initial_state(law, stream), stream.generator("twin reads")
    regular = CellReads(law, state, grid.interval_s, rng)
    seen = np.empty((len(grid.steps) + 1, *level_s.shape), np.float32)
    longer = {
        int(step): CellReads(law, state, (step - 1) * grid.interval_s, rng)
        for step in np.unique(grid.steps)
        if step > 1
    }
    seen[0] = regular.read()
    for index, step in enumerate(grid.steps, start=1):
        if step > 1:
            longer[step].reads = 1  # its state is that of reads before
            longer[step].read()
        seen[index] = regular.read()
        if index % TOLD_EVERY == 0 or index == len(grid.steps):
            progress(index, len(grid.steps))
    if device.changes_with_time:
        _age(seen, device, cells, grid.time_s)
    return seen


def without_ageing(device: Device) -> Device:
    """The device without drift, relaxation and retention; its slow noise stays."""
    return device.model_copy(update={"drift": None, "relaxation": None, "retention": None})


def conditions(device: Device, interval_s: float, age_s: float) -> ReadConditions:
    """How the twin's cells are read."""
    cut_s = 0.0 if device.flicker is None else device.flicker.read_time_s
    window_s = min(device.read_noise.window_s or max(interval_s - cut_s, SHORTEST * interval_s), interval_s)
    return ReadConditions(window_s=window_s, interval_s=interval_s, age_s=age_s)


def _age(seen: np.ndarray, device: Device, cells: Cells, time_s: np.ndarray) -> None:
    """Multiply reads by what the cells have aged since the first, linear between AGES times, in place."""
    ages = np.maximum(time_s, 0.0)
    after = ages[ages > 0]
    if len(after):
        knots = np.unique([ages[0], *np.geomspace(after[0], after[-1], AGES)])
        values = np.stack([device.aged_s(cells, float(age)) for age in knots]).astype(np.float32)
        factors = values / np.where(values[0] > 0, values[0], 1.0)
        right = np.clip(np.searchsorted(knots, ages), 1, len(knots) - 1)
        share = ((ages - knots[right - 1]) / (knots[right] - knots[right - 1])).astype(np.float32)
        share = share.reshape(-1, *(1,) * cells.g_s.ndim)
        for first in range(0, len(seen), BLOCK):
            block = slice(first, first + BLOCK)
            low, high = factors[right[block] - 1], factors[right[block]]
            seen[block] *= low + share[block] * (high - low)
