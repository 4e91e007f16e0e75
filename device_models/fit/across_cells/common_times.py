"""Many cells read at few common times: conductances as a table, with the reads of like times in one column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from device_models.fit.measurements.table import Trace

FEWEST_CELLS = 30  # read at a time, for a law of their spread at that time
FEWEST_TIMES = 2  # besides the reference
MOST_TIMES = 100
MOST_GATHERED = 12
ALIKE = 0.1  # in ln t: reads closer than that count as of one time
MOSTLY = 0.9
DIGITS = (
    6  # of times; fewer than a preset keeps, whose first time is else rounded to after the first read: no change there
)


@dataclass(frozen=True)
class CommonTimes:
    """time_s: (T,) medians of times after 0 s. reference_s: (N,) conductance as programmed, at 0 s where most cells
    have such a read, else at the first time (first_is_reference). log_change: (N, T) ln G / reference; NaN where a cell
    was not read. cells, left_out: how many are in the table, and how many have no reference or fall to 0 S."""

    time_s: np.ndarray
    reference_s: np.ndarray
    log_change: np.ndarray
    first_is_reference: bool
    left_out: int
    samples: int

    @property
    def cells(self) -> int:
        return len(self.reference_s)

    def halves(self) -> tuple[CommonTimes, CommonTimes]:
        """Every other cell in order of conductance, and the rest."""
        order = np.argsort(self.reference_s, kind="stable")
        return self.of(order[0::2]), self.of(order[1::2])

    def of(self, chosen: np.ndarray) -> CommonTimes:
        """The same of some of the cells."""
        change = self.log_change[chosen]
        samples = int(np.count_nonzero(np.isfinite(change)))
        return CommonTimes(self.time_s, self.reference_s[chosen], change, self.first_is_reference, 0, samples)


def common_times(traces: Sequence[Trace], fewest_times: int = FEWEST_TIMES) -> CommonTimes | None:
    """None where there are too few cells, or too few or many times (besides the reference), for a law of each time."""
    if len(traces) < FEWEST_CELLS:
        return None
    lengths = [len(trace.time_s) for trace in traces]
    time_s, g_s = (np.concatenate([getattr(t, key) for t in traces]) for key in ("time_s", "g_s"))
    cell = np.repeat(np.arange(len(traces)), lengths)
    after = time_s > 0
    start = np.full(len(traces), np.nan)
    start[cell[~after]] = g_s[~after]  # the last read at or before 0 s, as times rise
    column, times = _columns(time_s[after])
    if not fewest_times <= len(times) <= MOST_TIMES:
        return None
    g = np.full((len(traces), len(times)), np.nan)
    g[cell[after], column] = g_s[after]
    from_zero = np.mean(np.isfinite(start)) >= MOSTLY
    reference = start if from_zero else g[:, 0]
    kept = np.isfinite(reference) & (reference > 0) & ~np.any(g <= 0, axis=1)
    enough = np.count_nonzero(np.isfinite(g[kept]), axis=0) >= FEWEST_CELLS
    if np.count_nonzero(enough) < fewest_times + (not from_zero):
        return None
    log_change = np.log(g[kept][:, enough] / reference[kept][:, None])
    samples = int(np.count_nonzero(np.isfinite(log_change)))
    left_out = len(traces) - int(kept.sum())
    return CommonTimes(times[enough], reference[kept], log_change, not from_zero, left_out, samples)


def gathered(cells: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Times (T,) and conductances (T, N), NaN where there is none, of cells with times after 0 s of their own; more
    than MOST_GATHERED of them are gathered into so many of even width in ln t, with the last read of a cell in each."""
    times = np.unique(np.concatenate([time_s for time_s, _ in cells]))
    edges = (times[:-1] + times[1:]) / 2
    if len(times) > MOST_GATHERED:
        middles = np.geomspace(times[0], times[-1], MOST_GATHERED)
        edges = np.sqrt(middles[:-1] * middles[1:])
    place = np.searchsorted(edges, times)
    table_s = np.full((len(edges) + 1, len(cells)), np.nan)
    for index, (time_s, g_s) in enumerate(cells):
        table_s[np.searchsorted(edges, time_s), index] = g_s
    filled = np.unique(place)
    return np.array([np.median(times[place == one]) for one in filled]), table_s[filled]


def _columns(time_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Column of every time, and the medians of the columns: cut wherever sorted times are more than ALIKE apart."""
    order = np.argsort(time_s)
    ordered = time_s[order]
    starts = np.append(True, np.diff(np.log(ordered)) > ALIKE)
    column = np.empty(len(time_s), dtype=int)
    column[order] = np.cumsum(starts) - 1
    bounds = np.append(np.flatnonzero(starts), len(ordered))
    medians = [float(f"{ordered[(a + b - 1) // 2]:.{DIGITS}g}") for a, b in pairwise(bounds)]
    return column, np.array(medians)
