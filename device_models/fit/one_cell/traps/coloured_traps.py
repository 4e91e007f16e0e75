"""A trap in slow noise: the likeliest path of its states, and the likelihood of path and trace together.

No likelihood of the trace alone is known in closed form: slow noise has no finite state. With the path given it has
(`gaussian`), so the two are found in turns: noise and amplitude given the path; the path given the noise, by Viterbi on
the trace less the slow part's conditional mean, then by turning over what raises the likelihood (`path_moves`).
ln p(path) + ln p(trace | path) is less than ln p(trace), so a trap in slow noise has to be clearer than another law,
and is seldom invented.

The likeliest path lacks the shortest stays, and is not known for sure: rates of capture and emission, with their
covariance, are those of a hidden Markov chain in the trace less its slow part, in turns (`around_all_paths`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.special import logit

from device_models.fit.one_cell.gaussian import LONG, Colour, Fitted, Search, fit_noise, slow_mean
from device_models.fit.one_cell.traps.chains import SMALLEST_SD, Chain, best_path, fit_one, with_covariance
from device_models.fit.one_cell.traps.path_moves import LEAST_GAIN, improved

WINDOWS = (0, 1000, 200, 40)
TRIED = 2
TURNS = 4
FEWEST_CHANGES = 4
ROUNDS, STAYS = 8, 0.01  # of logits of rates


@dataclass(frozen=True)
class ColouredTrap:
    """path: 1 where captured. fit: of the trace given the path; its last coefficient is the captured level less the
    free one. rates: P(capture), P(emission) per interval."""

    fit: Fitted
    path: np.ndarray
    rates: tuple[float, float]
    log_likelihood: float


def fit_coloured(time: np.ndarray, y: np.ndarray, columns: np.ndarray, alone: Fitted) -> ColouredTrap | None:
    """The best of several starts, each followed as long as it rises; None without a path of a few changes. alone: the
    noise of the same colour without a trap."""
    starts = [
        _at_shape(time, y, columns, alone, path)
        for path in _paths(time, y - columns @ alone.coefficients[: columns.shape[1]], alone)
    ]
    starts.sort(key=lambda found: -found.log_likelihood)
    tried = starts[: TRIED if len(y) <= LONG else 1]
    ends = [_followed(time, y, columns, on_path(time, y, columns, alone.colour, k.path, "spectrum")) for k in tried]
    if not ends:
        return None
    best = max(ends, key=lambda found: found.log_likelihood)
    return on_path(time, y, columns, alone.colour, best.path)


def _followed(time: np.ndarray, y: np.ndarray, columns: np.ndarray, here: ColouredTrap) -> ColouredTrap:
    for turn in range(TURNS):
        path = _decoded(time, y, columns, here) if turn == 0 else None
        path = improved(time, y, columns, here.path if path is None else path, here.fit.noise, here.rates)
        there = on_path(time, y, columns, here.fit.colour, path, "spectrum")
        if there.log_likelihood <= here.log_likelihood + LEAST_GAIN:
            break
        here = there
    return here


def _paths(time: np.ndarray, y: np.ndarray, alone: Fitted) -> Iterator[np.ndarray]:
    """From the trace, from the trace less its running mean, and less its slow part."""
    for window in WINDOWS:
        yield from _two_levels(y - uniform_filter1d(y, window, mode="nearest") if window else y)
    yield from _two_levels(y - slow_mean(time, y, alone.noise))


def _two_levels(y: np.ndarray) -> Iterator[np.ndarray]:
    sd = float(y.std())
    chain = fit_one(y / sd) if sd > 0 else None
    path = None if chain is None else best_path(y / sd, chain)
    if path is not None and np.count_nonzero(np.diff(path)) >= FEWEST_CHANGES:
        yield path


def _decoded(time: np.ndarray, y: np.ndarray, columns: np.ndarray, here: ColouredTrap) -> np.ndarray | None:
    return next(_two_levels(_without_slow(time, y, columns, here.fit, here.path)), None)


def around_all_paths(time: np.ndarray, y: np.ndarray, columns: np.ndarray, found: ColouredTrap) -> Chain | None:
    """Chain of the trace (in its own units) less the slow part's conditional mean: first given the path that was found,
    then given the expected states of the chain before, until its rates stay. None where it has no peak."""
    if np.ptp(found.path) == 0:
        return None
    flat = _without_slow(time, y, columns, found.fit, found.path)
    levels = np.array([flat[found.path == state].mean() for state in (0, 1)])
    sd = max(float((flat - levels[found.path]).std()), SMALLEST_SD)
    theta = np.concatenate([logit(np.clip(found.rates, 1e-4, 1 - 1e-4)), levels, np.log([sd, sd])])
    for _ in range(ROUNDS):
        chain = fit_one(flat, theta)
        if chain is None or np.abs(chain.theta[:2] - theta[:2]).max() < STAYS:
            break
        theta = chain.theta
        flat = _without_slow(time, y, columns, found.fit, chain.posterior[:, 1])
    return None if chain is None else with_covariance(chain, flat)


def _without_slow(
    time: np.ndarray, y: np.ndarray, columns: np.ndarray, fit: Fitted, captured: np.ndarray
) -> np.ndarray:
    rest = y - np.column_stack([columns, captured]) @ fit.coefficients
    return np.asarray(y - columns @ fit.coefficients[:-1] - slow_mean(time, rest, fit.noise))


def _at_shape(time: np.ndarray, y: np.ndarray, columns: np.ndarray, alone: Fitted, path: np.ndarray) -> ColouredTrap:
    """With noise of the shape that it has without the trap."""
    fit = fit_noise(time, y, np.column_stack([columns, path]), alone.colour, alone.shape, search="none")
    value, rates = of_path(path)
    return ColouredTrap(fit, path, rates, fit.log_likelihood + value)


def on_path(
    time: np.ndarray, y: np.ndarray, columns: np.ndarray, colour: Colour, path: np.ndarray, search: Search = "exact"
) -> ColouredTrap:
    """Noise and levels of largest likelihood for this path, or for its opposite where that makes 1 the lower level."""
    fit = fit_noise(time, y, np.column_stack([columns, path]), colour, search=search)
    if fit.coefficients[-1] > 0:
        path = 1 - path
        fit = fit_noise(time, y, np.column_stack([columns, path]), colour, fit.shape, search="none")
    value, rates = of_path(path)
    return ColouredTrap(fit, path, rates, fit.log_likelihood + value)


def of_path(path: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Largest log-likelihood of a path of 0 and 1, and its rates of leaving either."""
    value, rates = np.log(0.5), []
    for state in (0, 1):
        here = path[:-1] == state
        stays, leaves = float(np.sum(here & (path[1:] == state))), float(np.sum(here & (path[1:] != state)))
        p = leaves / max(stays + leaves, 1.0)
        rates.append(p)
        value += (leaves * np.log(p) if leaves else 0.0) + (stays * np.log1p(-p) if stays and p < 1 else 0.0)
    return float(value), (rates[0], rates[1])
