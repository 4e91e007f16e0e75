"""Programming error: the spread of cells that took their target, their mean error and its shape, and those that failed.

Failed cells are told apart first (`failed_cells`), around medians of like targets, then around the fitted law. Of the
good ones sd against target is a polynomial of degree 0 to 3 or a table, by BIC and a chi-square of its groups
(`programming_spread`); a mean error that counts, or errors that are not normal, make a table of quantiles
(`programming_shape`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.across_cells.failed_cells import (
    ALONE,
    FailedCells,
    alone,
    find_failed,
    rough_spread,
    suggestions,
)
from device_models.fit.across_cells.failed_cells import FEWEST_PAIRS as FEWEST_TO_FAIL
from device_models.fit.across_cells.programming_shape import (
    bias_p,
    mean_errors,
    normal_p,
    quantile_table,
    spread_p,
)
from device_models.fit.across_cells.programming_spread import (
    PolynomialSpread,
    SpreadFit,
    TableSpread,
    polynomials,
    tables,
)
from device_models.fit.interval import Estimate, around, delta_se
from device_models.fit.measurements.table import Pairs
from device_models.number_text import quantity_text
from device_models.shown import shown

FEWEST_PAIRS = 10
FEWEST_OF_A_SHAPE = 200
HIGHEST_DEGREE = 3
ROUNDING = 1e-12
LARGEST_S = 1e3  # that anybody may mean
REJECTED = 1e-3
CLEARLY = 6.0  # of the BIC
SMALL_BIAS = 0.1  # of the sd
ROUNDS = 2
MOST_POINTS = 9
BEYOND = 0.1  # of the end of the targets, from which on the place of failed cells is told
Law = Literal["error_polynomial_s", "table", "quantile_table"]


@shown
@dataclass(frozen=True)
class Shape:
    """Errors [S] of good cells: error_s[k] at targets points_s[k] and at the normal scores."""

    points_s: np.ndarray
    normal_score: np.ndarray
    error_s: np.ndarray


class _Tried(NamedTuple):
    best: SpreadFit
    bic: dict[int, float]
    table_bic: dict[int, float]


@shown
@dataclass(frozen=True)
class ProgrammingFit:
    """sd [S] of good cells between valid_s, by `law`: a polynomial (`degree`, coefficients_s[k] of G^k), a table
    (degree None), or, with a mean error or a shape of its own, `shape` around either.

    bias_s: mean error. sd_at: sd at the ends and the middle of the range. bic: by degree; table_bic: of
    tables, by their points.
    goodness_p: Kolmogorov-Smirnov p of the standardised errors of good cells against N(0, 1) (a little too large, as
    the parameters are fitted to the same errors): their shape. spread_p: chi-square p of their variance in up to 10
    groups of targets: the spread; bias_p: of their means: one mean error for all; None for too few groups. failed: the
    others. target_s, programmed_s: the measurements, for an overlay.
    """

    law: Law
    degree: int | None
    coefficients_s: tuple[Estimate, ...]
    bias_s: Estimate
    sd_at: dict[float, Estimate]
    valid_s: tuple[float, float]
    pairs: int
    bic: dict[int, float]
    table_bic: dict[int, float]
    goodness_p: float
    spread_p: float | None
    bias_p: float | None
    failed: FailedCells
    shape: Shape | None
    warnings: tuple[str, ...]
    files: tuple[str, ...]
    spread: SpreadFit
    target_s: np.ndarray
    programmed_s: np.ndarray

    def sd_s(self, g_s: np.ndarray) -> np.ndarray:
        """Fitted sd [S] at targets `g_s` [S]."""
        return self.spread.sd_s(g_s)

    def sd_interval(self, g_s: float) -> Estimate:
        """sd [S] at one target with its interval."""
        return self.spread.sd_interval(g_s)


def fit_programming(pairs: Pairs, degree: int | None = None) -> ProgrammingFit:
    """Fit the errors; a `degree` keeps to that polynomial. Raises ConfigError for fewer than 10 pairs, one target only,
    or no error at all."""
    target, error = pairs.target_s, pairs.programmed_s - pairs.target_s
    _check(pairs, error, degree)
    middle, sd = rough_spread(target, error)
    failed = find_failed(target, pairs.programmed_s, middle, sd)
    tried = _spread(target, error - middle, failed.good, degree)
    for _ in range(ROUNDS):
        sd = np.maximum(tried.best.sd_s(target), ROUNDING * target.max())
        again = _mean_error(target, error, sd, failed.good)
        before, failed = failed, find_failed(target, pairs.programmed_s, again, sd)
        if not before.shares and not failed.shares and np.ptp(again) == 0:
            break
        middle, tried = again, _spread(target, error - again, failed.good, degree)
    taken, middle = failed.good > 0.5, middle + tried.best.parameters[0]
    fit = _tested(pairs, tried, failed, middle)
    z = ((error - middle) / fit.sd_s(target))[taken]
    if degree is None and len(z) >= FEWEST_OF_A_SHAPE and (_biased(fit) or fit.goodness_p < REJECTED):
        fit = replace(fit, law="quantile_table", shape=_shape(fit, z, middle[taken]))
    return replace(fit, warnings=tuple(f"programming: {note}" for note in _doubts(fit, degree)))


def _tested(pairs: Pairs, tried: _Tried, failed: FailedCells, middle: np.ndarray) -> ProgrammingFit:
    """The fit with its tests on the good cells; middle: mean error of every pair [S]."""
    spread, taken, error = tried.best, failed.good > 0.5, pairs.programmed_s - pairs.target_s
    target, low, high = pairs.target_s[taken], float(pairs.target_s.min()), float(pairs.target_s.max())
    sd = spread.sd_s(target)
    z = (error - middle)[taken] / sd
    polynomial = spread if isinstance(spread, PolynomialSpread) else None
    bias = float(np.average(error, weights=failed.good))
    return ProgrammingFit(
        law="table" if polynomial is None else "error_polynomial_s",
        degree=None if polynomial is None else polynomial.degree,
        coefficients_s=() if polynomial is None else polynomial.coefficients,
        bias_s=around(float(np.average(middle)), delta_se(_first, spread.parameters, spread.covariance), "S"),
        sd_at={g: spread.sd_interval(g) for g in (low, (low + high) / 2, high)},
        valid_s=(low, high),
        pairs=len(error),
        bic=tried.bic,
        table_bic=tried.table_bic,
        goodness_p=normal_p(z),
        spread_p=spread_p(target, z, len(spread.parameters) - 1),
        bias_p=bias_p(target, (error[taken] - bias) / sd),
        failed=failed,
        shape=None,
        warnings=(),
        files=pairs.files,
        spread=spread,
        target_s=pairs.target_s,
        programmed_s=pairs.programmed_s,
    )


def _first(parameters: np.ndarray) -> float:
    return float(parameters[0])


def _check(pairs: Pairs, error: np.ndarray, degree: int | None) -> None:
    where, n, levels = ", ".join(pairs.files), len(error), len(np.unique(pairs.target_s))
    if n < FEWEST_PAIRS:
        raise ConfigError(f"{where}: {n} pairs of target and programmed; at least {FEWEST_PAIRS} are needed")
    largest = float(max(pairs.target_s.max(), pairs.programmed_s.max()))
    if not largest <= LARGEST_S:
        raise ConfigError(
            f"{where}: a conductance of {largest:g} S: is a unit wrong, or is it an instrument's overflow?"
        )
    if levels < 2:
        raise ConfigError(f"{where}: every target is {pairs.target_s[0]:g} S; measure two targets at least")
    if error.std() <= ROUNDING * pairs.target_s.max():
        raise ConfigError(f"{where}: programmed - target is always {error[0]:.6g} S; there is no error to fit")
    if degree is not None and not 0 <= degree <= min(HIGHEST_DEGREE, levels - 1):
        highest = min(HIGHEST_DEGREE, levels - 1)
        raise ConfigError(f"{where}: degree {degree}: with {levels} different targets 0 to {highest} can be fitted")


def _spread(target: np.ndarray, error: np.ndarray, good: np.ndarray, degree: int | None) -> _Tried:
    """Sd against target of the good cells: a table only where it is clearly better than every polynomial, or where the
    best of these misses the spread of some targets and the table does not."""
    highest = min(HIGHEST_DEGREE, len(np.unique(target)) - 1) if degree is None else degree
    fits = polynomials(target, error, good, highest)
    bic = {fit.degree: fit.bic for fit in fits}
    if degree is not None:
        return _Tried(fits[degree], bic, {})
    best: SpreadFit = min([fit for fit in fits if fit.positive] or fits[:1], key=lambda fit: fit.bic)
    others = tables(target, error, good)
    table = min(others, key=lambda fit: fit.bic, default=None)
    if table is not None:
        missed, kept = (_missed(fit, target, error, good > 0.5) for fit in (best, table))
        best = table if table.bic < best.bic - CLEARLY or (missed and not kept) else best
    return _Tried(best, bic, {len(fit.points_s): fit.bic for fit in others})


def _missed(spread: SpreadFit, target: np.ndarray, error: np.ndarray, taken: np.ndarray) -> bool:
    z = (error[taken] - spread.parameters[0]) / spread.sd_s(target[taken])
    p = spread_p(target[taken], z, len(spread.parameters) - 1)
    return p is not None and p < REJECTED


def _mean_error(target: np.ndarray, error: np.ndarray, sd: np.ndarray, good: np.ndarray) -> np.ndarray:
    """Mean error of good cells at the target of every pair [S]: one for all, unless the means of groups differ."""
    taken = good > 0.5
    mean = float(np.average(error, weights=good / sd**2))
    p = bias_p(target[taken], (error[taken] - mean) / sd[taken])
    if p is None or p >= REJECTED:
        return np.full(len(target), mean)
    points = _points(target)
    return np.interp(target, points, mean_errors(points, target[taken], error[taken], sd[taken]))


def _points(target: np.ndarray) -> np.ndarray:
    """Targets between which a table is interpolated."""
    values = np.unique(target)
    return np.unique(np.quantile(values, np.linspace(0, 1, min(MOST_POINTS, len(values)))))


def _biased(fit: ProgrammingFit) -> bool:
    """Whether good cells come to another mean than their target, for certain and by enough to count."""
    width = max(fit.sd_at.values(), key=lambda sd: sd.value).value
    one = abs(fit.bias_s.value) > 1.7 * fit.bias_s.half_width and abs(fit.bias_s.value) > SMALL_BIAS * width
    return one or (fit.bias_p is not None and fit.bias_p < REJECTED)


def _shape(fit: ProgrammingFit, z: np.ndarray, middle: np.ndarray) -> Shape:
    """Errors as a table; z: standardised errors, middle: mean errors [S], of good cells. The scores of a normal shape
    are three: straight lines go through them."""
    normal = fit.goodness_p >= REJECTED
    scores, values = (np.array([-1.0, 0.0, 1.0]),) * 2 if normal else quantile_table(z)
    spread = fit.spread
    points = spread.points_s if isinstance(spread, TableSpread) else _points(fit.target_s)
    taken = fit.failed.good > 0.5
    order = np.argsort(fit.target_s[taken])
    means = np.interp(points, fit.target_s[taken][order], middle[order])
    return Shape(points, scores, means[:, None] + spread.sd_s(points)[:, None] * values)


def _stuck_beyond(fit: ProgrammingFit) -> Iterator[str]:
    """How far failed cells stay beyond the targets, where a preset has them at the end of its range."""
    failed = fit.programmed_s[fit.failed.good < 0.5]
    highest, lowest = float(fit.target_s.max()), float(fit.target_s.min())
    ends = (("high", "highest", highest, failed[failed > highest]), ("low", "lowest", lowest, failed[failed < lowest]))
    for kind, name, end, beyond in ends:
        at = float(np.median(beyond)) if beyond.size and kind in fit.failed.shares else end
        if abs(at - end) > BEYOND * end:
            yield (
                f"cells stuck beyond the {name} target stay at {quantity_text(at, 'S', 3)} (median), where the preset "
                f"has {quantity_text(end, 'S', 3)}: {at / end:.2g} times the current"
            )


def _doubts(fit: ProgrammingFit, degree: int | None) -> Iterator[str]:
    bias, carried = fit.bias_s, fit.law == "quantile_table"
    if np.isnan(bias.half_width):
        yield "the likelihood of the fitted sd has no peak: its intervals are not known; choose a lower degree"
    yield from suggestions(fit.failed, fit.pairs, float(fit.sd_s(np.array(np.mean(fit.valid_s)))))
    yield from _stuck_beyond(fit)
    if fit.pairs < FEWEST_TO_FAIL and (count := alone(fit.target_s, fit.programmed_s - fit.target_s)):
        yield (
            f"{count} of {fit.pairs} cells lie more than {ALONE:g} sd beside the others, and the spread is theirs: if "
            f"they failed, leave them out, or measure {FEWEST_TO_FAIL} cells, of which failed ones are told apart"
        )
    if abs(bias.value) > 1.7 * bias.half_width:  # p < 1e-3
        offset = f"mean error {bias.value:.3g} S ({bias.low:.3g} to {bias.high:.3g})"
        yield f"{offset} is not 0; " + ("the preset has it" if carried else "the preset leaves it out: it is small")
    if fit.bias_p is not None and fit.bias_p < REJECTED:
        has = "the preset has them" if carried else "the preset has the target as mean"
        yield f"mean errors differ from target to target (chi-square p = {fit.bias_p:.1e}); {has}"
    if np.mean(fit.programmed_s == 0) > 0.05:
        yield "more than 5 % of the cells read 0 S; errors cut off there are not normal"
    if not fit.spread.positive:
        yield "the fitted sd falls to 0 inside the range; choose a lower degree"
    if fit.goodness_p < REJECTED:
        has = "the preset has their quantiles" if carried else "the preset's are"
        yield f"errors are not normal (Kolmogorov-Smirnov p = {fit.goodness_p:.1e}); {has}"
    if fit.spread_p is not None and fit.spread_p < REJECTED:
        law = "table" if fit.degree is None else "polynomial"
        yield f"the {law} misses the spread of some targets (chi-square p = {fit.spread_p:.1e})"
