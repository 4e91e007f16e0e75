"""Measured traces made without the device model: drawn holding times, sampled on a grid."""

from __future__ import annotations

import numpy as np

from device_models.fit import Trace


def two_level_states(n: int, dt_s: float, capture_s: float, emission_s: float, rng: np.random.Generator) -> np.ndarray:
    """Stationary states 0 (free) and 1 (captured) at 0, dt, 2 dt, ..., from exponential holding times."""
    first = int(rng.random() < emission_s / (capture_s + emission_s))
    holds = rng.exponential(1.0, 4 * int(n * dt_s / (capture_s + emission_s)) + 200)
    holds[first::2] *= capture_s
    holds[1 - first :: 2] *= emission_s
    ends = np.cumsum(holds)
    assert ends[-1] > n * dt_s
    return (first + np.searchsorted(ends, np.arange(n) * dt_s, side="right")) % 2


def telegraph_trace(
    n: int,
    seed: int,
    *,
    dt_s: float = 1e-3,
    capture_s: float = 0.03,
    emission_s: float = 0.015,
    amplitude: float = 0.1,
    noise: float = 0.02,
    g_s: float = 50e-6,
    cell: str = "a",
) -> Trace:
    """A two-level trace with fresh noise of sd `noise` * g_s; amplitude 0 gives one level."""
    rng = np.random.default_rng(seed)
    states = two_level_states(n, dt_s, capture_s, emission_s, rng)
    return as_trace(g_s * (1 - amplitude * states) + noise * g_s * rng.standard_normal(n), dt_s, cell)


def as_trace(g_s: np.ndarray, dt_s: float = 1e-3, cell: str = "a") -> Trace:
    return Trace(cell, np.arange(len(g_s)) * dt_s, g_s, "trace.csv", "trace.csv:2")
