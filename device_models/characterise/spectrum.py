"""Power spectral density of a device's reads: simulated, and exact.

A process of variance v and correlation time tau, read every dt, has the one-sided density (rho = exp(-dt/tau))

    2 dt v (1 - rho^2) / (1 - 2 rho cos(2 pi f dt) + rho^2),

the Lorentzian 4 v tau / (1 + (2 pi f tau)^2) with what lies above half the sampling rate folded back. The law of each
slow noise says of which it is the sum (see `device_models.parts.slow_law`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import welch

from device_models import Device, ReadLaw
from device_models.characterise.traces import Step, first_cells, law_at, quiet, sampling_interval_s, simulate
from device_models.parts.selector import SelectorLaw

SEGMENT = 4096
LOWEST_BINS = 4  # left out: the mean and what leaks from slower fluctuations


@dataclass(frozen=True)
class Spectrum:
    """Densities over G^2 [1/Hz] at frequency_hz, means over cells at `g_s`. exact: of reads every interval_s; parts: of
    each effect by itself, continuous in time."""

    g_s: float
    interval_s: float
    cells: int
    frequency_hz: np.ndarray
    simulated: np.ndarray
    exact: np.ndarray
    parts: dict[str, np.ndarray]


def simulated_spectrum(device: Device, cells: int = 300, reads: int = 4 * SEGMENT, step: Step = quiet) -> Spectrum:
    """Of cells at mid range, averaged by Welch's method."""
    interval_s = sampling_interval_s(device)
    middle_s = (device.conductance.g_min_s + device.conductance.g_max_s) / 2
    law = law_at(device, np.full(cells, middle_s), interval_s)
    seen = simulate(device, law, reads, interval_s, step)
    frequency_hz, density = welch(seen.T, fs=1 / interval_s, nperseg=SEGMENT)
    frequency_hz, density = frequency_hz[LOWEST_BINS:-1], density[:, LOWEST_BINS:-1].mean(axis=0)
    exact, parts = exact_spectra(law, frequency_hz, interval_s)
    scale = middle_s**2
    parts = {name: part / scale for name, part in parts.items()}
    return Spectrum(middle_s, interval_s, cells, frequency_hz, density / scale, exact / scale, parts)


def exact_spectra(
    law: ReadLaw, frequency_hz: np.ndarray, interval_s: float
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """[S^2/Hz], means over the (first) cells: of reads every interval_s, and of each effect, continuous in time."""
    cells = first_cells(law)
    m2, white = np.ones_like(cells.g_s), cells.sd_s**2
    if law.selector is not None:
        m2 = law.selector.mean() ** 2
        white = white * (m2 + law.selector.variance())
    parts, total = {}, np.zeros_like(frequency_hz)
    for slow in cells.slow.values():
        sampled, parts[slow.short] = slow.densities(cells.g_s, m2, frequency_hz, interval_s)
        total = total + sampled
    if law.selector is not None:
        parts["selector"] = _selector(law.selector, cells, frequency_hz, interval_s)
        total = total + parts["selector"]
    if white.any():
        parts["fresh"] = np.full_like(frequency_hz, 2 * interval_s * white.mean())
        total = total + parts["fresh"]
    return total, parts


def _selector(selector: SelectorLaw, cells: ReadLaw, frequency_hz: np.ndarray, interval_s: float) -> np.ndarray:
    """What xi adds: the transform of v R(k) (Cov(k) + E[X]^2), X the cell without fresh noise."""
    variance, mean, settled = selector.variance(), cells.conducting_mean_s(), cells.settled()
    memory = selector.correlation_time_s
    lags = int(np.ceil(15 * memory / interval_s)) if memory else 0
    density = np.zeros_like(frequency_hz)
    for lag in range(lags + 1):
        shared = mean**2 + settled.slow_covariance_s2(0.0, lag * interval_s)
        kept = float((variance * selector.correlation(lag * interval_s) * shared).mean())
        density += (1 if lag == 0 else 2) * kept * np.cos(2 * np.pi * frequency_hz * lag * interval_s)
    return 2 * interval_s * density
