"""1/f noise as a trajectory: Ornstein-Uhlenbeck terms that grow from programming on (derivation: see `flicker`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from device_models.cells import Cells
from device_models.errors import ConfigError
from device_models.number_text import time_text
from device_models.parts.ornstein_uhlenbeck import grown_variance
from device_models.parts.slow_law import Lines, SlowLaw
from device_models.parts.windows import WindowStep, start_share, window_attenuation, window_covariance, window_step
from device_models.shown import shown
from device_models.streams import Stream

BEGUN = float(np.exp(-np.euler_gamma) / (4 * np.pi))  # share of the age


@shown
@dataclass(frozen=True)
class FlickerTerms:
    """Ornstein-Uhlenbeck terms, fastest first: correlation times [s] and variances in units of A^2, shape (terms).
    window_s: over which a read averages them (see `device_models.parts.windows`); whatever is said of reads is of
    means over it, exactly, for reads whose starts are at least a window apart."""

    tau_s: np.ndarray
    variance: np.ndarray
    window_s: float = 0.0

    def grown(self, age_s: float) -> np.ndarray:
        """Share of its variance that each term has `age_s` after programming (see the module's text), (terms)."""
        return grown_variance(BEGUN * age_s, self.tau_s)

    def covariances(self, lag_s: float) -> np.ndarray:
        """Of every term: covariance over A^2 of reads lag_s apart (0: the variance) long after programming, (terms)."""
        if lag_s == 0:
            return self.variance * window_attenuation(self.tau_s, self.window_s)
        return self.variance * window_covariance(self.tau_s, self.window_s, lag_s)

    def of_start(self, lag_s: float) -> np.ndarray:
        """The part of `covariances` that the states at the start of the first window account for, (terms)."""
        return self.variance * start_share(self.tau_s, self.window_s) ** 2 * np.exp(-lag_s / self.tau_s)

    def covariance(self, age_s: float, lag_s: float) -> float:
        """Covariance over A^2 of the read at `age_s` with one lag_s later (0: its variance)."""
        return float((self.covariances(lag_s) - (1 - self.grown(age_s)) * self.of_start(lag_s)).sum())

    def accumulated(self, age_s: float) -> float:
        """Variance since programming over A^2."""
        return self.covariance(age_s, 0.0)

    def fresh(self, interval_s: float) -> float:
        """Half the mean squared change over interval_s, over A^2: what one read does not share with the next."""
        return float((self.covariances(0.0) - self.covariances(interval_s)).sum())

    def frozen(self, age_s: float, interval_s: float) -> float:
        """The rest of `accumulated`: successive reads have it in common."""
        return max(self.accumulated(age_s) - self.fresh(interval_s), 0.0)

    def settled(self, _age_s: float) -> FlickerTerms:
        """Terms whose covariance, at the age infinity, changes with the lag as that of reads long after programming."""
        return self

    def steps(self, step_s: float) -> WindowStep:
        """One read of terms in units of their sd, and the step to the next read, step_s later.

        Raises ConfigError where the windows of the two would overlap.
        """
        if step_s < self.window_s * (1 - 1e-9):
            raise ConfigError(
                f"reads every {time_text(step_s)} are closer than their window of {time_text(self.window_s)}: 1/f "
                "noise needs an interval of at least the window"
            ).see("slow_noise")
        return window_step(self.tau_s, self.window_s, step_s)

    def spectrum(self, frequency_hz: np.ndarray) -> np.ndarray:
        """One-sided spectral density over A^2 [1/Hz], before windows: sum of 4 v tau / (1 + (2 pi f tau)^2)."""
        turns = (2 * np.pi * np.asarray(frequency_hz)[..., None] * self.tau_s) ** 2
        density: np.ndarray = (4 * self.variance * self.tau_s / (1 + turns)).sum(axis=-1)
        return density


@shown
@dataclass(frozen=True)
class FlickerLaw(SlowLaw):
    """Amplitude A [S] of each cell, and its terms, which know the read window, at an age."""

    short: ClassVar[str] = "1/f"
    grows: ClassVar[bool] = True

    amplitude_s: np.ndarray
    terms: FlickerTerms
    age_s: float

    def covariance(self, lag_s: float) -> np.ndarray:
        """Covariance [S^2] of the read at `age_s` with one lag_s later (0, or at least the window): the wander began at
        programming."""
        return self.amplitude_s**2 * self.terms.covariance(self.age_s, lag_s)

    def covariance_s2(self, _g_s: np.ndarray, _window_s: float, lag_s: float) -> np.ndarray:
        return self.covariance(lag_s)

    def settled(self) -> FlickerLaw:
        return replace(self, terms=self.terms.settled(self.age_s), age_s=np.inf)

    def scaled(self, factor: np.ndarray) -> FlickerLaw:
        return replace(self, amplitude_s=self.amplitude_s * factor)

    def split(
        self, g_s: np.ndarray, interval_s: float, _window_s: float, cells: Cells
    ) -> tuple[np.ndarray, np.ndarray]:
        frozen = float(np.sqrt(self.terms.frozen(self.age_s, interval_s)))
        offset_s = frozen * self.amplitude_s * cells.cycle_normals("flicker")
        return np.maximum(g_s + offset_s, 0.0), self.terms.fresh(interval_s) * self.amplitude_s**2

    def start(self, stream: Stream) -> np.ndarray:
        """Each term in units of its own sd at the start of the first read's window, (terms, *cells) float32, as it has
        grown since programming."""
        full = (len(self.terms.tau_s), *self.amplitude_s.shape)
        state = stream.generator("flicker_start").standard_normal(full, dtype=np.float32)
        grown = np.sqrt(self.terms.grown(self.age_s)).astype(np.float32)
        state *= grown.reshape(-1, *(1,) * self.amplitude_s.ndim)
        return state

    def steps(self, interval_s: float) -> WindowStep:
        return self.terms.steps(interval_s)

    def read(
        self,
        seen: np.ndarray,
        state: np.ndarray,
        block: slice,
        steps: WindowStep,
        rng: np.random.Generator,
        _later: bool,
    ) -> np.ndarray:
        amplitude_s = self.amplitude_s.reshape(-1)[block]
        seen += amplitude_s * self._wander(state, block, steps, rng)
        return float((self.terms.variance * steps.rest).sum()) * amplitude_s**2

    def _wander(self, state: np.ndarray, block: slice, steps: WindowStep, rng: np.random.Generator) -> np.ndarray:
        """What a window sees over A, but for the rest that no other window shares; moves the terms on."""
        terms = state.reshape(len(state), -1)[:, block]
        kick, loss, from_state, from_kick = (np.asarray(of, np.float32)[:, None] for of in steps[:4])
        normals = rng.standard_normal(terms.shape, dtype=np.float32)
        parts = from_state * terms
        parts += from_kick * normals
        parts *= np.sqrt(self.terms.variance).astype(np.float32)[:, None]
        normals *= kick
        normals -= loss * terms
        terms += normals
        wander: np.ndarray = parts[0]
        for part in parts[1:]:  # one after the other, whatever the number of cells
            wander += part
        return wander

    def trace_covariance_s2(self, _g_s: np.ndarray, lag: int, interval_s: float, reads: int) -> np.ndarray:
        """Of a trace that begins at `age_s` and goes on growing."""
        lag_s = lag * interval_s
        since = interval_s * np.arange(reads - lag)[:, None] / self.terms.tau_s
        lacking = (1 - self.terms.grown(self.age_s)) * np.exp(-2 * since).mean(axis=0) * self.terms.of_start(lag_s)
        return self.amplitude_s**2 * float((self.terms.covariances(lag_s) - lacking).sum())

    def lines(self, _g_s: np.ndarray) -> Lines:
        pairs = zip(self.terms.variance, self.terms.tau_s, strict=True)
        return [(variance * self.amplitude_s**2, tau_s) for variance, tau_s in pairs]

    def densities(
        self, _g_s: np.ndarray, share: np.ndarray, frequency_hz: np.ndarray, interval_s: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Long after programming; reads are means over their windows, of variance a and covariance c(dt) with the next:
        2 dt [a + 2 c(dt) (cos(2 pi f dt) - rho) / (1 - 2 rho cos(2 pi f dt) + rho^2)] for each term."""
        square, terms = float((share * self.amplitude_s**2).mean()), self.terms
        rho, turn = np.exp(-interval_s / terms.tau_s), np.cos(2 * np.pi * frequency_hz * interval_s)[:, None]
        later = terms.covariances(interval_s) * (turn - rho) / (1 - 2 * rho * turn + rho**2)
        sampled = 2 * interval_s * (terms.covariances(0.0) + 2 * later).sum(axis=-1)
        return square * sampled, square * terms.spectrum(frequency_hz)
