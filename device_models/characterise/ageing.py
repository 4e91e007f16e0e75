"""Simulated cells left alone: conductance over decades of time after programming."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from device_models import Cells, Device, Stream
from device_models.characterise.numbers import YEAR


@dataclass(frozen=True)
class ConductancesOverTime:
    """Cells programmed to exactly g_s (levels) and left alone: median and 10th and 90th percentile, (levels, ages),
    [S]; wandering: the two percentiles with the slow noise that has accumulated (1/f noise), None without."""

    age_s: np.ndarray
    g_s: np.ndarray
    median_s: np.ndarray
    band_s: tuple[np.ndarray, np.ndarray]
    wandering_s: tuple[np.ndarray, np.ndarray] | None


def ageing(device: Device, cells: int = 2000, ages: int = 60) -> ConductancesOverTime:
    """From 1 s to 1 year, for levels at 10, 25, 50 and 100 % of g_max well above g_min, and g_min if it is not 0."""
    conductance = device.conductance
    age_s = np.geomspace(1.0, YEAR, ages)
    shares = conductance.g_max_s * np.array([0.1, 0.25, 0.5, 1.0])
    g_s = np.unique(
        [*([conductance.g_min_s] if conductance.g_min_s else []), *shares[shares > 1.5 * conductance.g_min_s]]
    )
    start = Cells(np.repeat(g_s[:, None], cells, axis=1), Stream())
    aged = np.stack([device.aged_s(start, age) for age in age_s])
    wandering, growing = None, [part for part in device.slow_noise.values() if part.ages]
    if growing:
        normals = Stream().generator("figure wander").standard_normal(start.g_s.shape)
        own = [part.factors(start) for part in growing]

        def sd_s(age_s: float, now_s: np.ndarray) -> np.ndarray:
            each = (part.sd_s(start.g_s, age_s, conductance, now_s) for part in growing)
            return reduce(np.hypot, (factor * sd for factor, sd in zip(own, each, strict=True)))

        sds = [sd_s(age, g) for g, age in zip(aged, age_s, strict=True)]
        wandering = _percentiles(np.maximum(aged + np.stack(sds) * normals, 0.0), 10, 90)
    low, median, high = _percentiles(aged, 10, 50, 90)
    wandering_s = None if wandering is None else (wandering[0], wandering[1])
    return ConductancesOverTime(age_s, g_s, median, (low, high), wandering_s)


def _percentiles(values: np.ndarray, *which: int) -> list[np.ndarray]:
    """Over cells, of (ages, levels, cells); each (levels, ages)."""
    return [percentile.T for percentile in np.percentile(values, which, axis=-1)]
