"""Better paths of a trap in slow noise: turning over the intervals of samples that raise the likelihood.

With r the trace less its levels and K the covariance of the noise, turning over an interval I, by c in level, changes
ln p(trace | path) by c sum_I(K^-1 r) - c^2 q(I) / 2, q(I) the sum of K^-1 over I x I, which for stationary noise
depends on the length alone. So all intervals of a set of lengths are tried at once; of those that gain, the best
that lie apart are turned, and again.
"""

from __future__ import annotations

import numpy as np

from device_models.fit.one_cell.gaussian import Covariance, NoiseLaw, whitened

ROUNDS = 40
LENGTHS = np.unique(np.round(np.geomspace(1, 1000, 25)).astype(int))
LEAST_GAIN = 0.5
APART = 8


def improved(
    time: np.ndarray, y: np.ndarray, columns: np.ndarray, path: np.ndarray, law: NoiseLaw, rates: tuple[float, float]
) -> np.ndarray:
    """A path of 0 and 1 at least as likely with noise `law` and `rates` of leaving either state."""
    lengths = LENGTHS[len(y) // 4 >= LENGTHS]
    within = _within(time, law, lengths)
    p = np.clip(np.array(rates), 1e-6, 1 - 1e-6)
    logs = np.log(np.array([[1 - p[0], p[0]], [p[1], 1 - p[1]]]))
    covariance = Covariance(time, law)
    for _ in range(ROUNDS):
        full = np.column_stack([columns, path])
        white = covariance.whitened(np.column_stack([y, full]))
        coefficients = np.linalg.lstsq(white[:, 1:], white[:, 0], rcond=None)[0]
        alpha = covariance.weights(y - full @ coefficients)
        starts, ends, gains = _gains(path, alpha, float(coefficients[-1]), logs, (lengths, within))
        turned = _apart(starts, ends, gains, len(y))
        if not turned:
            break
        path = path.copy()
        for start, end in turned:
            path[start:end] = 1 - path[start:end]
    return path


def _within(time: np.ndarray, law: NoiseLaw, lengths: np.ndarray) -> np.ndarray:
    """q of intervals of these lengths in the middle of the trace."""
    size = min(len(time), 4 * int(lengths[-1]))
    first = (len(time) - size) // 2
    inside = np.arange(size)[:, None]
    begin = (size - lengths) // 2
    columns = ((inside >= begin) & (inside < begin + lengths)).astype(float)
    white, _ = whitened(time[first : first + size], columns, law)
    return np.asarray((white**2).sum(axis=0))


def _gains(
    path: np.ndarray, alpha: np.ndarray, change: float, logs: np.ndarray, known: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends and gains of intervals of one state that gain, those of the set of lengths and whole runs."""
    lengths, within = known
    n, sums = len(path), np.append(0.0, np.cumsum(alpha))
    switches = np.append(0, np.cumsum(path[1:] != path[:-1]))
    edges = np.concatenate([[0], np.flatnonzero(path[1:] != path[:-1]) + 1, [n]])
    found: list[tuple[np.ndarray, np.ndarray | int]] = [(edges[:-1], np.diff(edges))]
    for one in map(int, lengths):
        start = np.arange(n - one + 1)
        found.append((start[switches[start + one - 1] == switches[start]], one))
    starts, ends, gains = [], [], []
    for start, length in found:
        end = start + length
        size = change * (1 - 2 * path[start])
        total = size * (sums[end] - sums[start]) - change**2 * np.interp(length, lengths, within) / 2
        maybe = total > LEAST_GAIN - _most_prior(length, logs)  # of most intervals the trace alone says no
        start, end, total = start[maybe], end[maybe], total[maybe]
        total = total + _prior(path, start, end, logs)
        good = total > LEAST_GAIN
        starts.append(start[good])
        ends.append(end[good])
        gains.append(total[good])
    return np.concatenate(starts), np.concatenate(ends), np.concatenate(gains)


def _prior(path: np.ndarray, start: np.ndarray, end: np.ndarray, logs: np.ndarray) -> np.ndarray:
    """Change of ln p(path) where the samples from start to end (all of one state) are turned over."""
    state = path[start]
    other, inner = 1 - state, end - start - 1
    before, after = path[np.maximum(start - 1, 0)], path[np.minimum(end, len(path) - 1)]
    gain = inner * (logs[other, other] - logs[state, state])
    gain = gain + np.where(start > 0, logs[before, other] - logs[before, state], 0.0)
    return np.asarray(gain + np.where(end < len(path), logs[other, after] - logs[state, after], 0.0))


def _most_prior(length: np.ndarray | int, logs: np.ndarray) -> np.ndarray:
    """The largest that `_prior` can be for an interval of this length."""
    ends = [
        max(0.0, *(logs[:, 1 - state] - logs[:, state])) + max(0.0, *(logs[1 - state] - logs[state]))
        for state in (0, 1)
    ]
    inner = [(np.asarray(length) - 1) * (logs[1 - state, 1 - state] - logs[state, state]) for state in (0, 1)]
    return np.maximum(inner[0] + ends[0], inner[1] + ends[1])


def _apart(starts: np.ndarray, ends: np.ndarray, gains: np.ndarray, samples: int) -> list[tuple[int, int]]:
    """The best, and further ones so far from those taken that their gains stay what they were."""
    taken = np.zeros(samples, dtype=bool)
    chosen = []
    for k in np.argsort(-gains):
        start, end = int(starts[k]), int(ends[k])
        margin = APART + (end - start)
        around = slice(max(0, start - margin), end + margin)
        if not taken[around].any():
            taken[start:end] = True
            chosen.append((start, end))
    return chosen
