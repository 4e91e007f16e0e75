"""One trace as the laws are fitted to it: times in intervals, conductances standardised, and the logarithm of time.

Drift and relaxation count time from programming; times that begin at 0 begin with the first read, and are then counted
from one interval before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Standard:
    """time: in intervals, rising, from 0. y: (g - middle_s) / scale_s. log_time: ln t, mean 0; its reference
    `first_log_time` is that of the first read at first_time_s."""

    time: np.ndarray
    y: np.ndarray
    log_time: np.ndarray
    interval_s: float
    middle_s: float
    scale_s: float
    first_time_s: float

    @property
    def samples(self) -> int:
        return len(self.y)

    def without_drift(self, exponent: float) -> np.ndarray:
        """y of g (t / t_m)^exponent, t_m the geometric mean of the times (so the density keeps its measure)."""
        g = self.y + self.middle_s / self.scale_s
        return np.asarray(g * np.exp(exponent * self.log_time) - self.middle_s / self.scale_s)


def standard(time_s: np.ndarray, g_s: np.ndarray, interval_s: float) -> Standard:
    begun = time_s[0] > 0.5 * interval_s
    after = time_s if begun else time_s - time_s[0] + interval_s
    logs = np.log(after)
    middle, scale = float(g_s.mean()), float(g_s.std())
    return Standard(
        time=(time_s - time_s[0]) / interval_s,
        y=(g_s - middle) / scale,
        log_time=logs - logs.mean(),
        interval_s=interval_s,
        middle_s=middle,
        scale_s=scale,
        first_time_s=float(after[0]),
    )
