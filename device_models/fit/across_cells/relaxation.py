"""Relaxation of cells after programming: a law of ln t, or quantiles of the change at every time.

Of few cells with many reads each, the law of ln t of each by itself (`relaxation_of_few`): a straight line of G in
ln t, against that of ln G, which is drift. What tells them apart is how they bend; noise is taken as of one sd in G,
and as a fraction of G, and both must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from device_models.fit.across_cells.common_times import CommonTimes, gathered
from device_models.fit.across_cells.drift import REJECTED, DriftFit, bend_p, inflation
from device_models.fit.across_cells.marginal_laws import MarginalLaw
from device_models.fit.across_cells.relaxation_table import (
    QuantileTable,
    held_out_error,
    percentiles,
    predicted,
    quantile_table,
)
from device_models.fit.interval import Estimate, around, over_cells
from device_models.fit.measurements.table import Trace
from device_models.shown import shown

FEWEST_OF_A_TABLE = 100
LARGEST_ERROR = 0.15  # of a percentile of cells held out, over the distance of the 5 and 95 % points
KEEPS_RANK = 0.8
TINY = 1e-9


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
    whether changes are from a read at 0 s, and not from the first. names: of few cells. time_s: (T,) times of reads,
    g_s: (T, N) of every cell, NaN where it was not read, measured, fitted: (5, T) the points above since the first of
    them, for an overlay.
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
    goodness_p: float | None
    drift_p: float | None
    held_out: float | None
    rank_correlation: float
    warnings: tuple[str, ...]
    time_s: np.ndarray
    g_s: np.ndarray
    measured: np.ndarray
    fitted: np.ndarray
    names: tuple[str, ...] = ()


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


def relaxation_of_few(traces: Sequence[Trace], drift: DriftFit, noisy: Collection[str]) -> RelaxationFit:
    """Of cells without a read at 0 s, three or more, of which the `drift` has been fitted. noisy: cells whose noise has
    a fit of its own."""
    from scipy import stats

    fits = [_line(trace, trace.cell in noisy) for trace in traces]
    slopes, errors = (np.array([fit[k] for fit in fits]) for k in (0, 1))
    mean, spread = over_cells(slopes, errors, "S")
    judged = [fit[2] for trace, fit in zip(traces, fits, strict=True) if trace.cell not in noisy and fit[2].std() > 0]
    scaled = np.concatenate([left / left.std() for left in judged]) if judged else np.zeros(0)
    p = float(stats.kstest(scaled, "norm").pvalue) if judged else None
    time_s, g_s = gathered([(trace.time_s, trace.g_s) for trace in traces])
    shown_cells = np.isfinite(g_s[0])
    change = np.log(g_s[:, shown_cells] / g_s[0, shown_cells]).T
    table = CommonTimes(time_s, g_s[0, shown_cells], change, True, 0, sum(len(trace.time_s) for trace in traces))
    law = MarginalLaw("relaxation", np.array([mean.value, 0.0, spread.value]), np.zeros(3), 0.0, 1.0)
    bent = sum(fit[3] * len(fits) < REJECTED for fit in fits)
    notes = [f"{bent} of {len(fits)} cells bend against ln t; the slope is a mean one"] if bent else []
    return RelaxationFit(
        law="ln t",
        cells=len(traces),
        samples=table.samples,
        files=tuple(dict.fromkeys(trace.file for trace in traces)),
        from_zero=False,
        mean_per_ln_s=mean,
        sd_at_1s_s=None,
        sd_per_ln_s=spread,
        scatter_s=float(np.sqrt(np.mean([fit[2].var() for fit in fits]))),
        table=None,
        goodness_p=p,
        drift_p=drift.goodness_p,
        held_out=None,
        rank_correlation=_rank_correlation(table),
        warnings=tuple(f"relaxation: {note}" for note in notes),
        time_s=time_s,
        g_s=g_s[:, shown_cells],
        measured=percentiles(change),
        fitted=percentiles(_of_ln_t(table, law)),
        names=tuple(trace.cell for trace in traces),
    )


def _line(trace: Trace, correlated: bool) -> tuple[float, float, np.ndarray, float]:
    """Slope of G against ln t [S], its standard error, what is left, and p of a bend."""
    x = np.log(trace.time_s)
    design = np.column_stack([np.ones(len(x)), x - x.mean()])
    found, *_ = np.linalg.lstsq(design, trace.g_s, rcond=None)
    left = trace.g_s - design @ found
    factor = inflation(design[:, 1], left) if correlated else 1.0
    error = factor * float(np.sqrt(left @ left / (len(x) - 2) / (design[:, 1] @ design[:, 1])))
    return float(found[1]), error, left, bend_p(design, left, correlated)


def straighter(trace: Trace) -> tuple[float, float]:
    """By how much G is likelier than ln G to be a straight line of ln t, as a difference of -2 ln L: of noise of one sd
    in G, and of noise that is a fraction of G. Counted as of so many reads as are independent."""
    x, g_s = np.log(trace.time_s), trace.g_s / np.median(trace.g_s)
    of_g, of_ln = (np.polyval(np.polyfit(x, y, 1), x) for y in (g_s, np.log(g_s)))
    if of_g.min() <= 0:  # no straight line of conductances
        return -np.inf, -np.inf
    left = np.log(g_s) - of_ln
    independent = len(x) / inflation((x - x.mean()) ** 2 - np.var(x), left) ** 2
    power = _best(x, lambda p: np.exp(p[0] + p[1] * x), np.polyfit(x, np.log(g_s), 1)[::-1], g_s)
    line = _best(x, lambda p: np.log(np.maximum(p[0] + p[1] * x, TINY)), np.polyfit(x, g_s, 1)[::-1], np.log(g_s))
    even = np.sum((g_s - of_g) ** 2), power
    relative = line, np.sum(left**2)
    ratios = [np.log(max(drift, TINY**2) / max(ln_t, TINY**2)) for ln_t, drift in (even, relative)]
    return float(independent * ratios[0]), float(independent * ratios[1])


def _best(x: np.ndarray, law: Callable[[np.ndarray], np.ndarray], start: np.ndarray, values: np.ndarray) -> float:
    """Least sum of squares beside a law of two parameters."""
    from scipy.optimize import least_squares

    return 2 * float(least_squares(lambda p: law(p) - values, start, x_scale=np.maximum(np.abs(start), 1e-3)).cost)


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
