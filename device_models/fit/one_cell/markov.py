"""Maximum likelihood of a two-state hidden Markov chain with normal noise around each level (statsmodels).

The likelihood has several maxima, so the search starts from the best of many two-way splits of the trace: at its
two-cluster threshold and at outer quantiles, raw and smoothed (slow traps whose levels overlap show only smoothed).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.special import ndtr

PARAMETERS = 6
SMOOTHING = (1, 8, 64)
QUANTILES = (0.03, 0.15, 0.5, 0.85, 0.97)


@dataclass(frozen=True)
class MarkovFit:
    """A fitted chain: state 0 is the upper (free) level, state 1 the lower (captured).

    parameters: P(free -> captured), P(captured -> free), free level, captured level, variance of either; `covariance`
    is theirs. captured: P(s = 1 | whole trace). uniforms: the trace through its one-step predictive distribution,
    uniform and independent if the model is right.
    """

    parameters: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    captured: np.ndarray
    uniforms: np.ndarray


def fit_two_states(y: np.ndarray) -> MarkovFit | None:
    """Fit a standardised trace; None when the likelihood has no proper maximum (no sign of two states)."""
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model = MarkovRegression(y, k_regimes=2, trend="c", switching_variance=True)
        try:
            start = _best_start(model, y)
            result = model.fit(start_params=start, em_iter=20, search_reps=0, maxiter=50, disp=False, cov_type="none")
            return _ordered(y, result, -model.hessian(np.asarray(result.params)))
        except (np.linalg.LinAlgError, ValueError, RuntimeError):  # statsmodels at a boundary of the parameters
            return None


def _best_start(model: Any, y: np.ndarray) -> np.ndarray:
    starts = [start for window in SMOOTHING for start in _splits(y, uniform_filter1d(y, window, mode="nearest"))]
    scores = [model.loglike(start) for start in starts]
    if not starts or not np.any(np.isfinite(scores)):
        raise ValueError("no start")
    return starts[int(np.nanargmax(scores))]


def _splits(y: np.ndarray, smooth: np.ndarray) -> list[np.ndarray]:
    """statsmodels' parameters (p[0->0], p[1->0], levels, variances) of the trace cut at several thresholds."""
    starts = []
    for threshold in (two_cluster_threshold(smooth), *np.quantile(smooth, QUANTILES)):
        upper = smooth > threshold
        if 2 <= upper.sum() <= len(y) - 2:
            leave_0, leave_1 = np.mean(upper[1:][~upper[:-1]]), np.mean(~upper[1:][upper[:-1]])
            p = np.clip([1 - leave_0, leave_1], 1e-4, 1 - 1e-4)
            variances = np.maximum([y[~upper].var(), y[upper].var()], 1e-3)
            starts.append(np.array([*p, y[~upper].mean(), y[upper].mean(), *variances]))
    return starts


def two_cluster_threshold(values: np.ndarray) -> float:
    """The cut that leaves the smallest sum of squares within its two sides (Otsu)."""
    ordered = np.sort(values)
    below = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    between = (sums[-1] * below / len(ordered) - sums[:-1]) ** 2 / (below * (len(ordered) - below))
    cut = int(np.argmax(between))
    return float((ordered[cut] + ordered[cut + 1]) / 2)


def _ordered(y: np.ndarray, result: Any, information: np.ndarray) -> MarkovFit | None:
    raw = np.asarray(result.params)
    if not (np.all(np.isfinite(raw)) and np.all(np.isfinite(information))) or np.any(raw[4:] <= 0):
        return None
    if np.any(np.diag(information) <= 0):
        return None
    scale = np.sqrt(np.diag(information))
    unit = information / np.outer(scale, scale)
    if np.linalg.eigvalsh(unit)[0] <= 0:
        return None
    free = int(np.argmax(raw[2:4]))
    jacobian = np.zeros((PARAMETERS, PARAMETERS))
    jacobian[0, 1 if free else 0], jacobian[1, 0 if free else 1] = (1, -1) if free else (-1, 1)
    for pair in (2, 4):
        jacobian[pair, pair + free] = jacobian[pair + 1, pair + 1 - free] = 1
    parameters = jacobian @ raw + [0.0 if free else 1.0, 1.0 if free else 0.0, 0, 0, 0, 0]
    predicted = np.asarray(result.predicted_marginal_probabilities)
    below = ndtr((y[:, None] - raw[2:4]) / np.sqrt(raw[4:]))
    return MarkovFit(
        parameters=parameters,
        covariance=jacobian @ (np.linalg.inv(unit) / np.outer(scale, scale)) @ jacobian.T,
        log_likelihood=float(result.llf),
        captured=np.asarray(result.smoothed_marginal_probabilities)[:, 1 - free],
        uniforms=np.clip(np.sum(predicted * below, axis=1), 0, 1),
    )
