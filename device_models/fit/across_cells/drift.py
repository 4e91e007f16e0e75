"""Drift: ln G = ln G0 - nu ln(t / t0) for each cell, least squares; over cells, mean and spread of nu.

t0 is the earliest time of all traces. Cells that were read at a common interval have correlated noise beside the line,
which is counted in the errors of their exponents. The spread is that of the cells, errors of their exponents taken off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from device_models.fit.interval import Estimate, around, over_cells
from device_models.fit.measurements.table import Trace
from device_models.fit.one_cell.sampling import read_times
from device_models.shown import shown

REJECTED = 1e-3
FEW_SAMPLES = 15


@shown
@dataclass(frozen=True)
class CellDrift:
    """One cell's drift. residual_sd: sd of ln G around the line. bend_p: of a term in (ln t)^2 beside it. time_s,
    g_s, fitted_s: for an overlay."""

    cell: str
    file: str
    samples: int
    exponent: Estimate
    exponent_se: float
    g_reference_s: Estimate
    residual_sd: float
    r_squared: float
    bend_p: float
    time_s: np.ndarray
    g_s: np.ndarray
    fitted_s: np.ndarray

    def without(self) -> np.ndarray:
        """The trace [S] with the drift taken off, at its mean level."""
        return self.g_s / self.fitted_s * float(np.exp(np.mean(np.log(self.fitted_s))))


@shown
@dataclass(frozen=True)
class DriftFit:
    """Mean and sd of the drift exponent over cells; sd is None for one cell.

    goodness_p: Kolmogorov-Smirnov p of all standardised residuals against N(0, 1) (a little too large), of the cells
    whose noise has no fit of its own; None without such cells.
    """

    reference_time_s: float
    exponent_mean: Estimate
    exponent_sd: Estimate | None
    cells: tuple[CellDrift, ...]
    goodness_p: float | None
    warnings: tuple[str, ...]
    spread_p: float | None = None


def fit_drift(traces: Sequence[Trace], noisy: Collection[str] = ()) -> DriftFit:
    """Fit traces over decades of time, all above 0. noisy: cells whose noise has a fit of its own."""
    from scipy import stats

    reference = min(float(trace.time_s[0]) for trace in traces)
    cells = tuple(fit_cell(trace, reference, read_times(trace.time_s).regular) for trace in traces)
    judged = [cell for cell in cells if cell.cell not in noisy and cell.residual_sd > 0]
    goodness_p = float(stats.kstest(_standardised(judged), "norm").pvalue) if judged else None
    mean, sd = _over_cells(cells)
    warnings = tuple(f"drift: {note}" for note in _doubts(mean, cells, goodness_p))
    return DriftFit(reference, mean, sd, cells, goodness_p, warnings)


def _standardised(cells: Sequence[CellDrift]) -> np.ndarray:
    """What is left beside the lines over its sd: each cell's own, or of cells of few samples that of all of these, as
    their own would make them too much alike."""
    few = [cell for cell in cells if cell.samples < FEW_SAMPLES]
    squares = sum(cell.residual_sd**2 * (cell.samples - 2) for cell in few)
    pooled = float(np.sqrt(squares / max(sum(cell.samples - 2 for cell in few), 1)))
    found = [np.log(cell.g_s / cell.fitted_s) / np.sqrt(1 - 2 / cell.samples) / pooled for cell in few]
    found += [np.log(cell.g_s / cell.fitted_s) / cell.residual_sd for cell in cells if cell.samples >= FEW_SAMPLES]
    return np.concatenate(found)


def _doubts(mean: Estimate, cells: Sequence[CellDrift], goodness_p: float | None) -> Iterator[str]:
    if mean.high < 0:
        yield f"conductance rises (nu = {mean.value:.3g})"
    if goodness_p is not None and goodness_p < REJECTED:
        yield f"what is left beside the power law is not normal (Kolmogorov-Smirnov p = {goodness_p:.1e})"
    bent = [cell for cell in cells if cell.bend_p * len(cells) < REJECTED]
    if bent:
        worst = min(bent, key=lambda cell: cell.bend_p)
        bends = f"{len(bent)} of {len(cells)} cells bend (cell {worst.cell}: p = {worst.bend_p:.1e})"
        yield f"{bends}: no power law of these times; the exponent is a mean slope"


def fit_cell(trace: Trace, reference_s: float, correlated: bool = False) -> CellDrift:
    """correlated: the standard errors count the correlation of what is left beside the line."""
    from scipy import stats

    x, y = np.log(trace.time_s / reference_s), np.log(trace.g_s)
    design = np.column_stack([np.ones(len(x)), -x])
    inverse = np.linalg.inv(design.T @ design)
    values = inverse @ design.T @ y
    dof = len(x) - 2
    residuals = y - design @ values
    variance = float(residuals @ residuals) / dof
    factor = inflation(x - x.mean(), residuals) if correlated else 1.0
    se = np.sqrt(variance * np.diag(inverse)) * factor
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
        bend_p=bend_p(design, residuals, correlated),
        time_s=trace.time_s,
        g_s=trace.g_s,
        fitted_s=np.exp(design @ values),
    )


def inflation(regressor: np.ndarray, residuals: np.ndarray) -> float:
    """Standard error of a slope with correlated errors over that with independent ones: sqrt(sum_k gamma_k c_k /
    gamma_0 c_0), gamma and c autocovariances of residuals and regressor, up to the first lag with gamma below 0."""
    gamma, c = _autocovariance(residuals), _autocovariance(regressor)
    negative = np.flatnonzero(gamma <= 0)
    last = int(negative[0]) if negative.size else len(gamma)
    if last < 1:
        return 1.0
    total = gamma[0] * c[0] + 2 * float(gamma[1:last] @ c[1:last])
    return float(np.sqrt(max(total / (gamma[0] * c[0]), 1.0)))


def _autocovariance(values: np.ndarray) -> np.ndarray:
    """sum_i v_i v_(i+k) for k = 0, 1, ... (a sum, not a mean)."""
    size = 2 ** int(np.ceil(np.log2(2 * len(values))))
    return np.asarray(np.fft.irfft(np.abs(np.fft.rfft(values, size)) ** 2, size)[: len(values)])


def bend_p(design: np.ndarray, residuals: np.ndarray, correlated: bool) -> float:
    """Two-sided p of a term in x^2 beside the line; 1 where nothing is left to test it with."""
    from scipy import stats

    dof = len(residuals) - 3
    square = design[:, 1] ** 2
    square = square - design @ np.linalg.lstsq(design, square, rcond=None)[0]
    norm = float(square @ square)
    if dof < 1 or norm == 0:
        return 1.0
    slope = float(square @ residuals) / norm
    left = residuals - slope * square
    se = np.sqrt(float(left @ left) / dof / norm) * (inflation(square, left) if correlated else 1.0)
    return float(2 * stats.t.sf(abs(slope) / se, dof)) if se > 0 else 1.0


def _over_cells(cells: Sequence[CellDrift]) -> tuple[Estimate, Estimate | None]:
    if len(cells) == 1:
        return cells[0].exponent, None
    return over_cells(
        np.array([cell.exponent.value for cell in cells]), np.array([cell.exponent_se for cell in cells]), "1"
    )
