"""Drift: ln G = ln G0 - nu ln(t / t0) for each cell, least squares; over cells, mean and spread of nu.

t0 is the earliest time of all traces. The spread is that of the cells, errors of their exponents taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.interval import Estimate, around, over_cells
from device_models.fit.table import Trace

FEWEST_TIMES = 3


@dataclass(frozen=True)
class CellDrift:
    """One cell's drift. residual_sd: sd of ln G around the line. time_s, g_s, fitted_s: for an overlay."""

    cell: str
    file: str
    samples: int
    exponent: Estimate
    exponent_se: float
    g_reference_s: Estimate
    residual_sd: float
    r_squared: float
    time_s: np.ndarray
    g_s: np.ndarray
    fitted_s: np.ndarray


@dataclass(frozen=True)
class DriftFit:
    """Mean and sd of the drift exponent over cells; sd is None for one cell.

    goodness_p: Kolmogorov-Smirnov p of all standardised residuals against N(0, 1) (a little too large).
    """

    reference_time_s: float
    exponent_mean: Estimate
    exponent_sd: Estimate | None
    cells: tuple[CellDrift, ...]
    goodness_p: float
    warnings: tuple[str, ...]


def fit_drift(traces: Sequence[Trace]) -> DriftFit:
    """Fit traces over decades of time; raises ConfigError for times or conductances without a logarithm."""
    from scipy import stats

    for trace in traces:
        _check(trace)
    reference = min(float(trace.time_s[0]) for trace in traces)
    cells = tuple(_fit_cell(trace, reference) for trace in traces)
    residuals = np.concatenate(
        [np.log(cell.g_s / cell.fitted_s) / cell.residual_sd for cell in cells if cell.residual_sd > 0] or [np.zeros(1)]
    )
    mean, sd = _over_cells(cells)
    warnings = (f"drift: conductance rises (nu = {mean.value:.3g})",) if mean.high < 0 else ()
    return DriftFit(reference, mean, sd, cells, float(stats.kstest(residuals, "norm").pvalue), warnings)


def _check(trace: Trace) -> None:
    if len(trace.time_s) < FEWEST_TIMES:
        raise ConfigError(
            f"{trace.place}: trace `{trace.cell}` has {len(trace.time_s)} times; drift needs {FEWEST_TIMES} at least"
        )
    if trace.time_s[0] <= 0:
        raise ConfigError(
            f"{trace.place}: drift of trace `{trace.cell}` begins at {trace.time_s[0]:g} s; times since programming "
            "must be above 0: delete the row"
        )
    if np.any(trace.g_s <= 0):
        raise ConfigError(f"{trace.place}: trace `{trace.cell}` falls to 0 S; drift needs conductances above 0")


def _fit_cell(trace: Trace, reference_s: float) -> CellDrift:
    from scipy import stats

    x, y = np.log(trace.time_s / reference_s), np.log(trace.g_s)
    design = np.column_stack([np.ones(len(x)), -x])
    inverse = np.linalg.inv(design.T @ design)
    values = inverse @ design.T @ y
    dof = len(x) - 2
    residuals = y - design @ values
    variance = float(residuals @ residuals) / dof
    se = np.sqrt(variance * np.diag(inverse))
    quantile = float(stats.t.ppf(0.975, dof))
    return CellDrift(
        cell=trace.cell,
        file=trace.file,
        samples=len(x),
        exponent=around(values[1], se[1], "1", quantile=quantile),
        exponent_se=float(se[1]),
        g_reference_s=around(float(np.exp(values[0])), se[0], "S", "log", quantile),
        residual_sd=float(np.sqrt(variance)),
        r_squared=float(1 - residuals @ residuals / np.sum((y - y.mean()) ** 2)),
        time_s=trace.time_s,
        g_s=trace.g_s,
        fitted_s=np.exp(design @ values),
    )


def _over_cells(cells: Sequence[CellDrift]) -> tuple[Estimate, Estimate | None]:
    if len(cells) == 1:
        return cells[0].exponent, None
    return over_cells(
        np.array([cell.exponent.value for cell in cells]), np.array([cell.exponent_se for cell in cells]), "1"
    )
