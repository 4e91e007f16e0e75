"""Relaxation of many cells after programming: a law of ln t, or quantiles of the change at every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from device_models.fit.across_cells.common_times import CommonTimes
from device_models.fit.across_cells.marginal_laws import MarginalLaw
from device_models.fit.across_cells.relaxation_table import (
    QuantileTable,
    held_out_error,
    percentiles,
    predicted,
    quantile_table,
)
from device_models.fit.interval import Estimate, around
from device_models.shown import shown

FEWEST_OF_A_TABLE = 100
LARGEST_ERROR = 0.15  # of a percentile of cells held out, over the distance of the 5 and 95 % points
KEEPS_RANK = 0.8


@shown
@dataclass(frozen=True)
class RelaxationFit:
    """By `law`: `ln t`, G(t) - G(0) ~ N(mean_per_ln ln t, (sd_at_1s + sd_per_ln ln t)^2) [S], t in s; or `quantiles`,
    the `table`. Without a read at 0 s nothing is known of sd_at_1s (None), and the others are of changes since the
    first read, beside which reads scatter by scatter_s.

    goodness_p: Kolmogorov-Smirnov p of the law of ln t, drift_p: of a power law of time with normal exponents, at the
    worst time and third of the cells, times the number of tests. held_out: of the table, largest error of the 5, 25,
    50, 75 and 95 % points of the change of ln G of cells held out, over the distance of the outer two.
    rank_correlation: of the changes at the first and the last time over cells; in the preset it is 1. from_zero:
    whether changes are from a read at 0 s, and not from the first. time_s: (T,) times of reads, g_s: (T, N) of every
    cell, NaN where it was not read, measured, fitted: (5, T) the points above since the first of them, for an overlay.
    """

    law: Literal["ln t", "quantiles"]
    cells: int
    samples: int
    files: tuple[str, ...]
    from_zero: bool
    mean_per_ln_s: Estimate | None
    sd_at_1s_s: Estimate | None
    sd_per_ln_s: Estimate | None
    scatter_s: float | None
    table: QuantileTable | None
    goodness_p: float
    drift_p: float
    held_out: float | None
    rank_correlation: float
    warnings: tuple[str, ...]
    time_s: np.ndarray
    g_s: np.ndarray
    measured: np.ndarray
    fitted: np.ndarray


def fit_relaxation(
    cells: CommonTimes, files: tuple[str, ...], drift: MarginalLaw, relaxation: MarginalLaw, tabled: bool
) -> RelaxationFit:
    """`tabled`: a table of quantiles, else the law of ln t."""
    table = quantile_table(cells) if tabled else None
    errors = relaxation.errors * np.sqrt(len(cells.time_s))  # one cell's changes are one draw, as in the device
    estimates = [around(float(v), float(e), "S") for v, e in zip(relaxation.parameters, errors, strict=True)]
    mean, other, per_ln = (None, None, None) if tabled else estimates
    at_1s = None if cells.first_is_reference else other
    scatter_s = None if other is None or at_1s is not None else float(relaxation.parameters[1])
    measured = percentiles(cells.log_change)
    fitted = percentiles(_of_ln_t(cells, relaxation) if table is None else predicted(table, cells))
    held_out = held_out_error(cells) if tabled else None
    rank = _rank_correlation(cells)
    start = np.zeros(0 if cells.first_is_reference else 1)
    g_s = cells.reference_s * np.exp(np.vstack([np.zeros(cells.cells), cells.log_change.T]))
    return RelaxationFit(
        law="quantiles" if tabled else "ln t",
        cells=cells.cells,
        samples=cells.samples,
        files=files,
        from_zero=not cells.first_is_reference,
        mean_per_ln_s=mean,
        sd_at_1s_s=at_1s,
        sd_per_ln_s=per_ln,
        scatter_s=scatter_s,
        table=table,
        goodness_p=relaxation.p,
        drift_p=drift.p,
        held_out=held_out,
        rank_correlation=rank,
        warnings=tuple(f"relaxation: {note}" for note in _doubts(cells, held_out, rank)),
        time_s=np.append(start, cells.time_s),
        g_s=np.vstack([g_s[: len(start)], g_s[1:]]),
        measured=np.hstack([np.zeros((5, len(start))), measured]),
        fitted=np.hstack([np.zeros((5, len(start))), fitted]),
    )


def _of_ln_t(cells: CommonTimes, law: MarginalLaw) -> np.ndarray:
    """Changes of ln G by the law of ln t, of the same cells."""
    mean, other, per_ln = law.parameters
    z = np.random.default_rng(0).standard_normal((cells.cells, 1))
    if cells.first_is_reference:
        length = np.log(cells.time_s / cells.time_s[0])
        sd = np.hypot(other, per_ln * length) * (length > 0)
    else:
        length = np.log(cells.time_s)
        sd = np.maximum(other + per_ln * length, 0)
    change = (mean * length + sd * z) / cells.reference_s[:, None]
    found = np.log(np.maximum(1 + change, 1e-9))
    found[np.isnan(cells.log_change)] = np.nan
    return found


def _rank_correlation(cells: CommonTimes) -> float:
    """Spearman's, of the changes at the first and the last time."""
    first = 1 if cells.first_is_reference else 0
    change = cells.log_change[:, [first, -1]]
    both = change[np.all(np.isfinite(change), axis=1)]
    if len(both) < 3 or first == cells.log_change.shape[1] - 1:
        return 1.0
    first_rank, last_rank = np.argsort(np.argsort(both, axis=0), axis=0).T
    return float(np.corrcoef(first_rank, last_rank)[0, 1])


def _doubts(cells: CommonTimes, held_out: float | None, rank: float) -> list[str]:
    notes = []
    if cells.left_out:
        notes.append(
            f"{cells.left_out} of {cells.left_out + cells.cells} cells fall to 0 S or have no read to begin with: "
            "left out"
        )
    if held_out is not None and held_out > LARGEST_ERROR:
        notes.append(
            f"percentiles of cells held out differ by {100 * held_out:.0f} % of their spread: measure more cells"
        )
    if rank < KEEPS_RANK:
        notes.append(
            f"cells change places between the first and the last time (rank correlation {rank:.2f}); in the preset a "
            "cell keeps its place: right at every one time, too steady from one to the next"
        )
    return notes
