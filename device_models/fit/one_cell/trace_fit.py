"""What was found in one cell's reads: the law that describes them best, its parts, and how the other laws did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from device_models.fit.interval import Estimate
from device_models.fit.one_cell.jumps import Jumps
from device_models.fit.one_cell.telegraph import TwoLevels
from device_models.shown import shown

LEVELS = 200  # of which the density of a fit is made


@shown
@dataclass(frozen=True)
class SlowNoise:
    """Noise of spectrum S(f) = amplitude_s^2 / 1 Hz * (f / 1 Hz)^-exponent, one-sided [S^2/Hz]: amplitude_s^2 is f S(f)
    at 1 Hz. exponent 1: 1/f noise, 2: a random walk."""

    amplitude_s: Estimate
    exponent: Estimate


@shown
@dataclass(frozen=True)
class Trend:
    """A steady change. drift: ln G = ln level - slope ln(t / reference_time_s), slope the exponent nu; relaxation:
    G = level + slope ln(t / reference_time_s), slope in S per unit of ln t."""

    kind: Literal["drift", "relaxation"]
    slope: Estimate
    reference_time_s: float


@shown
@dataclass(frozen=True)
class LevelStep:
    """A change of the level that is not undone: when [s], and by how much [S]."""

    time_s: float
    change_s: Estimate


@shown
@dataclass(frozen=True)
class Candidate:
    """One law that was tried. kind: its parts, joined by " + ", such as `flicker + white`. margin: its BIC above the
    best. spectrum_p: of a periodogram farther from its spectrum than this one; None where not tested.
    fitted_s: its expected level at every sample of the trace; density: its spectrum [S^2/Hz] at the frequencies of
    `Spectrum`."""

    kind: str
    parameters: int
    bic: float
    margin: float
    spectrum_p: float | None
    fitted_s: np.ndarray
    density: np.ndarray


@shown
@dataclass(frozen=True)
class Spectrum:
    """Welch periodogram of a trace in bins of equal ln f: frequencies [Hz], one-sided density [S^2/Hz], and that of the
    chosen law."""

    frequency_hz: np.ndarray
    measured: np.ndarray
    fitted: np.ndarray


@shown
@dataclass(frozen=True)
class TraceFit:
    """One cell's trace. level_s: the uncaptured (programmed) level, or the only one. noise_s: sd of what is fresh in
    every sample.

    kind: parts of the chosen law joined by " + ", of `white`, `flicker`, `random walk`, `drift`, `relaxation`, `trap`,
    `2 traps`, `steps`. traps: largest amplitude first. candidates: all laws that were tried, best first. unexplained:
    what no law explains, a sentence, or nothing; `slow` is then the total slow noise as flicker. jumps: what steps, or
    changes that no law explains, add to the variance, as a slow trap; level_s is its upper level. total_sd_s,
    step_sd_s: sd of the samples, and of their successive differences over sqrt 2. goodness_p: Kolmogorov-Smirnov p of
    every sample against its prediction from the samples before (a little too large, as the parameters are fitted).
    time_s, g_s, fitted_s: the trace and its expected level, for an overlay.
    """

    cell: str
    file: str
    samples: int
    interval_s: float
    kind: str
    level_s: Estimate
    noise_s: Estimate
    slow: SlowNoise | None
    trend: Trend | None
    traps: tuple[TwoLevels, ...]
    steps: tuple[LevelStep, ...]
    candidates: tuple[Candidate, ...]
    spectrum: Spectrum | None
    unexplained: str
    total_sd_s: float
    step_sd_s: float
    goodness_p: float
    warnings: tuple[str, ...] = ()
    jumps: Jumps | None = None
    time_s: np.ndarray = field(default_factory=lambda: np.zeros(0))
    g_s: np.ndarray = field(default_factory=lambda: np.zeros(0))
    fitted_s: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def telegraph(self) -> TwoLevels | None:
        """The trap of the largest amplitude."""
        return self.traps[0] if self.traps else None

    def density(self, g_s: np.ndarray) -> np.ndarray:
        """Fitted probability density [1/S] of one sample, slow noise included, for a histogram."""
        two = self.telegraph
        if self.kind == "trap + white" and two is not None:
            q = two.occupancy.value
            free = _normal(g_s, two.uncaptured_s.value, two.noise_uncaptured_s)
            return (1 - q) * free + q * _normal(g_s, two.captured_s.value, two.noise_captured_s)
        sd = max(float((self.g_s - self.fitted_s).std(ddof=1)), 1e-6 * self.total_sd_s)
        levels = np.quantile(self.fitted_s, (np.arange(LEVELS) + 0.5) / LEVELS)
        return np.asarray(_normal(np.asarray(g_s)[..., None], levels, sd).mean(axis=-1))


def _normal(g_s: np.ndarray, mean: np.ndarray | float, sd: float) -> np.ndarray:
    return np.asarray(np.exp(-(((g_s - mean) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi)))
