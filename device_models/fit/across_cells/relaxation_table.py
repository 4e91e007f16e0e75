"""Relaxation of many cells as a table: quantiles of the change of ln G at every time, by conductance as programmed.

Cells are put into bins of like conductance and equal number. A bin's quantiles at normal scores stand at the median
conductance of its cells; between points, of conductance and of score, lines are straight. Checked on cells that it was
not made of: a table of every other cell against the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from device_models.fit.across_cells.common_times import CommonTimes
from device_models.parts.tables.interpolation import FAR_SCORE
from device_models.parts.tables.relaxation_quantiles import MOST_RISE
from device_models.shown import shown

CELLS_PER_BIN, MOST_BINS = 100, 16
SCORES = np.array([0.0, 0.319, 0.674, 1.0, 1.282, 1.645, 2.0, 2.5, 3.0])
BEYOND = 2.0  # cells of a bin that lie beyond the last score
PERCENT = (5, 25, 50, 75, 95)
REPEATS = 4


@shown
@dataclass(frozen=True)
class QuantileTable:
    """time_s (T,), conductance_s (C,), normal_score (Q,), change (T, C, Q) of ln G."""

    time_s: np.ndarray
    conductance_s: np.ndarray
    normal_score: np.ndarray
    change: np.ndarray

    def changes(self, reference_s: np.ndarray, z: np.ndarray) -> np.ndarray:
        """(N, T) changes of ln G of cells programmed to reference_s (N,) at the normal scores z, (N, T)."""
        x = np.log(np.clip(reference_s, self.conductance_s[0], self.conductance_s[-1]))
        points = np.log(self.conductance_s)
        below = np.clip(np.searchsorted(points, x) - 1, 0, max(len(points) - 2, 0))
        above = np.minimum(below + 1, len(points) - 1)
        width = np.where(above > below, points[above] - points[below], 1.0)
        share = (x - points[below]) / width
        found = np.empty(z.shape)
        for t, rows in enumerate(self.change):
            lower, upper = (_at_scores(z[:, t], self.normal_score, rows, bins) for bins in (below, above))
            found[:, t] = lower + share * (upper - lower)
        return found


def quantile_table(table: CommonTimes) -> QuantileTable:
    read = int(np.isfinite(table.log_change).sum(axis=0).min())
    bins = int(np.clip(read // CELLS_PER_BIN, 1, MOST_BINS))
    order = np.argsort(table.reference_s, kind="stable")
    parts = np.array_split(order, bins)
    fewest = min(int(np.isfinite(table.log_change[part]).sum(axis=0).min()) for part in parts)
    upper = SCORES[1:][(1 - ndtr(SCORES[1:])) * fewest >= BEYOND]
    scores = np.concatenate([-upper[::-1], [0.0], upper]) if len(upper) else np.array([-1.0, 0.0, 1.0])
    change = np.stack([np.nanquantile(table.log_change[part], ndtr(scores), axis=0).T for part in parts], axis=1)
    points = np.array([np.median(table.reference_s[part]) for part in parts])
    distinct = np.append(True, np.diff(points) > 0)
    return QuantileTable(table.time_s, points[distinct], scores, _bounded(change[:, distinct], scores))


def _bounded(change: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Changes no larger than a device may have beyond it: a few cells that were read near 0 S at first
    would rise without bound."""
    change = np.minimum(change, 0.999 * MOST_RISE)
    before = change[..., -2]
    rise = (0.999 * MOST_RISE - before) * (scores[-1] - scores[-2]) / (FAR_SCORE - scores[-2])
    last = np.minimum(change[..., -1], before + rise)
    return np.concatenate([change[..., :-1], last[..., None]], axis=-1)


def _at_scores(z: np.ndarray, scores: np.ndarray, rows: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Value of row `row` (N,) of `rows` (C, Q) at normal scores z (N,)."""
    k = np.clip(np.searchsorted(scores, z) - 1, 0, len(scores) - 2)
    left, right = rows[row, k], rows[row, k + 1]
    value: np.ndarray = left + (right - left) * (z - scores[k]) / (scores[k + 1] - scores[k])
    return value


def percentiles(values: np.ndarray) -> np.ndarray:
    """(5, T): the 5, 25, 50, 75, 95 % points of (N, T), NaN left out."""
    return np.asarray(np.nanpercentile(values, PERCENT, axis=0))


def predicted(law: QuantileTable, table: CommonTimes, seed: int = 0) -> np.ndarray:
    """(REPEATS N, T): changes of ln G that the law gives cells of these conductances, NaN where they were not read."""
    rng, n = np.random.default_rng(seed), table.cells
    grid = ndtri((np.arange(n) + 0.5) / n)
    z = np.stack([rng.permuted(np.tile(grid, (len(law.time_s), 1)), axis=1).T for _ in range(REPEATS)])
    found = np.concatenate([law.changes(table.reference_s, one) for one in z])
    found[np.isnan(np.tile(table.log_change, (REPEATS, 1)))] = np.nan
    return found


def held_out_error(table: CommonTimes, groups: int = 1) -> float:
    """Largest error of a percentile at any time, over the distance of the 5 and 95 % points, of the change of ln G:
    a table of one half of the cells against the other. groups: of cells by conductance, each compared by itself."""
    half, other = table.halves()
    law, worst = quantile_table(half), 0.0
    for part in np.array_split(np.argsort(other.reference_s), groups):
        cells = other.of(part)
        measured, made = percentiles(cells.log_change), percentiles(predicted(law, cells))
        spread = measured[-1] - measured[0]
        seen = spread > 0
        worst = max(worst, float((np.abs(made - measured).max(axis=0)[seen] / spread[seen]).max(initial=0.0)))
    return worst
