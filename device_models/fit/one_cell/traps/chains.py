"""Largest likelihood of traps that switch on their own, with white noise around the levels: hidden Markov chains.

One trap has two levels, each with its noise; two independent traps have four (three where two coincide), with one
noise. Expectations over the hidden states are hmmlearn's; they also are the gradient of the likelihood (Fisher's
identity), from which the search (L-BFGS) and, by differences, the information matrix follow. The likelihood has several
maxima: the search starts from the best of many two-way splits of the trace, raw and smoothed (slow traps whose levels
overlap show only smoothed), and for a second trap from what the first leaves.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.special import expit, gammainc, gammaincc, logit, ndtr

from device_models.errors import ProcessError

SMOOTHING = (1, 8, 64)
QUANTILES = (0.03, 0.15, 0.5, 0.85, 0.97)
PROBABILITY = 1e-7  # of a switch per interval, at least
SMALLEST_SD = 1e-4
STEP = 1e-3
SEARCHES = 2  # of starts for two traps
TOLERANCE = 1e-4  # of ln L
STEEP = 0.05  # largest derivative of ln L of a fit
KERNELS = ("forward_scaling", "backward_scaling", "compute_scaling_xi_sum", "viterbi")
HMMLEARN = "0.3.3"  # with which they are tested


@dataclass(frozen=True)
class Chain:
    """Traps of a standardised trace. theta: logit P(capture), logit P(emission) of each trap; the levels, of state
    s_1 + 2 s_2 (s = 1: captured); ln sd, of each level for one trap, of all for two. covariance: of theta; None where
    the likelihood has no proper maximum. posterior: P(state | whole trace), (samples, states). uniforms: the trace
    through its one-step predictive distribution, uniform and independent if the model is right."""

    traps: int
    theta: np.ndarray
    covariance: np.ndarray | None
    log_likelihood: float
    posterior: np.ndarray
    uniforms: np.ndarray

    @property
    def levels(self) -> np.ndarray:
        return unpacked(self.theta, self.traps)[1]

    @property
    def fitted(self) -> np.ndarray:
        """Expected level of every sample."""
        return np.asarray(self.posterior @ self.levels)

    @property
    def parameters(self) -> int:
        return len(self.theta)


def captured(traps: int) -> np.ndarray:
    """s_k of every state, (traps, states)."""
    return np.array([(np.arange(2**traps) >> k) & 1 for k in range(traps)])


def unpacked(theta: np.ndarray, traps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Transition matrix, levels, sds (of every state)."""
    states = 2**traps
    p = expit(theta[: 2 * traps])
    matrix = np.ones((1, 1))
    for k in range(traps):  # the later trap is the slower index
        one = np.array([[1 - p[2 * k], p[2 * k]], [p[2 * k + 1], 1 - p[2 * k + 1]]])
        matrix = np.kron(one, matrix)
    sds = np.exp(theta[2 * traps + states :])
    return matrix, theta[2 * traps : 2 * traps + states], np.broadcast_to(sds, states)


@cache
def kernels() -> Any:
    """hmmlearn's compiled module. Its name is not public, but public classes take no densities, give no filtered
    probabilities, and lose samples far from all levels. Raises ProcessError where this hmmlearn has other functions."""
    try:
        found = import_module("hmmlearn._hmmc")
        problem = ", ".join(name for name in KERNELS if not hasattr(found, name))
    except ImportError as error:
        problem = str(error)
    if problem:
        installed = {"hmmlearn"} & metadata.packages_distributions().keys()
        version = metadata.version("hmmlearn") if installed else "(not installed)"
        raise ProcessError(
            f"hmmlearn {version} lacks what fits of traps use of it ({problem}); they are tested with {HMMLEARN}: "
            f"pip install hmmlearn=={HMMLEARN}"
        )
    return found


@dataclass(frozen=True)
class _Expected:
    log_likelihood: float
    forward: np.ndarray
    posterior: np.ndarray
    switches: np.ndarray


def _densities(y: np.ndarray, levels: np.ndarray, sds: np.ndarray) -> tuple[np.ndarray, float]:
    """Of every state, over the largest of each sample, (samples, states); and the sum of ln of those."""
    logs = (y - levels[:, None]) / sds[:, None]  # samples last: numpy is slow along so few states
    logs *= logs
    logs *= -0.5
    logs -= np.log(sds * np.sqrt(2 * np.pi))[:, None]
    largest = logs.max(axis=0)
    logs -= largest
    return np.ascontiguousarray(np.exp(logs, out=logs).T), float(largest.sum())


def _forward(y: np.ndarray, theta: np.ndarray, traps: int) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    matrix, levels, sds = unpacked(theta, traps)
    densities, scale = _densities(y, levels, sds)
    value, forward, scaling = kernels().forward_scaling(np.full(len(matrix), 1 / len(matrix)), matrix, densities)
    return value + scale, forward, scaling, densities


def _expected(y: np.ndarray, theta: np.ndarray, traps: int) -> _Expected:
    matrix = unpacked(theta, traps)[0]
    value, forward, scaling, densities = _forward(y, theta, traps)
    start = np.full(len(matrix), 1 / len(matrix))
    backward = kernels().backward_scaling(start, matrix, densities, scaling)
    posterior = np.ascontiguousarray((forward * backward).T)
    posterior /= posterior.sum(axis=0)
    return _Expected(
        value, forward, posterior.T, kernels().compute_scaling_xi_sum(forward, matrix, backward, densities)
    )


def value_and_gradient(y: np.ndarray, theta: np.ndarray, traps: int) -> tuple[float, np.ndarray]:
    """Log-likelihood, and its derivatives: those of the expected log-likelihood of states and trace."""
    _, levels, sds = unpacked(theta, traps)
    expected = _expected(y, theta, traps)
    p, slopes = expit(theta[: 2 * traps]), []
    for k, s in enumerate(captured(traps)):
        for row, stays in ((0, s == 0), (1, s == 1)):
            leaves = expected.switches[np.ix_(stays, s != row)].sum()
            slopes.append(leaves - p[2 * k + row] * expected.switches[stays].sum())
    count, total, square = (expected.posterior.T @ powers for powers in (np.ones(len(y)), y, y**2))
    of_levels = (total - levels * count) / sds**2
    of_sds = (square - 2 * levels * total + levels**2 * count) / sds**2 - count
    if traps > 1:
        of_sds = of_sds.sum(keepdims=True)
    return expected.log_likelihood, np.concatenate([slopes, of_levels, of_sds])


def fit_one(y: np.ndarray, near: np.ndarray | None = None) -> Chain | None:
    """Two levels, from theta `near` where given; None where the trace has no two sides to start from."""
    if near is not None:
        return _searched(y, near, 1)
    starts = [start for window in SMOOTHING for start in _splits(y, uniform_filter1d(y, window, mode="nearest"))]
    if not starts:
        return None
    return _searched(y, max(starts, key=lambda theta: _forward(y, theta, 1)[0]), 1)


def fit_two(y: np.ndarray, one: Chain) -> Chain | None:
    """Four levels, from one trap and another in what it leaves, from the trace cut in two and its rest again, or from
    the trace cut in four or three: of the likeliest starts, the one that leads farthest."""
    starts = []
    rest = y - one.fitted
    other = fit_one(rest / rest.std())
    if other is not None:
        levels = (one.levels[:, None] + other.levels * rest.std()).T.ravel()
        starts.append(np.concatenate([one.theta[:2], other.theta[:2], levels, [np.log(0.9 * rest.std())]]))
    starts += [*_cut_twice(y), *_cut_in_four(y), *_cut_in_three(y)]
    if not starts:
        return None
    likeliest = sorted(starts, key=lambda theta: -_forward(y, theta, 2)[0])[:SEARCHES]
    return max((_searched(y, start, 2) for start in likeliest), key=lambda chain: chain.log_likelihood)


def _cut_twice(y: np.ndarray) -> list[np.ndarray]:
    first = y < two_cluster_threshold(y)
    rest = y - np.where(first, y[first].mean(), y[~first].mean())
    second = rest < two_cluster_threshold(rest)
    return _of_paths(y, first, second)


def _cut_in_four(y: np.ndarray) -> list[np.ndarray]:
    """Clusters of samples: the highest has no trap captured, the next the smaller one, the lowest both."""
    nearest = _clusters(y, [0.95, 0.65, 0.35, 0.05])
    return [] if nearest is None else _of_paths(y, nearest >= 2, nearest % 2 == 1)


def _cut_in_three(y: np.ndarray) -> list[np.ndarray]:
    """Two traps of about the same amplitude: in the middle one of them is captured, either as often."""
    nearest = _clusters(y, [0.95, 0.5, 0.05])
    if nearest is None or np.bincount(nearest, minlength=3).min() < 2:
        return []
    high, middle, low = (y[nearest == k].mean() for k in range(3))
    sd = max(float(np.sqrt(np.mean([y[nearest == k].var() for k in range(3)]))), SMALLEST_SD)
    captures = np.mean(nearest[1:][nearest[:-1] == 0] != 0) / 2
    emissions = np.mean(nearest[1:][nearest[:-1] == 2] != 2) / 2
    rates = logit(np.clip([captures, emissions] * 2, 1e-4, 1 - 1e-4))
    return [np.concatenate([rates, [high, middle - sd / 2, middle + sd / 2, low], [np.log(sd)]])]


def _clusters(y: np.ndarray, quantiles: list[float]) -> np.ndarray | None:
    """Which cluster a sample is in, 0 the highest; they are sought from `quantiles` on. None where these coincide."""
    from scipy.cluster.vq import kmeans2

    centres = np.quantile(y, quantiles)
    if (np.diff(centres) == 0).any():
        return None
    with warnings.catch_warnings():  # a cluster may be empty: it is a start only
        warnings.simplefilter("ignore", UserWarning)
        found, nearest = kmeans2(y[:, None], centres[:, None], minit="matrix", missing="warn")
    return np.asarray(np.argsort(np.argsort(-found[:, 0]))[nearest])


def _of_paths(y: np.ndarray, first: np.ndarray, second: np.ndarray) -> list[np.ndarray]:
    """theta of a trace whose traps are captured where said; none where a state is hardly ever seen."""
    state = first + 2 * second
    if np.bincount(state, minlength=4).min() < 2:
        return []
    rates = [np.mean(path[1:][path[:-1] == side] != side) for path in (first, second) for side in (False, True)]
    levels = np.array([y[state == k].mean() for k in range(4)])
    sd = max(float((y - levels[state]).std()), SMALLEST_SD)
    return [np.concatenate([logit(np.clip(rates, 1e-4, 1 - 1e-4)), levels, [np.log(sd)]])]


def _searched(y: np.ndarray, start: np.ndarray, traps: int) -> Chain:
    from scipy.optimize import minimize

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = value_and_gradient(y, theta, traps)
        return -value / len(y), -slope / len(y)

    states, edge = 2**traps, float(logit(PROBABILITY))
    noises = len(start) - 2 * traps - states
    bounds = [(edge, -edge)] * 2 * traps + [(None, None)] * states + [(np.log(SMALLEST_SD), 3.0)] * noises
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": 150, "ftol": TOLERANCE / len(y), "gtol": STEEP / len(y)},
    )  # fmt: skip
    return _chain(y, _upper_first(found.x, traps), traps)


def _chain(y: np.ndarray, theta: np.ndarray, traps: int) -> Chain:
    matrix, levels, sds = unpacked(theta, traps)
    expected = _expected(y, theta, traps)
    predicted = np.vstack([np.full(len(matrix), 1 / len(matrix)), expected.forward[:-1] @ matrix])
    uniforms = np.sum(predicted * ndtr((y[:, None] - levels) / sds), axis=1)
    return Chain(traps, theta, None, expected.log_likelihood, expected.posterior, np.clip(uniforms, 0, 1))


def _upper_first(theta: np.ndarray, traps: int) -> np.ndarray:
    """State 0 is the highest level, and the traps come in the order of their amplitudes."""
    states = np.arange(2**traps)
    levels = theta[2 * traps : 2 * traps + len(states)]
    turned = states ^ int(np.argmax(levels))
    rates = theta[: 2 * traps].reshape(traps, 2)
    rates = np.array([pair[::-1] if int(np.argmax(levels)) >> k & 1 else pair for k, pair in enumerate(rates)])
    levels, noise = levels[turned], theta[2 * traps + len(states) :]
    noise = noise[turned] if traps == 1 else noise
    if traps == 2 and levels[1] > levels[2]:
        rates, levels = rates[::-1], levels[[0, 2, 1, 3]]
    return np.concatenate([rates.ravel(), levels, noise])


def with_covariance(chain: Chain, y: np.ndarray) -> Chain:
    """The inverse of the information matrix, by differences of the gradient; None where it is no covariance."""
    from dataclasses import replace

    size = len(chain.theta)
    information = np.zeros((size, size))
    for k in range(size):
        shift = np.zeros(size)
        shift[k] = STEP
        up, down = (value_and_gradient(y, chain.theta + sign * shift, chain.traps)[1] for sign in (1, -1))
        information[k] = -(up - down) / (2 * STEP)
    information = (information + information.T) / 2
    diagonal = np.diag(information)
    if not np.all(np.isfinite(information)) or np.any(diagonal <= 0):
        return chain
    scale = np.sqrt(diagonal)
    unit = information / np.outer(scale, scale)
    if np.linalg.eigvalsh(unit)[0] <= 1e-10:
        return chain
    return replace(chain, covariance=np.linalg.inv(unit) / np.outer(scale, scale))


def apart_p(chain: Chain, y: np.ndarray) -> float:
    """Whether two traps switch on their own, as one defect with three levels does not: p of a switch between two of
    the states that is as much too frequent, or too rare, as the worst of them (Poisson, times the tails tried)."""
    switches = _expected(y, chain.theta, chain.traps).switches
    means = switches.sum(axis=1, keepdims=True) * unpacked(chain.theta, chain.traps)[0]
    between = ~np.eye(len(switches), dtype=bool)
    found, mean = np.maximum(switches[between], 1e-9), np.maximum(means[between], 1e-9)
    tails = np.minimum(gammainc(found, mean), gammaincc(found + 1, mean))
    return float(min(1.0, 2 * len(tails) * tails.min()))


def _splits(y: np.ndarray, smooth: np.ndarray) -> list[np.ndarray]:
    """theta of the trace cut at several thresholds."""
    starts = []
    for threshold in (two_cluster_threshold(smooth), *np.quantile(smooth, QUANTILES)):
        upper = smooth > threshold
        if 2 <= upper.sum() <= len(y) - 2:
            captures, emissions = np.mean(~upper[1:][upper[:-1]]), np.mean(upper[1:][~upper[:-1]])
            p = logit(np.clip([captures, emissions], 1e-4, 1 - 1e-4))
            sds = np.log(np.sqrt(np.maximum([y[upper].var(), y[~upper].var()], 1e-3)))
            starts.append(np.array([*p, y[upper].mean(), y[~upper].mean(), *sds]))
    return starts


def two_cluster_threshold(values: np.ndarray) -> float:
    """The cut that leaves the smallest sum of squares within its two sides (Otsu)."""
    ordered = np.sort(values)
    below = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    between = (sums[-1] * below / len(ordered) - sums[:-1]) ** 2 / (below * (len(ordered) - below))
    cut = int(np.argmax(between))
    return float((ordered[cut] + ordered[cut + 1]) / 2)


def best_path(y: np.ndarray, chain: Chain) -> np.ndarray:
    """The likeliest sequence of states (Viterbi)."""
    matrix, levels, sds = unpacked(chain.theta, chain.traps)
    logs = np.log(np.maximum(_densities(y, levels, sds)[0], 1e-300))
    return np.asarray(kernels().viterbi(np.full(len(matrix), 1 / len(matrix)), matrix, logs)[1])
