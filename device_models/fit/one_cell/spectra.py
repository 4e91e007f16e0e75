"""The spectrum of a trace, and of a law sampled as the trace is."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from device_models.fit.one_cell.laws import Law
from device_models.fit.one_cell.power_law import sampled
from device_models.fit.one_cell.standard import Standard
from device_models.fit.one_cell.telegraph import trap_of_path, traps_of_chain

SEGMENTS, PER_DECADE = 8, 20
ALIKE = 1.5  # of a decade of two spectra, at most


def alike(s: Standard, law: Law) -> bool:
    """Whether a law, of traps that switch at the same rates all the time, has the level of the spectrum in each
    decade."""
    frequency_hz, measured = welch_of(s, s.y)
    ratio = np.log(density_of(s, law, frequency_hz) / measured)
    decade = np.floor(np.log10(frequency_hz / frequency_hz[0])).astype(int)
    counts = np.bincount(decade)
    return bool(np.all(np.abs(np.bincount(decade, ratio) / counts) < np.log(ALIKE)))


def density_of(s: Standard, law: Law, frequency_hz: np.ndarray) -> np.ndarray:
    """Spectrum [S^2/Hz] of a law as it is sampled: noise, traps, and what trend and steps make of their own."""
    turns = frequency_hz * s.interval_s
    density = law.noise.spectrum(turns)
    for variance, tau in _lines(law):
        density = density + variance * sampled(np.array([tau]), turns)[:, 0]
    density = s.scale_s**2 * s.interval_s * density
    if law.trend is None and not law.steps:
        return np.asarray(density)
    own = s.y - law.flat if law.trend is not None else law.mean
    found, part = welch_of(s, own)
    return np.asarray(density + np.interp(frequency_hz, found, part))


def _lines(law: Law) -> list[tuple[float, float]]:
    """Variance and correlation time [intervals] of each trap alone."""
    traps = [] if law.chain is None else traps_of_chain(law.chain)
    traps += [] if law.coloured is None else [trap_of_path(law.coloured)]
    lines = []
    for trap in traps:
        capture, emission = expit(trap.x[:2])
        q, both = capture / (capture + emission), min(capture + emission, 1 - 1e-9)
        lines.append((float(q * (1 - q) * (trap.x[2] - trap.x[3]) ** 2), float(-1 / np.log1p(-both))))
    return lines


def welch_of(s: Standard, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.signal import welch

    length = max(2 * s.samples // SEGMENTS, 16)
    frequency, density = welch(values, fs=1 / s.interval_s, nperseg=min(length, s.samples), detrend="constant")
    frequency, density = frequency[1:], s.scale_s**2 * density[1:]
    index = np.floor(PER_DECADE * np.log10(frequency / frequency[0])).astype(int)
    _, index = np.unique(index, return_inverse=True)
    counts = np.bincount(index)
    return np.bincount(index, frequency) / counts, np.bincount(index, density) / counts
