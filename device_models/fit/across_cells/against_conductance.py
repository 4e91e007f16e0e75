"""A quantity of cells against their conductance: a line in logarithms, or points where the line misses them.

Each cell's ln y has a known error. The line is fitted with these as weights; a chi-square says whether cells differ by
more than their errors, and if so intervals widen by sqrt(chi2/dof), from Student's t. Points are means of cells of like
conductance, straight in logarithms between them; they take the place of the line where it is rejected and they leave
less scatter (BIC), or where every cell stands for a conductance of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from device_models.fit.interval import Estimate, Z, over_cells
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.shown import shown

FEWEST_CELLS = 3
SMALLEST_SPAN = 1.5
REJECTED = 1e-3
EACH_ITS_POINT = 5  # cells, at most
CELLS_PER_POINT, MOST_POINTS = 4, 8
ALIKE = 0.1  # in ln G: cells closer than that share a point


@dataclass(frozen=True)
class Line:
    """ln y = values[0] + values[1] ln x (or values[0] alone); se, quantile: for intervals. p: of the chi-square, None
    where nothing is left to test. scatter: sd of ln y over cells beyond its errors; None for too few."""

    values: np.ndarray
    se: np.ndarray
    quantile: float
    p: float | None
    scatter: Estimate | None


@shown
@dataclass(frozen=True)
class Points:
    """y at conductances, rising, with the standard errors of ln y. scatter: as of the line, around the points."""

    conductance_s: np.ndarray
    value: np.ndarray
    log_se: np.ndarray
    scatter: Estimate | None

    def at(self, g_s: np.ndarray) -> np.ndarray:
        """ln y is linear in ln G between the points, y / G constant beyond."""
        x, points = np.log(g_s), np.log(self.conductance_s)
        relative = np.interp(x, points, np.log(self.value / self.conductance_s))
        result: np.ndarray = np.exp(relative) * g_s
        return result


def log_errors(estimates: Sequence[Estimate], samples: np.ndarray) -> np.ndarray:
    """Standard errors of ln of the estimates, by their intervals; that of an sd of as many samples where an interval is
    not known."""
    low, high = np.array([[estimate.low, estimate.high] for estimate in estimates]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.log(high / low) / (2 * Z)
    return np.where(np.isfinite(errors) & (errors > 0), errors, 1 / np.sqrt(2.0 * samples))


def conductances(fits: Sequence[TraceFit]) -> np.ndarray:
    """At which noise was seen [S]: levels, or means of traces that drift, whose level is that at the first read."""
    return np.array([fit.level_s.value if fit.trend is None else float(fit.g_s.mean()) for fit in fits])


def sloped(level_s: np.ndarray) -> bool:
    """Whether cells are enough, and far enough apart, for a slope."""
    return len(level_s) >= FEWEST_CELLS and bool(level_s.max() >= SMALLEST_SPAN * level_s.min())


def line(x: np.ndarray | None, log_y: np.ndarray, log_se: np.ndarray) -> Line:
    """Against x, or one mean for x = None."""
    from scipy import stats

    ones = np.ones(len(log_y))
    design = ones[:, None] if x is None else np.column_stack([ones, x])
    weighted, target = design / log_se[:, None], log_y / log_se
    covariance = np.linalg.inv(weighted.T @ weighted)
    values = covariance @ weighted.T @ target
    se, dof = np.sqrt(np.diag(covariance)), len(log_y) - len(values)
    if dof == 0:
        return Line(values, se, Z, None, None)
    residuals = log_y - design @ values
    chi2 = float(np.sum((residuals / log_se) ** 2))
    p, scatter = float(stats.chi2.sf(chi2, dof)), _scatter(residuals, log_se, len(values))
    if chi2 <= dof:
        return Line(values, se, Z, p, scatter)
    return Line(values, se * np.sqrt(chi2 / dof), float(stats.t.ppf(0.975, dof)), p, scatter)


def points(level_s: np.ndarray, y: np.ndarray, log_se: np.ndarray, fitted: Line) -> Points | None:
    """Points in place of the line `fitted` (of y / G or y against G), or None where it does as well."""
    if fitted.p is None or fitted.p >= REJECTED:
        return None
    groups = _groups(np.log(level_s))
    if len(groups) < FEWEST_CELLS:
        return None
    found = _means(groups, level_s, y, log_se)
    if len(level_s) > EACH_ITS_POINT:
        left = np.log(y / found.at(level_s))
        rest = _line_residuals(fitted, level_s, y)
        n = len(level_s)
        gain = n * np.log(np.sum(rest**2) / np.sum(left**2)) - (len(groups) - len(fitted.values)) * np.log(n)
        return found if gain > 0 else None
    return found


def _line_residuals(fitted: Line, level_s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of an unweighted line, which leaves least: the points are to beat the best that a line can do."""
    x, log_y = np.log(level_s), np.log(y)
    design = np.column_stack([np.ones(len(x)), x])
    if len(fitted.values) == 1:
        return np.asarray(log_y - x - np.mean(log_y - x))
    return np.asarray(log_y - design @ np.linalg.lstsq(design, log_y, rcond=None)[0])


def _groups(log_g: np.ndarray) -> list[np.ndarray]:
    """Cells of like conductance: each apart where they are few, else parts of equal number."""
    order = np.argsort(log_g, kind="stable")
    if len(order) <= EACH_ITS_POINT:
        return np.split(order, np.flatnonzero(np.diff(log_g[order]) > ALIKE) + 1)
    count = int(np.clip(len(order) // CELLS_PER_POINT, FEWEST_CELLS, MOST_POINTS))
    parts = np.array_split(order, count)
    merged = [parts[0]]
    for part in parts[1:]:
        if log_g[part].mean() - log_g[merged[-1]].mean() > ALIKE:
            merged.append(part)
        else:
            merged[-1] = np.concatenate([merged[-1], part])
    return merged


def _means(groups: list[np.ndarray], level_s: np.ndarray, y: np.ndarray, log_se: np.ndarray) -> Points:
    x, relative = np.log(level_s), np.log(y / level_s)
    at = np.array([x[group].mean() for group in groups])
    rough = np.array([relative[group].mean() for group in groups])
    left = np.concatenate([relative[group] - relative[group].mean() for group in groups])
    errors = np.concatenate([log_se[group] for group in groups])
    scatter = _scatter(left, errors, len(groups)) if len(left) > len(groups) else None
    between = scatter.value if scatter else 0.0
    se = np.array([1 / np.sqrt(np.sum(1 / (log_se[group] ** 2 + between**2))) for group in groups])
    return Points(np.exp(at), np.exp(rough + at), se, scatter)


def _scatter(residuals: np.ndarray, log_se: np.ndarray, fitted: int) -> Estimate | None:
    """Sd over cells beyond their errors, of what is left beside `fitted` parameters."""
    n = len(residuals)
    if n - fitted < 1:
        return None
    grown = residuals * np.sqrt((n - 1) / (n - fitted))
    return over_cells(grown, log_se)[1]
