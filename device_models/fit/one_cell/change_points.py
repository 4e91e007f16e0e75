"""Changes of the level that are not undone: where they may be, and which of them the noise does not explain.

Places are the best partitions of the trace into pieces of one level (least squares, dynamic programming over blocks of
samples, each change then placed to the sample) and the largest prediction errors of the noise alone. A change costs
three parameters: its size, and its time, which is the best of many (Zhang and Siegmund 2007,
doi:10.1111/j.1541-0420.2006.00662.x); it is kept where -2 ln L falls by more than 3 ln n.
"""

from __future__ import annotations

import numpy as np

from device_models.fit.one_cell.gaussian import Colour, Covariance, Fitted, fit_noise, noise_law, pivot_of

MOST_STEPS = 8
BLOCKS = 400
COST = 3


def fit_steps(time: np.ndarray, y: np.ndarray, columns: np.ndarray, alone: Fitted) -> tuple[Fitted, list[int]]:
    """The noise of `alone` with the steps that it does not explain, at samples (each the first at a new level)."""
    kept: list[int] = []
    colour, fit = alone.colour, alone
    places = sorted({*partition(y), *_shocks(fit.scores)})
    for _ in range(MOST_STEPS):
        rest = [place for place in places if place not in kept]
        gains = _gains(time, y, _with_steps(columns, kept), colour, fit, rest)
        if not rest or gains.max() <= COST * np.log(len(y)):
            break
        kept.append(rest[int(np.argmax(gains))])
        fit = fit_noise(time, y, _with_steps(columns, kept), colour, search="spectrum")
        places = sorted({*places, *_shocks(fit.scores)})
    return _pruned(time, y, columns, fit, kept)


def _pruned(
    time: np.ndarray, y: np.ndarray, columns: np.ndarray, fit: Fitted, kept: list[int]
) -> tuple[Fitted, list[int]]:
    """Without the steps that the later ones made needless."""
    covariance = Covariance(time, noise_law(fit.colour, fit.shape, pivot_of(len(y))))
    white = covariance.whitened(np.column_stack([y, _with_steps(columns, kept)]))
    kept, first = sorted(kept), 1 + columns.shape[1]
    while kept:
        least = _squares(white)
        without = [_squares(np.delete(white, first + k, axis=1)) for k in range(len(kept))]
        best = int(np.argmin(without))
        if len(y) * np.log(without[best] / least) > COST * np.log(len(y)):
            break
        white, kept = np.delete(white, first + best, axis=1), kept[:best] + kept[best + 1 :]
    return fit_noise(time, y, _with_steps(columns, kept), fit.colour), kept


def _squares(white: np.ndarray) -> float:
    """What least squares of the later columns leave of the first."""
    residual = white[:, 0] - white[:, 1:] @ np.linalg.lstsq(white[:, 1:], white[:, 0], rcond=None)[0]
    return float(residual @ residual)


def _with_steps(columns: np.ndarray, places: list[int]) -> np.ndarray:
    after = np.arange(len(columns))
    return np.column_stack([columns, *(after >= place for place in sorted(places))])


def _gains(
    time: np.ndarray, y: np.ndarray, columns: np.ndarray, colour: Colour, fit: Fitted, places: list[int]
) -> np.ndarray:
    """Fall of -2 ln L for a step at each place, the shape of the noise kept."""
    n = len(y)
    covariance = Covariance(time, noise_law(colour, fit.shape, pivot_of(n)))
    white = covariance.whitened(np.column_stack([columns, y]))
    base, residual = white[:, :-1], white[:, -1]
    base = np.linalg.qr(base)[0]
    residual = residual - base @ (base.T @ residual)
    gains = []
    for first in range(0, len(places), 8):
        steps = np.column_stack([np.arange(n) >= place for place in places[first : first + 8]])
        steps = covariance.whitened(steps)
        steps = steps - base @ (base.T @ steps)
        share = (steps.T @ residual) ** 2 / np.maximum((steps**2).sum(axis=0) * (residual @ residual), 1e-300)
        gains.append(-n * np.log1p(-np.minimum(share, 1 - 1e-12)))
    return np.concatenate(gains) if gains else np.zeros(0)


def _shocks(scores: np.ndarray) -> list[int]:
    largest = np.argsort(-np.abs(scores))[:6]
    return [int(k) for k in largest if 1 <= k < len(scores) - 1]


def partition(y: np.ndarray) -> list[int]:
    """Changes of the best partition into pieces of one level, as many as 3 ln n each pays for in white noise."""
    n = len(y)
    size = max(1, -(-n // BLOCKS))
    edges = np.append(np.arange(0, n, size), n)
    sums, squares = (np.append(0.0, np.cumsum(values))[edges] for values in (y, y**2))

    def within(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        length = np.maximum(edges[b] - edges[a], 1)
        return squares[b] - squares[a] - (sums[b] - sums[a]) ** 2 / length

    last = len(edges) - 1
    a, b = np.meshgrid(np.arange(last + 1), np.arange(last + 1), indexing="ij")
    cost = np.where(a < b, within(a, b), np.inf)
    best, before = cost[0], []
    found: list[int] = []
    value = n * np.log(max(best[last], 1e-300) / n)
    for count in range(1, MOST_STEPS + 1):
        total = best[:, None] + cost
        before.append(np.argmin(total, axis=0))
        best = total[before[-1], np.arange(last + 1)]
        here = n * np.log(max(best[last], 1e-300) / n) + COST * np.log(n) * count
        if here < value:
            value, found, end = here, [], last
            for chosen in reversed(before):
                end = int(chosen[end])
                found.append(end)
    return _placed(y, sorted(int(edges[k]) for k in found), size)


def _placed(y: np.ndarray, places: list[int], size: int) -> list[int]:
    """Each between the changes beside it, where the squares within its two sides are least."""
    bounds = [0, *places, len(y)]
    placed = []
    for k, place in enumerate(places):
        low, high = max(bounds[k] + 1, place - 2 * size), min(bounds[k + 2] - 1, place + 2 * size)
        left, right = bounds[k], bounds[k + 2]
        cut = np.arange(low, high + 1)
        sums = np.cumsum(y[left:right])
        head = sums[cut - left - 1]
        between = head**2 / (cut - left) + (sums[-1] - head) ** 2 / (right - cut)
        placed.append(int(cut[np.argmax(between)]) if len(cut) else place)
    return placed
