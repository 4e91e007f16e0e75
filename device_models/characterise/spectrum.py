"""Power spectral density of a device's reads: simulated, and exact.

A process of variance v and correlation time tau, read every dt, has the one-sided density (rho = exp(-dt/tau))

    2 dt v (1 - rho^2) / (1 - 2 rho cos(2 pi f dt) + rho^2),

the Lorentzian 4 v tau / (1 + (2 pi f tau)^2) with what lies above half the sampling rate folded back. Traps give one
for each trap and, as their factors multiply, a weak one for every set of them. 1/f noise gives one for each of its
terms, whose reads are means over a window: of variance a and covariance c(dt) with the next read,

    2 dt [a + 2 c(dt) (cos(2 pi f dt) - rho) / (1 - 2 rho cos(2 pi f dt) + rho^2)].
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.signal import welch

from device_models import Device, ReadLaw
from device_models.characterise.traces import Step, law_at, quiet, sampling_interval_s, simulate
from device_models.parts.flicker import FlickerTerms
from device_models.read_law import TrapLaw

SEGMENT = 4096
LOWEST_BINS = 4  # left out: the mean and what leaks from slower fluctuations
LARGEST_SET = 3  # of traps in one cell


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
    law_ = _first_cells(law)
    m2, white = np.ones_like(law_.g_s), law_.sd_s**2
    if law.selector is not None:
        m2 = law.selector.mean() ** 2
        white = white * (m2 + law.selector.variance())
    parts, total = {}, np.zeros_like(frequency_hz)
    if law_.traps is not None:
        lines = [(m2 * variance, tau_s) for variance, tau_s in _telegraph(law_)]
        total = total + sum(_sampled(v, tau, frequency_hz, interval_s) for v, tau in lines)
        parts["telegraph"] = np.sum([_lorentzian(v, tau, frequency_hz) for v, tau in lines], axis=0)
    if law_.flicker is not None:
        square = float((m2 * law_.flicker.amplitude_s**2).mean())
        total = total + square * _of_windows(law_.flicker.terms, frequency_hz, interval_s)
        parts["1/f"] = square * law_.flicker.terms.spectrum(frequency_hz)
    if law.selector is not None:
        parts["selector"] = _selector(law, law_, frequency_hz, interval_s)
        total = total + parts["selector"]
    if white.any():
        parts["fresh"] = np.full_like(frequency_hz, 2 * interval_s * white.mean())
        total = total + parts["fresh"]
    return total, parts


def _first_cells(law: ReadLaw) -> ReadLaw:
    """The law of the first cells without their selectors."""
    if law.selector is None or not law.selector.per_pair:
        return ReadLaw(law.g_s, law.sd_s, law.traps, law.flicker)
    traps, wander = law.traps, law.flicker
    if traps is not None:
        constants = type(traps.traps)(traps.traps.capture_s[:, 0], traps.traps.emission_s[:, 0])
        traps = TrapLaw(constants, traps.amplitude[:, 0])
    if wander is not None:
        wander = type(wander)(wander.amplitude_s[0], wander.terms, wander.age_s)
    return ReadLaw(law.g_s[0], law.sd_s[0], traps, wander)


def _telegraph(law: ReadLaw) -> list[tuple[np.ndarray, np.ndarray]]:
    """(variance [S^2], correlation time [s]) of every set of up to LARGEST_SET traps."""
    if law.traps is None:
        return []
    q, d, tau0 = law.traps.traps.occupancy, law.traps.amplitude, law.traps.traps.tau0_s
    mean2, variance = (1 - d * q) ** 2, d**2 * q * (1 - q)
    found = []
    for size in range(1, min(len(q), LARGEST_SET) + 1):
        for members in combinations(range(len(q)), size):
            inside = np.isin(np.arange(len(q)), members)
            strength = law.g_s**2 * np.prod(variance[inside], axis=0) * np.prod(mean2[~inside], axis=0)
            found.append((strength, 1 / np.sum(1 / tau0[inside], axis=0)))
    return found


def _of_windows(terms: FlickerTerms, frequency_hz: np.ndarray, interval_s: float) -> np.ndarray:
    """Density over A^2 of reads of 1/f noise every interval_s, long after programming."""
    rho, turn = np.exp(-interval_s / terms.tau_s), np.cos(2 * np.pi * frequency_hz * interval_s)[:, None]
    later = terms.covariances(interval_s) * (turn - rho) / (1 - 2 * rho * turn + rho**2)
    density: np.ndarray = 2 * interval_s * (terms.covariances(0.0) + 2 * later).sum(axis=-1)
    return density


def _lorentzian(variance: np.ndarray, tau_s: np.ndarray, frequency_hz: np.ndarray) -> np.ndarray:
    density = 4 * variance * tau_s / (1 + (2 * np.pi * frequency_hz[:, None] * tau_s) ** 2)
    mean: np.ndarray = density.mean(axis=-1)
    return mean


def _sampled(variance: np.ndarray, tau_s: np.ndarray, frequency_hz: np.ndarray, interval_s: float) -> np.ndarray:
    rho, turn = np.exp(-interval_s / tau_s), np.cos(2 * np.pi * frequency_hz * interval_s)[:, None]
    density = 2 * interval_s * variance * -np.expm1(-2 * interval_s / tau_s) / (1 - 2 * rho * turn + rho**2)
    mean: np.ndarray = density.mean(axis=-1)
    return mean


def _selector(law: ReadLaw, cells: ReadLaw, frequency_hz: np.ndarray, interval_s: float) -> np.ndarray:
    """What xi adds: the transform of v R(k) (Cov(k) + E[X]^2), X the cell without fresh noise."""
    assert law.selector is not None
    variance, mean = law.selector.variance(), cells.conducting_mean_s()
    slow, settled = _telegraph(cells), cells.settled().flicker
    memory = law.selector.correlation_time_s
    lags = int(np.ceil(15 * memory / interval_s)) if memory else 0
    density = np.zeros_like(frequency_hz)
    for lag in range(lags + 1):
        shared = sum((v * np.exp(-lag * interval_s / tau_s) for v, tau_s in slow), start=mean**2)
        shared = shared if settled is None else shared + settled.covariance(lag * interval_s)
        kept = float((variance * law.selector.correlation(lag * interval_s) * shared).mean())
        density += (1 if lag == 0 else 2) * kept * np.cos(2 * np.pi * frequency_hz * lag * interval_s)
    return 2 * interval_s * density
