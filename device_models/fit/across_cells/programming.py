"""Programming error: sd of programmed - target as a polynomial of the target, with a constant mean error.

Maximum likelihood of programmed - target ~ N(bias, sd(target)^2), sd(t) = sum_k b_k t^k; inside in units of the largest
target and of the errors' rms. Degree 0 to 3 by BIC unless given. Intervals from the Hessian at the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.interval import Estimate, estimate
from device_models.fit.measurements.table import Pairs
from device_models.shown import shown

FEWEST_PAIRS = 10
HIGHEST_DEGREE = 3
ROUNDING = 1e-12
PAIRS_PER_GROUP, MOST_GROUPS = 20, 10
REJECTED = 1e-3


@shown
@dataclass(frozen=True)
class ProgrammingFit:
    """sd(G) [S] = sum_k coefficients_s[k] G^k between valid_s.

    covariance: of (bias, coefficients) in S. sd_at: sd at the ends and the middle of the range. bic: by degree.
    goodness_p: Kolmogorov-Smirnov p of the standardised errors against N(0, 1) (a little too large, as the parameters
    are fitted to the same errors): their shape. spread_p: chi-square p of their variance in up to 10 groups of targets:
    the polynomial; None for too few groups. target_s, programmed_s: the measurements, for an overlay.
    """

    degree: int
    coefficients_s: tuple[Estimate, ...]
    bias_s: Estimate
    sd_at: dict[float, Estimate]
    valid_s: tuple[float, float]
    pairs: int
    bic: dict[int, float]
    goodness_p: float
    spread_p: float | None
    warnings: tuple[str, ...]
    files: tuple[str, ...]
    parameters: np.ndarray
    covariance: np.ndarray
    target_s: np.ndarray
    programmed_s: np.ndarray

    def sd_s(self, g_s: np.ndarray) -> np.ndarray:
        """Fitted sd [S] at targets `g_s` [S]."""
        return np.polynomial.polynomial.polyval(np.asarray(g_s), self.parameters[1:])

    def sd_interval(self, g_s: float) -> Estimate:
        """sd [S] at one target with its interval."""
        return _sd_interval(g_s, self.parameters, self.covariance)


@dataclass(frozen=True)
class _Fit:
    parameters: np.ndarray
    covariance: np.ndarray
    bic: float
    positive: bool


def fit_programming(pairs: Pairs, degree: int | None = None) -> ProgrammingFit:
    """Fit the error polynomial; raises ConfigError for fewer than 10 pairs, one target only, or no error at all."""
    target, error = pairs.target_s, pairs.programmed_s - pairs.target_s
    levels = len(np.unique(target))
    _check(pairs, error, levels, degree)
    degrees = range(min(HIGHEST_DEGREE, levels - 1) + 1) if degree is None else range(degree + 1)
    fits = _nested_fits(target, error, max(degrees))
    usable = [k for k in degrees if fits[k].positive] or [0]
    best = min(usable, key=lambda k: fits[k].bic) if degree is None else degree
    chosen = fits[best]
    low, high = float(target.min()), float(target.max())
    standardised = (error - chosen.parameters[0]) / np.polynomial.polynomial.polyval(target, chosen.parameters[1:])
    bias = estimate(lambda p: float(p[0]), chosen.parameters, chosen.covariance, "S")
    fit = ProgrammingFit(
        degree=best,
        coefficients_s=tuple(_coefficient(chosen, k) for k in range(best + 1)),
        bias_s=bias,
        sd_at={g: _sd_interval(g, chosen.parameters, chosen.covariance) for g in (low, (low + high) / 2, high)},
        valid_s=(low, high),
        pairs=len(target),
        bic={k: fits[k].bic for k in degrees},
        goodness_p=_normal_p(standardised),
        spread_p=_spread_p(target, standardised, best + 1),
        warnings=(),
        files=pairs.files,
        parameters=chosen.parameters,
        covariance=chosen.covariance,
        target_s=target,
        programmed_s=pairs.programmed_s,
    )
    return replace(fit, warnings=tuple(_doubts(fit, chosen.positive)))


def _check(pairs: Pairs, error: np.ndarray, levels: int, degree: int | None) -> None:
    where, n = ", ".join(pairs.files), len(error)
    if n < FEWEST_PAIRS:
        raise ConfigError(f"{where}: {n} pairs of target and programmed; at least {FEWEST_PAIRS} are needed")
    if levels < 2:
        raise ConfigError(f"{where}: every target is {pairs.target_s[0]:g} S; measure two targets at least")
    if error.std() <= ROUNDING * pairs.target_s.max():
        raise ConfigError(f"{where}: programmed - target is always {error[0]:.6g} S; there is no error to fit")
    if degree is not None and not 0 <= degree <= min(HIGHEST_DEGREE, levels - 1):
        highest = min(HIGHEST_DEGREE, levels - 1)
        raise ConfigError(f"{where}: degree {degree}: with {levels} different targets 0 to {highest} can be fitted")


def _nested_fits(target: np.ndarray, error: np.ndarray, highest: int) -> list[_Fit]:
    """Fits of degree 0 to `highest`, each started from the one before."""
    t_unit, e_unit = float(target.max()), float(np.sqrt(np.mean(error**2)))
    t, r = target / t_unit, error / e_unit
    fits, x = [], np.array([r.mean()])
    for degree in range(highest + 1):
        x = _maximise(t, r, np.append(x, r.std() if degree == 0 else 0.0))
        nll, _, hessian = _likelihood(x, t, r)
        scale = e_unit * np.append(1.0, t_unit ** -np.arange(degree + 1.0))
        grid = np.polynomial.polynomial.polyval(np.linspace(t.min(), t.max(), 201), x[1:])
        bic = 2 * (nll + len(t) * np.log(e_unit)) + len(x) * np.log(len(t))
        covariance = np.linalg.pinv(hessian) * np.outer(scale, scale)
        fits.append(_Fit(x * scale, covariance, float(bic), bool(np.all(grid > 0))))
    return fits


def _maximise(t: np.ndarray, r: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Minimise the negative log-likelihood from a start where sd > 0, the maximum of one degree less; a step to sd <= 0
    costs infinity. The start itself where scipy fails (a Hessian that is not finite)."""
    from scipy.optimize import minimize

    try:
        result = minimize(
            lambda x: _likelihood(x, t, r)[0],
            start,
            jac=lambda x: _likelihood(x, t, r)[1],
            hess=lambda x: _likelihood(x, t, r)[2],
            method="trust-exact",
            options={"gtol": 1e-6 * len(t), "maxiter": 500},
        )
    except (UnboundLocalError, ValueError, np.linalg.LinAlgError):
        return start
    return np.asarray(result.x)


def _likelihood(x: np.ndarray, t: np.ndarray, r: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """-ln L with gradient and Hessian in x = (bias, b_0, b_1, ...); L = prod N(r; bias, (sum_k b_k t^k)^2)."""
    powers = np.vander(t, len(x) - 1, increasing=True)
    sd, e = powers @ x[1:], r - x[0]
    if np.any(sd <= 0):
        return np.inf, np.zeros(len(x)), np.eye(len(x))
    value = np.sum(np.log(sd) + (e / sd) ** 2 / 2) + len(t) * np.log(2 * np.pi) / 2
    design = np.column_stack([-np.ones(len(t)), powers])
    slope = np.column_stack([e / sd**2, 1 / sd - e**2 / sd**3])
    gradient = np.append(-np.sum(slope[:, 0]), powers.T @ slope[:, 1])
    second = (3 * e**2 / sd**4 - 1 / sd**2)[:, None] * powers
    hessian = design.T @ np.column_stack([-1 / sd**2, (-2 * e / sd**3)[:, None] * powers])
    hessian[1:, 0], hessian[1:, 1:] = hessian[0, 1:], powers.T @ second
    return float(value), gradient, hessian


def _coefficient(fit: _Fit, power: int) -> Estimate:
    unit = ("S", "1", "1/S", "1/S^2")[power]
    return estimate(lambda p: float(p[1 + power]), fit.parameters, fit.covariance, unit)


def _sd_interval(g_s: float, parameters: np.ndarray, covariance: np.ndarray) -> Estimate:
    def sd(p: np.ndarray) -> float:
        return max(float(np.polynomial.polynomial.polyval(g_s, p[1:])), 1e-300)

    return estimate(sd, parameters, covariance, "S", "log")


def _normal_p(standardised: np.ndarray) -> float:
    from scipy import stats

    return float(stats.kstest(standardised, "norm").pvalue)


def _spread_p(target: np.ndarray, standardised: np.ndarray, fitted: int) -> float | None:
    """Variance 1 in every group of targets: each group's mean square to a normal (Wilson-Hilferty), squares summed."""
    from scipy import stats

    groups = int(np.clip(len(target) // PAIRS_PER_GROUP, 1, MOST_GROUPS))
    edges = np.unique(np.quantile(target, np.linspace(0, 1, groups + 1)[1:-1]))
    group = np.searchsorted(edges, target, side="right")
    counts = np.bincount(group)
    squares = np.bincount(group, standardised**2)[counts > 0]
    n = counts[counts > 0]
    if len(n) <= fitted:
        return None
    scores = ((squares / n) ** (1 / 3) - (1 - 2 / (9 * n))) / np.sqrt(2 / (9 * n))
    return float(stats.chi2.sf(np.sum(scores**2), len(n) - fitted))


def _doubts(fit: ProgrammingFit, positive: bool) -> list[str]:
    notes, bias = [], fit.bias_s
    if np.isnan(bias.half_width):
        notes.append("the likelihood of the fitted sd has no peak: its intervals are not known; choose a lower degree")
    if abs(bias.value) > 1.7 * bias.half_width:  # p < 1e-3
        offset = f"mean error {bias.value:.3g} S ({bias.low:.3g} to {bias.high:.3g})"
        notes.append(f"{offset} is not 0; a preset has no place for it: shift the targets")
    if np.mean(fit.programmed_s == 0) > 0.05:
        notes.append("more than 5 % of the cells read 0 S; errors cut off there are not normal")
    if not positive:
        notes.append("the fitted sd falls to 0 inside the range; choose a lower degree")
    if fit.goodness_p < REJECTED:
        notes.append(f"errors are not normal (Kolmogorov-Smirnov p = {fit.goodness_p:.1e}); the preset's are")
    if fit.spread_p is not None and fit.spread_p < REJECTED:
        notes.append(f"the polynomial misses the spread of some targets (chi-square p = {fit.spread_p:.1e})")
    return [f"programming: {note}" for note in notes]
