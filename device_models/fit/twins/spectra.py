"""Welch periodograms of traces, the slope of their logarithm, and their level in every decade of frequency."""

from __future__ import annotations

import numpy as np
from scipy.signal import welch

SEGMENTS = 4  # in a trace, without the overlap: a longer trace resolves lower frequencies
FEWEST_READS = 128
POINTS_PER_DECADE = 8
FEWEST_IN_DECADE = 4  # frequencies
LOWEST_BINS = 2  # left out: the mean, and what leaks from slower fluctuations


def periodogram(reads_s: np.ndarray, interval_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies [Hz] and one-sided densities [S^2/Hz], (frequencies, *traces), of reads (reads, *traces) of a common
    interval; gaps are read over. Empty for fewer than FEWEST_READS reads."""
    if len(reads_s) < FEWEST_READS:
        return np.zeros(0), np.zeros((0, *reads_s.shape[1:]))
    segment = 1 << int(np.log2(len(reads_s) / SEGMENTS))
    frequency_hz, density = welch(np.moveaxis(reads_s, 0, -1), fs=1 / interval_s, nperseg=segment)
    return frequency_hz[LOWEST_BINS:-1], np.moveaxis(density, -1, 0)[LOWEST_BINS:-1]


def binned(frequency_hz: np.ndarray, density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over bins of even width in ln f."""
    if not len(frequency_hz):
        return frequency_hz, density
    number = np.floor(POINTS_PER_DECADE * np.log10(frequency_hz / frequency_hz[0]) + 1e-9).astype(int)
    _, starts, counts = np.unique(number, return_index=True, return_counts=True)
    weights = counts.reshape(-1, *(1,) * (density.ndim - 1))
    return (
        np.exp(np.add.reduceat(np.log(frequency_hz), starts) / counts),
        np.add.reduceat(density, starts, axis=0) / weights,
    )


def slope(frequency_hz: np.ndarray, density: np.ndarray) -> np.ndarray:
    """d ln S / d ln f of every trace, least squares over the binned points; NaN for fewer than three."""
    frequency_hz, density = binned(frequency_hz, density)
    if len(frequency_hz) < 3:
        return np.full(density.shape[1:], np.nan)
    x = np.log(frequency_hz)
    x = (x - x.mean()).reshape(-1, *(1,) * (density.ndim - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: np.ndarray = (x * np.log(density)).sum(axis=0) / (x**2).sum()
    return found


def decades(frequency_hz: np.ndarray) -> list[tuple[float, float]]:
    """Decades of frequency with frequencies enough in them: (from, to) in Hz, powers of ten."""
    if not len(frequency_hz):
        return []
    powers = np.floor(np.log10(frequency_hz) + 1e-9)
    return [
        (float(10.0**power), float(10.0 ** (power + 1)))
        for power in np.unique(powers)
        if np.count_nonzero(powers == power) >= FEWEST_IN_DECADE
    ]


def level(frequency_hz: np.ndarray, density: np.ndarray, decade: tuple[float, float]) -> np.ndarray:
    """Mean density [S^2/Hz] over the binned points of a decade, of every trace."""
    frequency_hz, density = binned(frequency_hz, density)
    inside = (frequency_hz >= decade[0] * (1 - 1e-9)) & (frequency_hz < decade[1])
    return density[inside].mean(axis=0) if inside.any() else np.full(density.shape[1:], np.nan)
