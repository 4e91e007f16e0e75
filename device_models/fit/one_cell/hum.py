"""Sines in a trace: mains hum and other lines of the instrument, found in the periodogram and left out of the laws.

A line is an ordinate far above its neighbours. Those of noise and traps are exponential around a spectrum that is
smooth over a few dozen of them (median / ln 2 is the mean), so the largest of m exceeds r means with probability
m exp(-r): Fisher's test (1929, doi:10.1098/rspa.1929.0151) against a spectrum that need not be flat. The slowest
ordinates, where trends and steps are, are not tested, nor those next to half the sampling rate (`fresh.alternation`).
A line that wanders, as the mains do, is left out as several sines a few ordinates apart, and is told as one: the sizes
of sines so close hang together and say nothing alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import median_filter

from device_models.fit.measurements.table import Trace

CERTAIN = 1e-6  # probability of a line where there is none
NEIGHBOURS = 61
SLOWEST, FASTEST = 31, 0.49  # with as many neighbours on either side, and no trend
MOST_LINES = 8  # sines
ONE_LINE = 4.0  # ordinates between sines of one line, at most
MAINS_HZ = (50.0, 60.0)
HARMONICS, NEAR_HZ = 7, 0.3
SLOW_HZ = 20.0  # sampling rate from which on up a folded harmonic of the mains can be told from chance


@dataclass(frozen=True)
class Line:
    """A sine: frequency [1/interval] and amplitude (sqrt 2 times the sd), in the trace's unit."""

    frequency: float
    amplitude: float


def without_hum(trace: Trace, interval_s: float, notes: list[str]) -> Trace:
    """The trace less its lines; adds to `notes`."""
    lines, waves = find_lines((trace.time_s - trace.time_s[0]) / interval_s, trace.g_s)
    notes += [told(line, interval_s) for line in lines]
    return replace(trace, g_s=trace.g_s - waves) if lines else trace


def find_lines(time: np.ndarray, y: np.ndarray) -> tuple[list[Line], np.ndarray]:
    """Lines, largest first, and their sum at every sample; time in intervals."""
    frequencies: list[float] = []
    total = np.zeros(len(y))
    while len(frequencies) < MOST_LINES and (place := _peak(y - total)) is not None:
        frequencies.append(_refined(time, y - total, place))
        waves = np.column_stack([wave for f in frequencies for wave in _waves(time, f)])
        columns = np.column_stack([np.ones(len(y)), waves])
        sizes = np.linalg.lstsq(columns, y, rcond=None)[0][1:]
        total = waves @ sizes
    if not frequencies:
        return [], total
    parts = (waves * sizes).reshape(len(y), -1, 2).sum(axis=2)
    return sorted(_lines(frequencies, parts), key=lambda line: -line.amplitude), total


def _lines(frequencies: list[float], parts: np.ndarray) -> Iterator[Line]:
    """Of sines in order of finding, each with its part of every sample (samples, sines)."""
    order = np.argsort(frequencies)
    apart = np.diff(np.array(frequencies)[order]) > ONE_LINE / len(parts)
    for sines in np.split(order, np.flatnonzero(apart) + 1):
        yield Line(frequencies[sines.min()], float(np.sqrt(2) * parts[:, sines].sum(axis=1).std()))


def told(line: Line, interval_s: float) -> str:
    """What was found and what was done about it."""
    hertz = line.frequency / interval_s
    name = "mains hum" if is_mains(hertz, interval_s) else "a line of the instrument?"
    size = f"amplitude {line.amplitude:.3g} S, sd {line.amplitude / np.sqrt(2):.2g} S"
    return f"a sine of {hertz:.4g} Hz ({name}), {size}, is left out of the laws and of the preset"


def is_mains(hertz: float, interval_s: float) -> bool:
    """Whether a harmonic of 50 or 60 Hz is read as this frequency, folded where it is above half the sampling rate."""
    if 1 / interval_s < SLOW_HZ:
        return False
    turns = np.outer(MAINS_HZ, np.arange(1, HARMONICS + 1)) * interval_s
    return bool(np.any(np.abs(np.abs(turns - np.rint(turns)) / interval_s - hertz) < NEAR_HZ))


def _peak(y: np.ndarray) -> float | None:
    """Frequency of the largest ordinate over its neighbours, if it is a line."""
    n = len(y)
    power = np.abs(np.fft.rfft((y - y.mean()) * np.hanning(n))) ** 2
    means = median_filter(power, NEIGHBOURS, mode="reflect") / np.log(2)
    ratio = (power / np.maximum(means, 1e-300))[SLOWEST : int(FASTEST * n)]
    if not len(ratio):
        return None
    largest = int(np.argmax(ratio))
    return (SLOWEST + largest) / n if len(ratio) * np.exp(-ratio[largest]) < CERTAIN else None


def _refined(time: np.ndarray, y: np.ndarray, frequency: float) -> float:
    """Of least squares, within an ordinate to each side."""
    from scipy.optimize import minimize_scalar

    taper = np.hanning(len(y) + 2)[1:-1]
    tapered = taper * (y - y.mean())

    def loss(f: float) -> float:
        return -float(np.abs(np.exp(-2j * np.pi * f * time) @ tapered))

    span = 1 / len(y)
    bounds = (frequency - span, frequency + span)
    return float(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-3 * span}).x)


def _waves(time: np.ndarray, frequency: float) -> tuple[np.ndarray, np.ndarray]:
    return np.cos(2 * np.pi * frequency * time), np.sin(2 * np.pi * frequency * time)
