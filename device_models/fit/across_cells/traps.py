"""Traps of many cells: amplitude against resistance, time constants, and how many cells have any.

Median step dR/R = relative + per_ohm R, with one of the two or both (BIC), times a log-normal factor of each trap:
maximum likelihood of ln dR/R, whose errors are known. Where there are enough traps and none of these laws holds,
points at quantiles of the resistance, straight in logarithms between them. Time constants are log-uniform between the
shortest and the longest of all traps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np

from device_models.fit.across_cells.against_conductance import SMALLEST_SPAN, sloped
from device_models.fit.across_cells.failed_cells import binomial
from device_models.fit.across_cells.programming_spread import hats
from device_models.fit.interval import Estimate, around, over_cells
from device_models.fit.one_cell.telegraph import TwoLevels
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import counted
from device_models.shown import shown

FEWEST_TESTED = 8  # traps, for correlations and the law of times
REJECTED = 0.01
CLEARLY = 2.0  # of the BIC
FEWEST_OF_A_TABLE, TRAPS_PER_POINT = 12, 4
POINTS = (3, 4, 5, 6)  # tried, of a table
BEYOND_DOUBT = 6.0  # of the BIC, of a table: one of several beats a law by chance
TINY = 1e-300
Law = Literal["relative", "per_ohm", "both"]


@shown
@dataclass(frozen=True)
class StepPoints:
    """Median dR/R at resistances [ohm], rising, with the standard errors of ln dR/R."""

    resistance_ohm: np.ndarray
    step: np.ndarray
    log_se: np.ndarray

    def at(self, resistance_ohm: np.ndarray) -> np.ndarray:
        """ln dR/R is linear in ln R between the points, that of the nearest beyond them."""
        return np.exp(np.interp(np.log(resistance_ohm), np.log(self.resistance_ohm), np.log(self.step)))


@shown
@dataclass(frozen=True)
class TrapsFit:
    """relative [fraction of R], per_ohm [1/ohm]: None where not part of the law, or not fitted; in their place the
    `table`, where there is one. spread: sd of ln dR/R over traps, None for one. capture_s, emission_s: shortest and
    longest of all traps. times_p: Kolmogorov-Smirnov p of log-uniform correlation times, correlations: Spearman's with
    p, by what; of enough traps. traps, cells, measured: of traps, of cells that have them, and of all cells.
    resistance_ohm, step: one point per trap, for an overlay."""

    relative: Estimate | None
    per_ohm: Estimate | None
    table: StepPoints | None
    spread: Estimate | None
    capture_s: tuple[Estimate, Estimate]
    emission_s: tuple[Estimate, Estimate]
    share_of_cells: Estimate
    traps_per_cell: int
    times_p: float | None
    correlations: dict[str, tuple[float, float]]
    traps: int
    cells: int
    measured: int
    switches: int
    warnings: tuple[str, ...]
    resistance_ohm: np.ndarray
    step: np.ndarray

    def step_at(self, resistance_ohm: np.ndarray) -> np.ndarray:
        """Median dR/R of cells of this resistance."""
        if self.table is not None:
            return self.table.at(np.asarray(resistance_ohm, np.float64))
        relative, per_ohm = (one.value if one else 0.0 for one in (self.relative, self.per_ohm))
        return relative + per_ohm * np.asarray(resistance_ohm)


def fit_traps(fits: Sequence[TraceFit]) -> TrapsFit | None:
    """None without traps."""
    trapped = [fit for fit in fits if fit.traps]
    traps = [trap for fit in trapped for trap in fit.traps]
    if not traps:
        return None
    resistance = np.array([1 / trap.uncaptured_s.value for trap in traps])
    step = np.array([trap.relative_step.value for trap in traps])
    error = np.array([trap.relative_step_log_se for trap in traps])
    error = np.where(np.isfinite(error) & (error > 0), error, 0.5)
    alone = traps[0].relative_step, None, None
    relative, per_ohm, spread = alone if len(traps) == 1 else step_law(resistance, step, error)
    table = _table(resistance, step, error)
    if table is not None:
        relative, per_ohm, spread = None, None, _spread_around(table.at(resistance), step, error, len(table.step))
    per_cell = len(traps) / len(trapped)
    found = TrapsFit(
        relative=relative,
        per_ohm=per_ohm,
        table=table,
        spread=spread,
        capture_s=_ends([trap.capture_s for trap in traps]),
        emission_s=_ends([trap.emission_s for trap in traps]),
        share_of_cells=binomial(len(trapped) / len(fits), len(fits)),
        traps_per_cell=max(1, round(per_cell)),
        times_p=_times_p(traps),
        correlations=_correlations(traps, resistance, step),
        traps=len(traps),
        cells=len(trapped),
        measured=len(fits),
        switches=sum(trap.switches for trap in traps),
        warnings=(),
        resistance_ohm=resistance,
        step=step,
    )
    return replace(found, warnings=tuple(f"traps: {note}" for note in _doubts(found, per_cell)))


def step_law(
    resistance: np.ndarray, step: np.ndarray, error: np.ndarray
) -> tuple[Estimate | None, Estimate | None, Estimate | None]:
    """relative, per_ohm, and the spread over traps, of two at least; error: of ln step."""
    laws: tuple[Law, ...] = ("relative", "per_ohm", "both") if sloped(resistance) else ("relative",)
    if len(step) == 2 and np.ptp(np.log(resistance)) > np.log(SMALLEST_SPAN):
        laws = ("relative", "per_ohm")  # the one of which they are nearer: a spread would take the other for chance
    fits = {law: _fitted(law, resistance, step, error) for law in laws}
    law = min(fits, key=lambda one: fits[one][2] - (CLEARLY if one == "relative" else 0.0))
    values, se, _ = fits[law]
    median = (values @ _regressors(law, resistance)) if law != "relative" else np.full(len(step), values[0])
    from scipy import stats

    quantile = float(stats.t.ppf(0.975, max(len(step) - len(values), 1)))
    named = {"relative": ("fraction of R",), "per_ohm": ("1/ohm",), "both": ("fraction of R", "1/ohm")}[law]
    estimates = [
        around(float(v), float(e), unit, "log", quantile) for v, e, unit in zip(values, se, named, strict=True)
    ]
    relative = None if law == "per_ohm" else estimates[0]
    return relative, None if law == "relative" else estimates[-1], _spread_around(median, step, error, len(values))


def _spread_around(median: np.ndarray, step: np.ndarray, error: np.ndarray, fitted: int) -> Estimate:
    left = np.log(step / median) * np.sqrt((len(step) - 1) / max(len(step) - fitted, 1))
    return over_cells(left, error)[1]


def _regressors(law: Law, resistance: np.ndarray) -> np.ndarray:
    ones = np.ones(len(resistance))
    return np.stack({"relative": [ones], "per_ohm": [resistance], "both": [ones, resistance]}[law])


def _fitted(
    law: Law, resistance: np.ndarray, step: np.ndarray, error: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Parameters, standard errors of their logarithms, and BIC, of ln step ~ N(ln(parameters . regressors), error^2 +
    spread^2)."""
    unit = np.exp(np.mean(np.log(resistance)))
    regressors = _regressors(law, resistance / unit)
    start = np.full(len(regressors), np.log(np.median(step) / len(regressors)))

    def median(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        parts = np.exp(x)[:, None] * regressors
        total = parts.sum(axis=0) + TINY
        return np.log(total), parts / total

    logs, se, bic = _likeliest(median, start, np.log(step), error)
    scale = np.array([1 / unit if law == "per_ohm" or k else 1.0 for k in range(len(logs))])
    return np.exp(logs) * scale, se, bic


def _table(resistance: np.ndarray, step: np.ndarray, error: np.ndarray) -> StepPoints | None:
    """Where it is beyond doubt better than every law."""
    if len(step) < FEWEST_OF_A_TABLE or not sloped(resistance):
        return None
    x, laws = np.log(resistance), get_args(Law)
    least, table = min(_fitted(law, resistance, step, error)[2] for law in laws) - BEYOND_DOUBT, None
    for count in POINTS:
        points = np.unique(np.quantile(x, np.linspace(0, 1, count)))
        if len(points) < count or count * TRAPS_PER_POINT > len(step):
            break
        basis = hats(x, points)
        start = np.linalg.lstsq(basis, np.log(step), rcond=None)[0]
        logs, se, bic = _likeliest(partial(_linear, basis), start, np.log(step), error)
        if bic < least:
            least, table = bic, StepPoints(np.exp(points), np.exp(logs), se)
    return table


def _linear(basis: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return basis @ x, basis.T


def _likeliest(
    median: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    start: np.ndarray,
    log_step: np.ndarray,
    error: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Parameters, their standard errors, and BIC, of ln step ~ N(median, error^2 + spread^2); median(parameters): ln
    step of every trap, and its slopes, (parameters, traps)."""
    from scipy.optimize import minimize

    def nll(x: np.ndarray) -> float:
        variance = error**2 + np.exp(2 * x[-1])
        return float(np.sum(np.log(variance) + (log_step - median(x[:-1])[0]) ** 2 / variance) / 2)

    best = minimize(nll, np.append(start, np.log(0.3)), method="BFGS")
    slopes = median(best.x[:-1])[1]
    information = (slopes / (error**2 + np.exp(2 * best.x[-1]))) @ slopes.T
    se = np.sqrt(np.diag(np.linalg.pinv(information)))
    return best.x[:-1], se, 2 * nll(best.x) + len(best.x) * np.log(len(log_step))


def _ends(times: Sequence[Estimate]) -> tuple[Estimate, Estimate]:
    ordered = sorted(times, key=lambda one: one.value)
    return ordered[0], ordered[-1]


def _times_p(traps: Sequence[TwoLevels]) -> float | None:
    """Of log-uniform capture times between the outer ones, which are left out."""
    from scipy import stats

    if len(traps) < FEWEST_TESTED:
        return None
    times = np.sort(np.log([trap.capture_s.value for trap in traps]))
    if times[-1] == times[0]:
        return None
    return float(stats.kstest((times[1:-1] - times[0]) / (times[-1] - times[0]), "uniform").pvalue)


def _correlations(
    traps: Sequence[TwoLevels], resistance: np.ndarray, step: np.ndarray
) -> dict[str, tuple[float, float]]:
    from scipy import stats

    if len(traps) < FEWEST_TESTED:
        return {}
    capture, emission = (np.array([getattr(trap, key).value for trap in traps]) for key in ("capture_s", "emission_s"))
    pairs = {
        "amplitude and resistance": (step, resistance),
        "amplitude and capture time": (step, capture),
        "amplitude and emission time": (step, emission),
        "capture and emission time": (capture, emission),
    }
    tests = {name: stats.spearmanr(a, b) for name, (a, b) in pairs.items() if np.ptp(a) > 0 and np.ptp(b) > 0}
    return {name: (float(test.statistic), float(test.pvalue)) for name, test in tests.items()}


def _doubts(fit: TrapsFit, per_cell: float) -> Iterator[str]:
    if fit.cells < fit.measured:
        share = fit.share_of_cells
        yield f"in {fit.cells} of {fit.measured} cells ({share.interval_text()}), and in that share of the preset's"
    if abs(per_cell - fit.traps_per_cell) > 0.01:
        yield (
            f"{counted(fit.traps, 'trap')} in {counted(fit.cells, 'cell')}; the preset has {fit.traps_per_cell} in "
            "each of them"
        )
    if fit.times_p is not None and fit.times_p < REJECTED:
        yield f"capture times are not log-uniform between their ends (Kolmogorov-Smirnov p = {fit.times_p:.1e})"
    kept_apart = [name for name, (_, p) in fit.correlations.items() if p < REJECTED and "resistance" not in name]
    if kept_apart:
        shown_ = ", ".join(f"{name} {fit.correlations[name][0]:.2f}" for name in kept_apart)
        yield f"rank correlations over traps that the preset does not have: {shown_}"
