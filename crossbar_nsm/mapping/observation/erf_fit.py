"""The erf law of a neuron, P(z = +1) = 1/2 [1 + erf(beta t + c)], fitted to counted decisions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtr

from device_models.numerics import usual_numerics
from device_models.shown import shown

ITERATIONS = 30
CONVERGED = 1e-8  # what a step is expected to add to the log-likelihood


@shown
@dataclass(frozen=True)
class Firing:
    """What was seen of one layer. t (inputs, neurons): w.z/||w|| of each input vector; fired (inputs, neurons): how
    often each neuron fired in `reads` decisions. Patches of a convolution are inputs where beta is per channel. share
    (inputs, neurons): s = ||w_active||/||w||, the share of a neuron's noise sd that its inputs carry, below 1 where a
    patch hangs over the padding: it fires with 1/2 [1 + erf((beta t + c) / s)]."""

    t: np.ndarray
    fired: np.ndarray
    reads: int
    share: np.ndarray | float = 1.0


@shown
@dataclass(frozen=True)
class ErfFit:
    """beta, c and the standard error of beta, per neuron; NaN where the decisions never changed."""

    beta: np.ndarray
    c: np.ndarray
    beta_sd: np.ndarray


@usual_numerics()
def fit_erf(firing: Firing) -> ErfFit:
    """Maximum-likelihood probit fit of every neuron at once, by Newton's method with step halving."""
    total = firing.fired.sum(axis=0)
    changed = (total > 0) & (total < firing.reads * len(firing.t))
    one = 1 / np.broadcast_to(firing.share, firing.t.shape)
    t, rate, reads = firing.t * one, firing.fired / firing.reads, firing.reads
    slope, offset = np.ones(t.shape[1]), np.zeros(t.shape[1])
    likelihood = _log_likelihood(t, one, rate, slope, offset)
    information = np.zeros((3, t.shape[1]))
    for _ in range(ITERATIONS):
        gradient, information = _derivatives(t, one, rate, slope, offset)
        with np.errstate(divide="ignore", invalid="ignore"):
            determinant = information[0] * information[2] - information[1] ** 2
            step = (
                np.stack(
                    [
                        information[2] * gradient[0] - information[1] * gradient[1],
                        information[0] * gradient[1] - information[1] * gradient[0],
                    ]
                )
                / determinant
            )
        step = np.nan_to_num(step)
        step = np.where(changed & (reads * (gradient * step).sum(axis=0) > CONVERGED), step, 0.0)
        if not step.any():
            break
        for _ in range(10):
            there = _log_likelihood(t, one, rate, slope + step[0], offset + step[1])
            better = there >= likelihood - 1e-12
            if better.all():
                break
            step = np.where(better, step, step / 2)
        slope, offset, likelihood = slope + step[0], offset + step[1], there
    determinant = information[0] * information[2] - information[1] ** 2
    changed &= determinant > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = information[2] / determinant / reads
    nothing = np.full_like(slope, np.nan)
    # P = ndtr(slope t + offset) = 1/2 [1 + erf((slope t + offset) / sqrt 2)]
    return ErfFit(
        np.where(changed, slope / np.sqrt(2), nothing),
        np.where(changed, offset / np.sqrt(2), nothing),
        np.where(changed, np.sqrt(np.maximum(variance, 0) / 2), nothing),
    )


def _log_likelihood(
    t: np.ndarray, one: np.ndarray, rate: np.ndarray, slope: np.ndarray, offset: np.ndarray
) -> np.ndarray:
    x = slope * t + offset * one
    result: np.ndarray = (rate * log_ndtr(x) + (1 - rate) * log_ndtr(-x)).sum(axis=0)
    return result


def _derivatives(
    t: np.ndarray, one: np.ndarray, rate: np.ndarray, slope: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient (2, neurons) and expected information (3, neurons: tt, t1, 11) of the log-likelihood per read."""
    x = np.clip(slope * t + offset * one, -8, 8)
    density, p = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), ndtr(x)
    spread = np.maximum(p * ndtr(-x), 1e-300)
    score, weight = density * (rate - p) / spread, density**2 / spread
    gradient = np.stack([(score * t).sum(axis=0), (score * one).sum(axis=0)])
    products = (weight * t * t, weight * t * one, weight * one * one)
    return gradient, np.stack([product.sum(axis=0) for product in products])
