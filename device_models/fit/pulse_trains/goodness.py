"""Whether trains follow the law that was fitted: their curve, and what it leaves of every read.

The curve: four waves, cos(j pi x), are added to a, b and c by generalised least squares; without a bend that the law
lacks, what they explain is F distributed. The rest: errors of predicting every read from those before are independent
standard normal numbers (Kalman filter).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from device_models.fit.pulse_trains.curve import bend, positions, rise
from device_models.fit.pulse_trains.likelihood import Beside, Solved, Train, covariances

WAVES = 4


def curve_p(trains: Sequence[Train], curvature: float, beside: Beside, solved: Solved) -> float:
    """p of curves that differ more from the saturating one than these do."""
    from scipy import stats

    of_length = covariances(trains, curvature, beside)
    normal, right = np.zeros((1 + WAVES, 1 + WAVES)), np.zeros(1 + WAVES)
    square, free = 0.0, -1 - WAVES
    for owner in range(len(solved.ends)):
        gram, cross, owned = np.zeros((3 + WAVES, 3 + WAVES)), np.zeros(3 + WAVES), 0.0
        (a, b), own = solved.ends[owner], [train for train in trains if train.owner == owner]
        for train in own:
            count, x = len(train.y), positions(len(train.y))
            waves = [b * np.cos(j * np.pi * x) for j in range(1, WAVES + 1)]
            columns = np.column_stack([np.ones(count), rise(x, curvature), b * bend(x, curvature), *waves])
            left = train.y - a - b * rise(x, curvature)
            inverse = of_length[count].solve(np.column_stack([columns, left]))
            gram, cross = gram + columns.T @ inverse[:, :-1], cross + columns.T @ inverse[:, -1]
            owned += float(left @ inverse[:, -1])
            free += count
        inner = gram[2:, :2] @ np.linalg.inv(gram[:2, :2])
        normal, right = normal + gram[2:, 2:] - inner @ gram[:2, 2:], right + cross[2:] - inner @ cross[:2]
        square, free = square + owned, free - 2
    bent = right[0] ** 2 / normal[0, 0]
    whole = float(right @ np.linalg.lstsq(normal, right, rcond=None)[0])
    statistic = max(whole - bent, 0.0) / WAVES / max((square - whole) / free, 1e-300)
    return float(stats.f.sf(statistic, WAVES, free))


def scores(trains: Sequence[Train], curvature: float, beside: Beside, solved: Solved) -> np.ndarray:
    """Standardised errors of predicting every read from those before, train after train."""
    told = []
    for train in trains:
        count = len(train.y)
        heights = beside.heights(count, curvature).tolist()
        left = (train.y - solved.ends[train.owner] @ [np.ones(count), rise(positions(count), curvature)]).tolist()
        mean = variance = 0.0
        for height, value in zip(heights, left, strict=True):
            mean, variance = beside.keeps * mean, beside.keeps**2 * variance + beside.ratio**2
            total = height**2 * variance + 1
            error, gain = value - height * mean, height * variance / total
            mean, variance = mean + gain * error, variance * (1 - gain * height)
            told.append(error / total**0.5)
    return np.array(told) / np.sqrt(solved.read_variance)
