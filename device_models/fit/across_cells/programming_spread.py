"""How the sd of programming errors depends on the target: a polynomial, or a table with straight lines between points.

Maximum likelihood of error ~ N(bias, sd(target)^2), every pair counted as often as it is a good cell (`failed_cells`).
Polynomial: sd(t) = sum_k b_k t^k, inside in units of the largest target and of the errors' rms. Table: sd linear
between points at quantiles of the targets, by Fisher scoring in ln sd. Both are right for the variance of any shape of
errors. Covariances are those of normal errors, for heavier tails times (kurtosis - 1) / 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_models.fit.interval import Estimate, estimate
from device_models.shown import shown

PAIRS_PER_POINT = 30
POINTS = (3, 5, 7, 9, 13, 17)  # tried, of a table
LEAST_SD = 1e-6  # of the rms error
STEPS = 60
POWER_UNITS = ("S", "1", "1/S", "1/S^2")


@shown
@dataclass(frozen=True)
class PolynomialSpread:
    """parameters: bias, b_0, b_1, ... [S and powers of it]. positive: whether sd > 0 at all targets."""

    parameters: np.ndarray
    covariance: np.ndarray
    bic: float
    positive: bool

    @property
    def degree(self) -> int:
        return len(self.parameters) - 2

    @property
    def coefficients(self) -> tuple[Estimate, ...]:
        """b_0, b_1, ... with their intervals."""

        def one(power: int) -> Estimate:
            return estimate(lambda p: float(p[1 + power]), self.parameters, self.covariance, POWER_UNITS[power])

        return tuple(one(power) for power in range(len(self.parameters) - 1))

    def sd_s(self, g_s: np.ndarray) -> np.ndarray:
        return np.polynomial.polynomial.polyval(np.asarray(g_s), self.parameters[1:])

    def sd_interval(self, g_s: float) -> Estimate:
        def sd(p: np.ndarray) -> float:
            return max(float(np.polynomial.polynomial.polyval(g_s, p[1:])), 1e-300)

        return estimate(sd, self.parameters, self.covariance, "S", "log")


@shown
@dataclass(frozen=True)
class TableSpread:
    """parameters: bias [S], then ln sd (sd in S) at points_s [S]."""

    points_s: np.ndarray
    parameters: np.ndarray
    covariance: np.ndarray
    bic: float
    positive: bool = True

    def sd_s(self, g_s: np.ndarray) -> np.ndarray:
        return np.interp(g_s, self.points_s, np.exp(self.parameters[1:]))

    def sd_interval(self, g_s: float) -> Estimate:
        def sd(p: np.ndarray) -> float:
            return float(np.interp(g_s, self.points_s, np.exp(p[1:])))

        return estimate(sd, self.parameters, self.covariance, "S", "log")


SpreadFit = PolynomialSpread | TableSpread


def polynomials(target: np.ndarray, error: np.ndarray, good: np.ndarray, highest: int) -> list[PolynomialSpread]:
    """Fits of degree 0 to `highest`, each started from the one before. good: weight of every pair, 0 to 1."""
    t_unit, e_unit = float(target.max()), float(np.sqrt(np.average(error**2, weights=good)))
    t, r = target / t_unit, error / e_unit
    mean = float(np.average(r, weights=good))
    sd = float(np.sqrt(np.average((r - mean) ** 2, weights=good)))
    fits, x = [], np.array([mean])
    for degree in range(highest + 1):
        x = _maximise(t, r, good, np.append(x, sd if degree == 0 else 0.0))
        nll, _, hessian = likelihood(x, t, r, good)
        scale = e_unit * np.append(1.0, t_unit ** -np.arange(degree + 1.0))
        grid = np.polynomial.polynomial.polyval(np.linspace(t.min(), t.max(), 201), x[1:])
        bic = 2 * (nll + good.sum() * np.log(e_unit)) + len(x) * np.log(good.sum())
        inflated = np.append(1.0, np.full(degree + 1, _inflation(_standardised(x, t, r), good)))
        covariance = np.linalg.pinv(hessian) * np.outer(scale * inflated, scale * inflated)
        fits.append(PolynomialSpread(x * scale, covariance, float(bic), bool(np.all(grid > 0))))
    return fits


def tables(target: np.ndarray, error: np.ndarray, good: np.ndarray) -> list[TableSpread]:
    """Fits with rising numbers of points, as many as the pairs allow."""
    values, fits = np.unique(target), []
    for count in POINTS:
        if count > len(values) or count * PAIRS_PER_POINT > good.sum():
            break
        at = np.unique(np.quantile(values, np.linspace(0, 1, count)))
        fits.append(_table(at, target, error, good))
    return fits


def _table(points_s: np.ndarray, target: np.ndarray, error: np.ndarray, good: np.ndarray) -> TableSpread:
    """Fisher scoring: the information of ln sd at the points is 2 sum_i w_i D_i D_i^T, D_i = d ln sd_i / d ln sd_k."""
    basis, n = hats(target, points_s), float(good.sum())
    bias = float(np.average(error, weights=good))
    start = float(np.sqrt(np.average((error - bias) ** 2, weights=good)))
    log_sd, information = np.full(len(points_s), np.log(start)), np.eye(len(points_s))
    for _ in range(STEPS):
        sd = basis @ np.exp(log_sd)
        slopes = basis * np.exp(log_sd) / sd[:, None]
        bias = float(np.average(error, weights=good / sd**2))
        square = ((error - bias) / sd) ** 2
        information = 2 * slopes.T @ (good[:, None] * slopes)
        step = np.linalg.lstsq(information, slopes.T @ (good * (square - 1)), rcond=None)[0]
        log_sd = np.maximum(log_sd + np.clip(step, -1, 1), np.log(LEAST_SD * start))
        if np.abs(step).max() < 1e-8:
            break
    sd = basis @ np.exp(log_sd)
    z = (error - bias) / sd
    nll = float(np.sum(good * (np.log(sd) + z**2 / 2)) + n * np.log(2 * np.pi) / 2)
    covariance = np.zeros((len(points_s) + 1,) * 2)
    covariance[0, 0] = 1 / float(np.sum(good / sd**2))
    covariance[1:, 1:] = np.linalg.pinv(information) * _inflation(z, good) ** 2
    bic = 2 * nll + (len(points_s) + 1) * np.log(n)
    return TableSpread(points_s, np.append(bias, log_sd), covariance, float(bic))


def hats(x: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(len(x), len(points)): weights with which numbers at the points are interpolated linearly at x."""
    return np.stack([np.interp(x, points, row) for row in np.eye(len(points))], axis=1)


def _standardised(x: np.ndarray, t: np.ndarray, r: np.ndarray) -> np.ndarray:
    standardised: np.ndarray = (r - x[0]) / np.polynomial.polynomial.polyval(t, x[1:])
    return standardised


def _inflation(z: np.ndarray, good: np.ndarray) -> float:
    """Of the standard error of an sd, for errors of heavier tails than normal ones."""
    return float(np.sqrt(max((np.average(z**4, weights=good) - 1) / 2, 1.0)))


def _maximise(t: np.ndarray, r: np.ndarray, good: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Minimise the negative log-likelihood from a start where sd > 0, the maximum of one degree less; a step to sd <= 0
    costs infinity. The start itself where scipy fails (a Hessian that is not finite)."""
    from scipy.optimize import minimize

    try:
        result = minimize(
            lambda x: likelihood(x, t, r, good)[0],
            start,
            jac=lambda x: likelihood(x, t, r, good)[1],
            hess=lambda x: likelihood(x, t, r, good)[2],
            method="trust-exact",
            options={"gtol": 1e-6 * len(t), "maxiter": 500},
        )
    except (UnboundLocalError, ValueError, np.linalg.LinAlgError):
        return start
    return np.asarray(result.x)


def likelihood(
    x: np.ndarray, t: np.ndarray, r: np.ndarray, good: np.ndarray | None = None
) -> tuple[float, np.ndarray, np.ndarray]:
    """-ln L with gradient and Hessian in x = (bias, b_0, b_1, ...); L = prod N(r; bias, (sum_k b_k t^k)^2)^good."""
    w = np.ones(len(t)) if good is None else good
    powers = np.vander(t, len(x) - 1, increasing=True)
    sd, e = powers @ x[1:], r - x[0]
    if np.any(sd <= 0):
        return np.inf, np.zeros(len(x)), np.eye(len(x))
    value = np.sum(w * (np.log(sd) + (e / sd) ** 2 / 2)) + w.sum() * np.log(2 * np.pi) / 2
    design = np.column_stack([-np.ones(len(t)), powers])
    slope = np.column_stack([w * e / sd**2, w * (1 / sd - e**2 / sd**3)])
    gradient = np.append(-np.sum(slope[:, 0]), powers.T @ slope[:, 1])
    second = (w * (3 * e**2 / sd**4 - 1 / sd**2))[:, None] * powers
    hessian = design.T @ np.column_stack([-w / sd**2, (-2 * w * e / sd**3)[:, None] * powers])
    hessian[1:, 0], hessian[1:, 1:] = hessian[0, 1:], powers.T @ second
    return float(value), gradient, hessian
