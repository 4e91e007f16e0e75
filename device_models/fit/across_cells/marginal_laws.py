"""Laws of what conductances do after programming, judged by the spread of many cells at each time.

- drift: ln G(t)/G(0) ~ N(-nu L, (spread L)^2 + error^2), L = ln(t / first time): the exponent differs from cell to
  cell, and every read has an error.
- relaxation: G(t) - G(0) ~ N(mean l, (sd_at_1s + sd_per_ln l)^2), l = ln(t / 1 s). Since a first read that is no
  programming, G(t) - G(first) ~ N(mean L, (sd_per_ln L)^2 + error^2): what came before it is not known.

Of a first read the two differ in that steps are of G or of ln G; where cells stand at one conductance and move little,
they do not (`apart`).

Maximum likelihood over all cells and times, each time by itself. The test is Kolmogorov-Smirnov's of every time, of
all cells and of thirds of them by conductance, times the number of tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr

from device_models.fit.across_cells.common_times import CommonTimes

Law = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # parameters to mean and sd at every time
THIRDS = 3
FEWEST_TESTED = 20
TINY = 1e-12
WIDE = 1.5  # conductance of the upper third over that of the lower one
DECISIVE = 10.0  # difference of BIC


@dataclass(frozen=True)
class MarginalLaw:
    """kind; parameters: drift (nu, spread, error), relaxation (mean, sd_at_1s, sd_per_ln) [S], since a first read with
    the error in place of sd_at_1s; their standard errors; bic of ln G; p: of cells that differ more from the law than
    these do, at the worst time."""

    kind: Literal["drift", "relaxation"]
    parameters: np.ndarray
    errors: np.ndarray
    bic: float
    p: float

    @property
    def mean_over_spread(self) -> float:
        """Size of the mean change of cells over their spread, per unit of ln t; 0 where the mean is no more than its
        error."""
        mean, spread = float(self.parameters[0]), float(self.parameters[1 if self.kind == "drift" else 2])
        return abs(mean) / max(abs(spread), TINY * abs(mean), 1e-300) if abs(mean) > 3 * self.errors[0] else 0.0


def apart(drift: MarginalLaw, relaxation: MarginalLaw) -> bool:
    """Whether cells tell the two laws apart."""
    return abs(drift.bic - relaxation.bic) > DECISIVE


def drift_law(table: CommonTimes) -> MarginalLaw:
    """Of three parameters, fitted to means and variances at every time."""
    length = np.log(table.time_s / table.time_s[0])
    x, seen = _moments(table.log_change, table.first_is_reference)

    def law(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (-p[0] * length)[seen], np.sqrt((p[1] * length) ** 2 + p[2] ** 2)[seen]

    last = length[-1] if length[-1] > 0 else 1.0
    start = np.array([-x[1][-1] / last, np.sqrt(x[2][-1]) / last, np.sqrt(x[2].min()) + TINY])
    parameters, errors, nll = _fitted(law, x, start)
    parameters[1:] = np.abs(parameters[1:])
    mean, sd = law(parameters)
    p = _worst_p(table, (table.log_change[:, seen] - mean) / sd)
    return MarginalLaw("drift", parameters, errors, 2 * nll + 3 * np.log(table.samples), p)


def relaxation_law(table: CommonTimes) -> MarginalLaw:
    """Of three parameters, fitted to means and variances of the change [S] at every time."""
    scale = float(np.median(table.reference_s))
    change = np.expm1(table.log_change) * table.reference_s[:, None] / scale
    since_first = table.first_is_reference
    length = np.log(table.time_s / table.time_s[0]) if since_first else np.log(table.time_s)
    x, seen = _moments(change, since_first)

    def law(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sd = np.hypot(p[1], p[2] * length) if since_first else p[1] + p[2] * length
        return (p[0] * length)[seen], np.maximum(sd, TINY)[seen]

    sd = np.sqrt(x[2])
    slope, at_1s = np.polyfit(length[seen], sd, 1)
    lowest = float((at_1s + slope * length[seen]).min())
    start = np.array([x[1][-1] / (length[-1] or 1.0), at_1s + max(0.0, 0.5 * sd.min() - lowest), slope])
    if since_first:
        start[1:] = 0.5 * sd.min() + TINY, sd[-1] / length[-1]
    parameters, errors, nll = _fitted(law, x, start)
    if since_first:
        parameters[1:] = np.abs(parameters[1:])
    mean, spread = law(parameters)
    p = _worst_p(table, (change[:, seen] - mean) / spread)
    # the density of ln G is that of G times G
    g = np.exp(table.log_change[:, seen]) * table.reference_s[:, None] / scale
    nll -= float(np.nansum(np.log(g)))
    return MarginalLaw("relaxation", parameters * scale, errors * scale, 2 * nll + 3 * np.log(table.samples), p)


def _moments(values: np.ndarray, first_is_reference: bool) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Counts, means and variances at every time, and which times have any change."""
    seen = np.ones(values.shape[1], dtype=bool)
    seen[0] = not first_is_reference
    kept = values[:, seen]
    counts = np.count_nonzero(np.isfinite(kept), axis=0)
    return (counts, np.nanmean(kept, axis=0), np.nanvar(kept, axis=0)), seen


def _fitted(law: Law, x: tuple[np.ndarray, ...], start: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Parameters, their standard errors, and -ln L of normals with the mean and sd of `law(parameters)`."""
    from scipy.optimize import minimize

    counts, means, variances = x
    unit = np.maximum(np.abs(start), 1e-3 * np.abs(start).max() + TINY)

    def nll(scaled: np.ndarray) -> float:
        mean, sd = law(scaled * unit)
        return float(np.sum(counts * (np.log(sd) + (variances + (means - mean) ** 2) / (2 * sd**2))))

    best = minimize(nll, start / unit, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-7, "fatol": 1e-7})
    hessian = _hessian(nll, best.x)
    errors = np.sqrt(np.maximum(np.diag(np.linalg.pinv(hessian)), 0)) * unit
    return best.x * unit, errors, float(best.fun) + counts.sum() * np.log(2 * np.pi) / 2


def _hessian(function: Callable[[np.ndarray], float], x: np.ndarray) -> np.ndarray:
    step = 1e-3 * np.maximum(np.abs(x), 1e-3)
    shifts = np.diag(step)
    n = len(x)
    hessian = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            corners = [function(x + a * shifts[i] + b * shifts[j]) for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            hessian[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step[i] * step[j])
    return hessian


def _worst_p(table: CommonTimes, standardised: np.ndarray) -> float:
    """Kolmogorov-Smirnov p of standardised values, (N, T), at the worst time, of all cells or the worst third of
    them by conductance, times the number of tests (1 at most). Of cells at one conductance there are no thirds: what is
    in the read that they are put in order by is in the change since."""
    from scipy import stats

    uniforms, reference_s = ndtr(standardised), table.reference_s
    third = np.searchsorted(np.quantile(reference_s, np.arange(1, THIRDS) / THIRDS), reference_s, side="right")
    low, high = np.quantile(reference_s, (0.5 / THIRDS, 1 - 0.5 / THIRDS))
    groups = (*range(THIRDS), None) if high > WIDE * low else (None,)
    found = []
    for column in uniforms.T:
        for group in groups:
            values = column[np.isfinite(column) & ((third == group) | (group is None))]
            if len(values) >= FEWEST_TESTED:
                found.append(float(stats.kstest(values, "uniform", method="asymp").pvalue))
    return min(1.0, min(found) * len(found)) if found else 1.0
