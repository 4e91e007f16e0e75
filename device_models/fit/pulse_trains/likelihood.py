"""Exact likelihood of pulse trains: a saturating curve, what pulses leave beside it, and white noise of reads.

After pulse n of N a cell reads

    y_n = a + b R(n/N) + h_n v_n + e_n,    v_n = k v_(n-1) + w_n,  v_0 = 0,

R the curve (`curve`), e white noise of sd r, w white steps of sd s. Along the staircase h is R', and v a shift by
v N / b pulses; in conductance h is 1. With k = 1 v is a random walk: every pulse adds an error of its own for good.
With k < 1 the cell returns to the curve, and forgets within 1 / (1 - k) pulses. Linear in N: the precision of v, and of
v given y, is tridiagonal. Everything is in units of r.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # scipy.linalg is loaded where it is first used: it takes 0.1 s

from device_models.fit.pulse_trains.curve import bend, positions, rise, slope

Along = Literal["staircase", "conductance"]


@dataclass(frozen=True)
class Beside:
    """What pulses leave beside the curve. ratio: s over r, 0 for nothing; keeps: k; along: what it is a shift of."""

    ratio: float
    keeps: float
    along: Along

    def heights(self, count: int, curvature: float) -> np.ndarray:
        """h of every read."""
        return slope(positions(count), curvature) if self.along == "staircase" else np.ones(count)

    def variances(self, count: int) -> np.ndarray:
        """Of v after every pulse, in units of the variance of a read."""
        n = np.arange(1, count + 1)
        if self.keeps == 1:
            return np.asarray(self.ratio**2 * n)
        return np.asarray(self.ratio**2 * -np.expm1(2 * n * np.log(self.keeps)) / (1 - self.keeps**2))


class Covariance:
    """Of the reads of one train, 1 + h V h, of `count` reads."""

    def __init__(self, count: int, curvature: float, beside: Beside):
        self._heights = beside.heights(count, curvature)
        self._factor: np.ndarray | None = None
        self.log_determinant = 0.0
        if beside.ratio > 0:
            precision = np.zeros((2, count))
            precision[1] = 1 + beside.keeps**2
            precision[1, -1] = 1.0
            precision[0, 1:] = -beside.keeps
            precision /= beside.ratio**2
            precision[1] += self._heights**2
            self._factor = scipy.linalg.cholesky_banded(precision, check_finite=False)
            self.log_determinant = 2 * float(np.sum(np.log(self._factor[1])) + count * np.log(beside.ratio))

    def solve(self, columns: np.ndarray) -> np.ndarray:
        """Its inverse times columns, (count, columns)."""
        if self._factor is None:
            return columns
        heights = self._heights[:, None]
        inner = scipy.linalg.cho_solve_banded((self._factor, False), heights * columns, check_finite=False)
        return np.asarray(columns - heights * inner)


@dataclass(frozen=True)
class Train:
    """y: reads after pulses 1 to N of one train. owner: which cell it is of, from 0."""

    y: np.ndarray
    owner: int


@dataclass(frozen=True)
class Solved:
    """Generalised least squares at one curvature. ends: (cells, 2) a and b; covariance: of both, (cells, 2, 2), in
    units of the variance of a read. log_likelihood: restricted, of what a, b and c leave free."""

    log_likelihood: float
    read_variance: float
    ends: np.ndarray
    covariance: np.ndarray


def covariances(trains: Sequence[Train], curvature: float, beside: Beside) -> dict[int, Covariance]:
    """One for every length of train."""
    return {count: Covariance(count, curvature, beside) for count in {len(train.y) for train in trains}}


def solve(trains: Sequence[Train], curvature: float, beside: Beside) -> Solved:
    """a and b of every cell and the variance of a read."""
    of_length = covariances(trains, curvature, beside)
    designs = {n: _design(positions(n), curvature) for n in of_length}
    cells = 1 + max(train.owner for train in trains)
    normal, right, square, log_determinant = np.zeros((cells, 3, 3)), np.zeros((cells, 2)), 0.0, 0.0
    for train in trains:
        covariance, design = of_length[len(train.y)], designs[len(train.y)]
        solved = covariance.solve(np.column_stack([design, train.y]))
        normal[train.owner] += design.T @ solved[:, :3]
        right[train.owner] += design[:, :2].T @ solved[:, 3]
        square += float(train.y @ solved[:, 3])
        log_determinant += covariance.log_determinant
    of_ends = np.linalg.inv(normal[:, :2, :2])
    ends = np.einsum("kij,kj->ki", of_ends, right)
    # of b c, which all cells share: what its column has beside those of a and b
    crossed, weights = normal[:, :2, 2], ends[:, 1] ** 2 / np.mean(ends[:, 1] ** 2)
    own = np.sum(weights * (normal[:, 2, 2] - np.einsum("ki,kij,kj->k", crossed, of_ends, crossed)))
    log_determinant += float(np.sum(np.linalg.slogdet(normal[:, :2, :2])[1]) + np.log(max(own, 1e-300)))
    free = sum(len(train.y) for train in trains) - 2 * cells - 1
    left = max(square - float(np.sum(ends * right)), 1e-12 * square, 1e-300)
    return Solved(-0.5 * (free * np.log(left / free) + log_determinant), left / free, ends, of_ends)


def _design(x: np.ndarray, curvature: float) -> np.ndarray:
    """Columns of a, b and, over b, of c."""
    return np.column_stack([np.ones(len(x)), rise(x, curvature), bend(x, curvature)])
