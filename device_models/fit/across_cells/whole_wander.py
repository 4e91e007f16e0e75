"""Slow noise of a cell that a preset can carry: with a trend that is no drift of the preset.

A preset has no key for a drift whose times are not since programming. Left out, most of the wander of some cells would
be missing; so it is counted as slow noise: the density of the whole trace at the middle
of its band of frequencies (`total_noise`), with the exponent, 1 to 2, that gives the whole variance between 1/T and
half the sampling rate, less that of traps; where that is still too little, the density is raised.
"""

from __future__ import annotations

import numpy as np

from device_models.fit.interval import Estimate, around
from device_models.fit.one_cell.power_law import band
from device_models.fit.one_cell.trace_fit import SlowNoise, TraceFit

LEAST_EXPONENT, MOST_EXPONENT = 0.4, 2.0  # of a preset
FAST = 0.5  # of the differences of successive reads in fresh noise, below which those of slow noise count
HALVINGS = 50


def whole_wander(fit: TraceFit) -> SlowNoise:
    """Of the samples less what is fresh; the intervals are those of the fit of the spectrum, for the level, and of
    what the variance leaves open, for the exponent."""
    from device_models.fit.one_cell.total_noise import matched

    scale, dt = float(fit.g_s.std()), fit.interval_s
    found = matched((fit.g_s - fit.g_s.mean()) / scale)
    own = float(found.noise.exponent)
    amplitude = scale * float(np.sqrt(found.noise.density * dt ** (1 - own)))
    low, high = band_of(fit)
    middle = float(np.sqrt(low * high))
    density = amplitude**2 * middle**-own
    traps = sum(
        (trap.amplitude.value * trap.uncaptured_s.value) ** 2 * trap.occupancy.value * (1 - trap.occupancy.value)
        for trap in fit.traps
    )
    wanted = max(fit.total_sd_s**2 - fit.noise_s.value**2 - traps, 0.0)
    if fit.slow is not None and fit.noise_s.value < FAST * fit.step_sd_s:
        top = fit.slow.amplitude_s.value**2 * high**-fit.slow.exponent.value
        if top * high**MOST_EXPONENT * band(MOST_EXPONENT, low, high) >= wanted:
            return _from_the_top(fit.slow, top, wanted, (low, high), found.covariance)
    exponent = _exponent(wanted, density, middle, low, high)
    short = wanted / (density * middle**exponent * band(exponent, low, high))
    density *= short if exponent == MOST_EXPONENT and short > 1 else 1.0
    se = float(np.sqrt(max(found.covariance[0, 0], 0.0))) / 2
    ends = sorted((own, exponent))
    return SlowNoise(
        around(float(np.sqrt(density * middle**exponent)), max(se, 0.05), "S", "log"),
        Estimate(exponent, ends[0] - 0.05, ends[1] + 0.05, "1"),
    )


def _from_the_top(
    slow: SlowNoise, density: float, wanted: float, ends: tuple[float, float], covariance: np.ndarray
) -> SlowNoise:
    """Where the differences of successive reads are of slow noise too: its density at the highest frequency, on which
    they depend most, and the exponent that gives the whole variance."""
    low, high = ends
    least, most = LEAST_EXPONENT, MOST_EXPONENT
    for _ in range(HALVINGS):
        half = (least + most) / 2
        enough = density * high**half * band(half, low, high) >= wanted
        least, most = (least, half) if enough else (half, most)
    error = float(np.sqrt(max(covariance[0, 0], 0.0))) / 2
    flat, steep = sorted((slow.exponent.value, most))
    return SlowNoise(
        around(float(np.sqrt(density * high**most)), max(error, 0.05), "S", "log"),
        Estimate(most, flat - 0.05, steep + 0.05, "1"),
    )


def _exponent(variance: float, density: float, middle: float, low: float, high: float) -> float:
    """That gives the variance with a density at the middle frequency; the nearer of 1 and 2 where none does. For a
    middle that is the geometric mean of the ends the variance is least at 1."""
    least, most = 1.0, MOST_EXPONENT

    def of(exponent: float) -> float:
        return density * middle**exponent * band(exponent, low, high)

    if of(1.0) >= variance:
        return 1.0
    for _ in range(HALVINGS):
        half = (least + most) / 2
        least, most = (half, most) if of(half) < variance else (least, half)
    return most


def band_of(fit: TraceFit) -> tuple[float, float]:
    """Frequencies [Hz] that a trace shows: 1/T to half the sampling rate."""
    return 1 / (fit.samples * fit.interval_s), 1 / (2 * fit.interval_s)
