"""What a user may give as conductances and voltages."""

from __future__ import annotations

from typing import Any

import numpy as np

from device_models.checks.arguments import real_array
from device_models.errors import CircuitError


def checked_conductances(g_s: Any) -> np.ndarray:
    """g_s (rows, cols) [S] as float64; raises CircuitError unless it is a matrix of finite conductances >= 0."""
    g = _numbers("g_s", g_s)
    if g.ndim != 2 or g.size == 0:
        raise CircuitError(f"g_s has shape {g.shape}: allowed is (rows, cols), with at least one cell")
    if not (g.min() >= 0 and g.max() < np.inf):
        wrong = np.argwhere(~(np.isfinite(g) & (g >= 0)))
        row, col = wrong[0]
        raise CircuitError(
            f"g_s[{row}, {col}] = {g[row, col]} S ({len(wrong)} such cells): a conductance is finite and not negative; "
            "an open cell is 0"
        )
    return g


def checked_voltages(v: Any, rows: int) -> np.ndarray:
    """v (batch, rows) [V] as float64; raises CircuitError for another shape or voltages that are not finite."""
    voltages = _numbers("v", v)
    if voltages.ndim != 2 or voltages.shape[1] != rows:
        raise CircuitError(f"v has shape {voltages.shape}: allowed is (batch, {rows}), one voltage for every row")
    if not np.isfinite(voltages).all():
        raise CircuitError("v has values that are not finite")
    return voltages


def _numbers(name: str, values: Any) -> np.ndarray:
    array = real_array(values)
    if array is None:
        raise CircuitError(f"{name}: allowed are real numbers in rows of equal length")
    return array.astype(np.float64)
