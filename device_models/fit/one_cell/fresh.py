"""The part of a trace's noise that is fresh at each sample, where another part is slow (drift, 1/f, a second trap).

Half the mean square change between successive samples in the same state: a slow part hardly changes from one to the
next. What it does change is counted, so the result is an upper bound; jumps far outside the other changes (switches of
a slow trap) are not.

For m changes of white noise of variance v, the changes' covariances 2v, -v, 0, ... give this estimate the variance
(3m - 1) v^2 / m^2, half as much again as that of a sample variance: se of ln sd = sqrt(3m - 1) / 2m.

Slow noise that shows no white part may still have one, which a smaller exponent makes up for: `unseen_white` follows
the likelihood's ridge along it.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from scipy.special import ndtri

from device_models.fit.interval import Estimate, around
from device_models.fit.one_cell.gaussian import Colour, Fitted, concentrated, noise_law, pivot_of
from device_models.fit.one_cell.power_law import FLATTEST, STEEPEST

FEWEST_CHANGES = 20
JUMP = 6.0
HARDLY = 0.03  # white over slow density at half the sampling rate, from which on up it is looked for
FINER, LEAST_RATIO = 0.5, -12.0  # steps of ln of slow over white density, and how far down they go
APART = 0.04  # of exponents, between which the likelihood is taken as a parabola
FALL = 1.92  # of ln L at the ends of a 95 % interval


def alternation(scores: np.ndarray) -> list[str]:
    """A sentence where successive prediction errors, as normal scores, are of opposite sign (p < 6e-5)."""
    correlation = float(np.mean(scores[1:] * scores[:-1]) / np.mean(scores**2))
    if correlation > -max(0.05, 4 / np.sqrt(len(scores))):
        return []
    return [f"successive samples alternate (correlation {correlation:.2f}): the noise is not fresh at each read"]


def fresh_noise(g_s: np.ndarray, captured: np.ndarray, gaps: np.ndarray | None = None) -> Estimate | None:
    """Sd [S] of the fresh noise with its interval; None for too few changes within a state (`captured`, per sample).

    gaps: indices k of changes, from sample k to k + 1, that are not of successive reads.
    """
    within = np.diff(captured.astype(int)) == 0
    if gaps is not None:
        within[gaps] = False
    changes = np.diff(g_s)[within]
    robust_sd = float(np.median(np.abs(changes))) / float(ndtri(0.75)) if changes.size else 0.0
    ordinary = changes[np.abs(changes) <= JUMP * robust_sd] if robust_sd else changes
    m = len(ordinary)
    if m < FEWEST_CHANGES or not ordinary.any():
        return None
    return around(float(np.sqrt(np.mean(ordinary**2) / 2)), float(np.sqrt(3 * m - 1) / (2 * m)), "S", "log")


@dataclass(frozen=True)
class Unseen:
    """95 % region of slow noise beside which no white noise was found: exponents and ln densities at the pivot of
    points on its edge; most: upper bound of the white variance."""

    exponents: np.ndarray
    log_densities: np.ndarray
    most: float


def unseen_white(time: np.ndarray, y: np.ndarray, columns: np.ndarray, fit: Fitted) -> Unseen:
    """Of the noise of `fit` with more and more white noise, its exponent free, as far as its likelihood is within FALL
    of the largest."""
    colour, pivot = Colour(fit.colour.slow, True), pivot_of(len(y))
    exponent = fit.noise.exponent
    ratio = exponent * float(np.log(0.5 / pivot)) - float(np.log(HARDLY))
    ridge: list[_OnRidge] = []
    lowest = fit.log_likelihood - FALL
    while ratio > LEAST_RATIO and not (ridge and ridge[-1].log_likelihood < lowest):
        ridge.append(_on_ridge(time, y, columns, colour, np.array([exponent, ratio])))
        exponent, ratio = ridge[-1].exponent, ratio - FINER
        lowest = max(lowest, ridge[-1].log_likelihood - FALL)
    within = [k for k in ridge if k.log_likelihood >= lowest]
    if within and ridge[-1].log_likelihood < lowest:
        within.append(_between(within[-1], ridge[-1], lowest))
    ends = [(k, sign * np.sqrt(2 * (k.log_likelihood - lowest) * k.variance)) for k in within for sign in (-1, 1)]
    return Unseen(
        exponents=np.array([k.exponent + by for k, by in ends]),
        log_densities=np.array([k.log_density + by * k.slope for k, by in ends]),
        most=max((np.exp(k.log_white) for k in within), default=0.0),
    )


@dataclass(frozen=True)
class _OnRidge:
    """The best noise of a ratio of slow to white: `variance` of its exponent, `slope` of ln density along that."""

    log_likelihood: float
    exponent: float
    variance: float
    log_density: float
    slope: float
    log_white: float


def _between(inside: _OnRidge, outside: _OnRidge, log_likelihood: float) -> _OnRidge:
    """Where the likelihood is that given."""
    share = (inside.log_likelihood - log_likelihood) / (inside.log_likelihood - outside.log_likelihood)
    values = (one + share * (other - one) for one, other in zip(astuple(inside), astuple(outside), strict=True))
    return _OnRidge(*values)


def _on_ridge(time: np.ndarray, y: np.ndarray, columns: np.ndarray, colour: Colour, shape: np.ndarray) -> _OnRidge:
    """From three exponents, and three around the best of these where that is not between them."""

    def at(exponent: float) -> tuple[float, float]:
        value, scale, *_ = concentrated(time, y, columns, colour, np.append(exponent, shape[1:]))
        return value, float(np.log(scale))

    middle, ratio = float(shape[0]), float(shape[1])
    pivot = pivot_of(len(y))
    if colour.slow != "flicker":
        value, scale, *_ = concentrated(time, y, columns, colour, shape[1:])
        white = noise_law(colour, shape[1:], pivot, scale).white
        return _OnRidge(value, middle, 0.0, float(np.log(scale)), 0.0, float(np.log(white)))
    for _ in range(3):
        middle = float(np.clip(middle, FLATTEST + APART, STEEPEST - APART))
        (low, before), (value, log_scale), (high, after) = at(middle - APART), at(middle), at(middle + APART)
        curve = max((2 * value - low - high) / APART**2, 1e-6)
        slope, along = (high - low) / (2 * APART), (after - before) / (2 * APART)
        by = float(np.clip(slope / curve, -3 * APART, 3 * APART))
        if abs(by) <= 1.5 * APART:
            break
        middle += by
    at_best = np.array([middle + by, ratio])
    white = noise_law(colour, at_best, pivot, float(np.exp(log_scale + by * along))).white
    value += slope * by - curve * by**2 / 2
    return _OnRidge(value, middle + by, 1 / curve, log_scale + by * along, along, float(np.log(white)))
