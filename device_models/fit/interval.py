"""Estimates with 95 % intervals, and the delta method that carries a covariance from parameters to quantities."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import expit, logit, ndtri

from device_models.shown import shown

Z = float(ndtri(0.975))
Scale = Literal["linear", "log", "logit"]
_THERE: dict[str, Callable[[float], float]] = {"linear": float, "log": math.log, "logit": lambda x: float(logit(x))}
_BACK: dict[str, Callable[[float], float]] = {
    "linear": float,
    "log": lambda x: math.exp(min(700.0, x)) if x == x else x,
    "logit": lambda x: float(expit(x)),
}


@shown
@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; NaN where that is not known."""

    value: float
    low: float
    high: float
    unit: str = ""

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    def holds(self, truth: float) -> bool:
        return self.low <= truth <= self.high

    def interval_text(self, between: str = "to") -> str:
        """`low to high`, or `unknown`."""
        return f"{self.low:.4g} {between} {self.high:.4g}" if self.low <= self.high else "unknown"


def around(value: float, se: float, unit: str = "", scale: Scale = "linear", quantile: float = Z) -> Estimate:
    """`value` with an interval of `quantile` standard errors to each side; `se` is that of the scaled value."""
    middle = _THERE[scale](value)
    low, high = (_BACK[scale](middle + sign * quantile * se) for sign in (-1, 1))
    return Estimate(float(value), low, high, unit)


def delta_se(function: Callable[[np.ndarray], float], parameters: np.ndarray, covariance: np.ndarray) -> float:
    """Standard error of function(parameters) to first order: sqrt(J C J^T), J by central differences; NaN where C, of a
    likelihood without a peak, is no covariance."""
    if np.any(np.diag(covariance) < 0):
        return float("nan")
    steps = 1e-4 * np.sqrt(np.diag(covariance))
    slopes = np.zeros(len(parameters))
    for k, step in enumerate(steps):
        if step > 0:
            shift = np.zeros(len(parameters))
            shift[k] = step
            slopes[k] = (function(parameters + shift) - function(parameters - shift)) / (2 * step)
    return float(np.sqrt(max(slopes @ covariance @ slopes, 0.0)))


def estimate(
    function: Callable[[np.ndarray], float],
    parameters: np.ndarray,
    covariance: np.ndarray,
    unit: str = "",
    scale: Scale = "linear",
) -> Estimate:
    """function(parameters) with its interval, symmetric on `scale` (log for times and sds, logit for fractions)."""
    se = delta_se(lambda x: _THERE[scale](function(x)), parameters, covariance)
    return around(function(parameters), se, unit, scale)


def over_cells(values: np.ndarray, errors: np.ndarray, unit: str = "") -> tuple[Estimate, Estimate]:
    """Mean over cells (Student's t) and their true spread, both with intervals; two cells at least.

    errors: standard error of each value. Spread: sd^2 = s^2 - mean(errors^2), at 0 where the errors explain it all;
    its interval is the chi-square interval of s with the same taken off.
    """
    from scipy import stats

    n, raw, known = len(values), float(np.var(values, ddof=1)), float(np.mean(errors**2))
    mean = around(float(np.mean(values)), float(np.sqrt(raw / n)), unit, quantile=float(stats.t.ppf(0.975, n - 1)))
    low, high = raw * (n - 1) / stats.chi2.ppf([0.975, 0.025], n - 1)
    sd, sd_low, sd_high = (float(np.sqrt(max(variance - known, 0.0))) for variance in (raw, low, high))
    return mean, Estimate(sd, sd_low, sd_high, unit)


def plain(value: Any) -> Any:
    """Dataclasses as nested plain data for JSON; arrays (the measurements themselves) are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(item) for name, item in fields.items() if not isinstance(item, np.ndarray)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
