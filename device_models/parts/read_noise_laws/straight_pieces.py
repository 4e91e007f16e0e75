"""A quantile function cut into straight pieces, from which a 32-bit word draws a number (alias method, Walker 1977).

The 2^32 words of a generator are shared out evenly among 32 columns (or 64, or 128). A column is one piece of the
quantile function, or the whole of a small one and a part of a larger one that fills it up: which column, and which of
its two pieces, a word says by itself, and where in the piece. So the numbers follow the law of the pieces to 2^-32 of
probability, and borders may lie anywhere: where the pieces come nearest to the curve in mean square.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy  # scipy.special is loaded where it is first used: it takes 0.2 s

WORDS = 2**32
COLUMNS = (32, 64, 128)  # the first are kept in registers, the others are slower
NEAR = 0.005  # sd: root mean square distance from the curve for which more columns are taken
FARTHEST, STEP = 6.3, 0.005  # of the normal scores at which the curve is taken; beyond lies less than a word
FARTHEST_BORDER, BORDER_STEP, MOST_POINTS = 5.2, 0.025, 128  # of the normal scores where pieces may end
TAILS = 0.15  # power of a piece's probability by which its distance counts for more: tails come nearer, too
SLIVER = WORDS >> 11  # a smaller part of a piece is no piece of its own


@dataclass(frozen=True)
class StraightPieces:
    """words (pieces + 1) int64: where pieces end, probabilities in units of 2^-32 from 0 to 2^32; values (pieces + 1)
    there, in sd of the curve, not falling. columns (columns, 2): numbers of the two pieces of each column, twice the
    same where one fills it. distance: root mean square from the curve."""

    words: np.ndarray
    values: np.ndarray
    columns: np.ndarray
    distance: float


def straight_pieces(curve: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> StraightPieces:
    """Pieces of a curve of the normal score that does not fall, with kinks at some points (scores), brought to mean 0
    and variance 1. Raises ValueError where it does not spread."""
    fine, candidates = _FineCurve(curve, points), _candidates(curve, points)
    for columns in COLUMNS:
        borders = _best_borders(fine, candidates, columns)
        words, pieces = _columns(borders, columns)
        values = fine.fitted(words, borders)
        distance = fine.distance(words, values)
        if distance <= NEAR:
            break
    return StraightPieces(words, values, pieces, distance)


class _FineCurve:
    """The curve, with mean 0 and variance 1, as straight lines between very many words, and its integrals over the
    probability v."""

    def __init__(self, curve: Callable[[np.ndarray], np.ndarray], points: np.ndarray):
        steps = round(FARTHEST / STEP)
        scores = np.union1d(np.arange(-steps, steps + 1) * STEP, points[np.abs(points) < FARTHEST])
        self.words, first = np.unique(_words(scores), return_index=True)
        self.words[[0, -1]] = 0, WORDS
        self.v = self.words / WORDS
        values = curve(scores[first])
        values = values - self._integrated(self.v, values)[0, -1]
        variance = self._integrated(self.v, values)[1, -1]
        if not 0 < variance < np.inf:
            raise ValueError(f"value: does not spread between the normal scores {-FARTHEST:g} and {FARTHEST:g}")
        self.values = values / np.sqrt(variance)

    @staticmethod
    def _integrated(v: np.ndarray, q: np.ndarray) -> np.ndarray:
        """Integrals of q, q^2 and v q from 0 to each v, (3, points)."""
        a, b, va, vb = q[:-1], q[1:], v[:-1], v[1:]
        means = [(a + b) / 2, (a * a + a * b + b * b) / 3, (2 * va * a + va * b + vb * a + 2 * vb * b) / 6]
        return np.concatenate([np.zeros((3, 1)), np.cumsum(means * np.diff(v), axis=1)], axis=1)

    def integrals(self, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """v, and the integrals (3, words) up to there."""
        inside = np.union1d(self.words, words)
        v = inside / WORDS
        at = np.searchsorted(inside, words)
        return v[at], self._integrated(v, np.interp(v, self.v, self.values))[:, at]

    def fitted(self, words: np.ndarray, borders: np.ndarray) -> np.ndarray:
        """Values at the words between which straight lines come nearest to the curve in mean square. Cuts that leave
        slivers lie on the line through the others."""
        gap = np.diff(words, prepend=-WORDS, append=2 * WORDS)
        kept = words[np.isin(words, borders) | ((gap[:-1] >= SLIVER) & (gap[1:] >= SLIVER))]
        v, (of_q, _, of_vq) = self.integrals(kept)
        h, area = np.diff(v), np.diff(of_q)
        upper = (np.diff(of_vq) - v[:-1] * area) / h  # of q times the line from 0 to 1
        below, above = np.append(h, 0), np.append(0, h)
        own = (below + above) / 3
        load = (np.append(area - upper, 0) + np.append(0, upper)) / np.sqrt(own)
        beside = h / 6 / np.sqrt(own[:-1] * own[1:])
        matrix = np.eye(len(v)) + np.diag(beside, 1) + np.diag(beside, -1)
        values = np.maximum.accumulate(np.linalg.solve(matrix, load) / np.sqrt(own))
        result: np.ndarray = np.interp(words, kept, values)
        return result

    def distance(self, words: np.ndarray, values: np.ndarray) -> float:
        """Root mean square of what lies between the curve and lines."""
        off = np.interp(self.words, words, values) - self.values
        return float(np.sqrt(self._integrated(self.v, off)[1, -1]))


def _words(scores: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.round(scipy.special.ndtr(scores) * WORDS).astype(np.int64)
    return result


def _candidates(curve: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
    """Words where pieces may end: even steps of the normal score, and the points, or of many the sharpest kinks."""
    steps = round(FARTHEST_BORDER / BORDER_STEP)
    inside = points[np.abs(points) < FARTHEST_BORDER]
    if len(inside) > MOST_POINTS:
        slopes = np.diff(curve(inside)) / np.diff(inside)
        kinks = np.abs(np.diff(slopes)) * np.exp(-(inside[1:-1] ** 2) / 2)
        inside = inside[1:-1][np.argsort(-kinks, kind="stable")[:MOST_POINTS]]
    between = _words(np.append(np.arange(-steps, steps + 1) * BORDER_STEP, inside))
    return np.unique(np.concatenate([[0], between, [WORDS]]))


def _best_borders(fine: _FineCurve, candidates: np.ndarray, columns: int) -> np.ndarray:
    """Ends of as many pieces as columns, with the least sum of squared distances from their best lines (dynamic
    programming, as Bellman 1961). What is more than one column will be cut: its distance counts as that much less."""
    v, integrals = fine.integrals(candidates)
    share = v - v[:, None]
    inside = share > 0
    width = np.where(inside, share, 1)
    area, square, moment = integrals[:, None, :] - integrals[:, :, None]
    tilt = moment - (v + v[:, None]) / 2 * area
    distance = np.maximum(square - area**2 / width - 12 * tilt**2 / width**3, 0)
    cost = np.where(inside, distance / (np.maximum(1, columns * width) ** 2 * width**TAILS), np.inf)
    best, before = cost[0], []
    for _ in range(columns - 1):
        total = best[:, None] + cost
        before.append(total.argmin(axis=0))
        best = total.min(axis=0)
    path = [len(v) - 1]
    for came_from in reversed(before):
        path.append(int(came_from[path[-1]]))
    return candidates[[0, *reversed(path)]]


def _columns(borders: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of pieces after those that are more than one column were cut, and the two pieces of each column."""
    size = WORDS // columns
    start, left = borders[:-1].tolist(), np.diff(borders).tolist()
    small = [k for k in range(columns) if left[k] < size]
    large = [k for k in range(columns) if left[k] >= size]
    parts = []
    for _ in range(columns):
        first = small.pop() if small else large.pop()
        part = _cut(first, min(left[first], size), start, left)
        rest, lacking = left[first], size - (start[first] - part)
        if rest:
            (small if rest < size else large).append(first)
        parts.append([part, _cut(large[-1], lacking, start, left) if lacking else part])
        if lacking and left[large[-1]] < size:
            small.append(large.pop())
    words = np.unique(np.append(parts, WORDS))
    return words, np.searchsorted(words, parts)


def _cut(piece: int, taken: int, start: list[int], left: list[int]) -> int:
    """Where a part begins that is taken from the lower end of a piece."""
    begin = start[piece]
    start[piece], left[piece] = begin + taken, left[piece] - taken
    return begin
