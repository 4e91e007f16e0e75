"""Fits of single cells as they come out, to make laws over cells of."""

from __future__ import annotations

from typing import Any

import numpy as np

from device_models.fit.interval import Estimate, around
from device_models.fit.one_cell.telegraph import TwoLevels
from device_models.fit.one_cell.trace_fit import SlowNoise, TraceFit


def cell_fit(level_s: float, noise_s: float, samples: int = 2000, interval_s: float = 1e-3, **fields: Any) -> TraceFit:
    """Of fresh noise of this sd, whose error is that of as many samples; the samples themselves are normal."""
    g_s = level_s + noise_s * np.random.default_rng(int(level_s * 1e12) % 2**32).standard_normal(samples)
    given = {
        "cell": f"{level_s:g}", "file": "cells.csv", "samples": samples, "interval_s": interval_s, "kind": "white",
        "level_s": around(level_s, noise_s / np.sqrt(samples), "S"),
        "noise_s": around(noise_s, 1 / np.sqrt(2 * samples), "S", "log"), "slow": None, "trend": None, "traps": (),
        "steps": (), "candidates": (), "spectrum": None, "unexplained": "", "total_sd_s": noise_s,
        "step_sd_s": noise_s, "goodness_p": 0.5, "time_s": interval_s * np.arange(samples), "g_s": g_s,
        "fitted_s": np.full(samples, level_s),
    }  # fmt: skip
    return TraceFit(**(given | fields))


def slow(amplitude_s: float, exponent: float = 1.0, log_se: float = 0.05) -> SlowNoise:
    """With a known error of ln A, and one of 0.05 of the exponent."""
    return SlowNoise(around(amplitude_s, log_se, "S", "log"), around(exponent, 0.05, "1"))


def trap(
    level_s: float, step: float, capture_s: float = 0.03, emission_s: float = 0.01, log_se: float = 0.05
) -> TwoLevels:
    """dR/R = step, with a known error of its logarithm."""

    def about(value: float, unit: str) -> Estimate:
        return around(value, log_se, unit, "log")

    amplitude = step / (1 + step)
    return TwoLevels(
        uncaptured_s=about(level_s, "S"), captured_s=about(level_s * (1 - amplitude), "S"),
        amplitude=about(amplitude, "fraction of G"), relative_step=about(step, "fraction of R"),
        occupancy=about(emission_s / (capture_s + emission_s), "probability"), capture_s=about(capture_s, "s"),
        emission_s=about(emission_s, "s"), noise_uncaptured_s=0.01 * level_s, noise_captured_s=0.01 * level_s,
        relative_step_log_se=log_se, switches=100,
    )  # fmt: skip
