"""Traps far faster than a read window: their mean factor, and one fresh normal per read in the place of their switches.

A trap that goes through c = (T / tau0) q (1 - q) cycles of capture and emission in a window T is averaged to nearly a
normal. The variance is exact, v (2 tau0/T) [1 - (tau0/T)(1 - exp(-T/tau0))]: docs/physics.md#window-averages. What is
lost, per trap: skewness |1 - 2q| (3 / sqrt 2) / sqrt c, excess kurtosis below 6/c, and the correlation of windows that
follow each other at once, at most tau0 / 2T <= 1/(8 c). A column's sum has less by the square root of its cells. Beside
slower traps of the same cell, the normal has its variance averaged over their states.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from device_models.parts.telegraph import Traps
from device_models.parts.windows import window_attenuation
from device_models.read_law import ReadLaw, TrapLaw

FEWEST_CYCLES = 25.0  # skewness below 0.43, correlation of adjoining windows below 0.005
NEVER_S = np.float32(1e30)  # mean times of a trap that has been replaced


def without_fast_traps(law: ReadLaw, window_s: float, fewest_cycles: float = FEWEST_CYCLES) -> ReadLaw:
    """The law with the mean factor of fast traps in g_s and their variance in sd_s; such traps keep their places, with
    amplitude 0, unless none is left: then `traps` is None."""
    if law.traps is None:
        return law
    q, tau0_s, d = law.traps.traps.occupancy, law.traps.traps.tau0_s, law.traps.amplitude
    fast = window_s / tau0_s * q * (1 - q) >= fewest_cycles
    if not fast.any():
        return law
    mean, variance = 1 - d * q, d**2 * q * (1 - q)
    second = np.where(fast, mean**2 + variance * window_attenuation(tau0_s, window_s), 1.0)
    squared = np.where(fast, mean**2, 1.0)
    relative = np.prod(second, axis=0) - np.prod(squared, axis=0)
    slower = np.prod(np.where(fast, 1.0, mean**2 + variance), axis=0)
    slower_law = law.with_slow("telegraph", None if fast.all() else _kept(law.traps, fast))
    return replace(
        slower_law,
        g_s=(law.g_s * np.prod(np.where(fast, mean, 1.0), axis=0)).astype(law.g_s.dtype),
        sd_s=np.sqrt(law.sd_s**2 + law.g_s**2 * relative * slower).astype(law.sd_s.dtype),
    )


def _kept(law: TrapLaw, fast: np.ndarray) -> TrapLaw:
    """The traps that are not fast."""
    times = (np.where(fast, NEVER_S, values) for values in (law.traps.capture_s, law.traps.emission_s))
    return TrapLaw(Traps(*times), np.where(fast, law.amplitude.dtype.type(0), law.amplitude))
