"""The law of one read of programmed cells, and its moments over reads.

A cell is seen as xi (G prod_k (1 - d_k s_k) + W + sd n): selector, telegraph traps, 1/f wander, fresh noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from device_models.parts.flicker import FlickerTerms
from device_models.parts.selector import SelectorLaw
from device_models.parts.telegraph import Traps
from device_models.parts.windows import window_attenuation, window_covariance


@dataclass(frozen=True)
class TrapLaw:
    """Telegraph noise: constants of the traps, and amplitude d, all of shape (traps, *cells)."""

    traps: Traps
    amplitude: np.ndarray

    def mean_factor(self) -> np.ndarray:
        """prod_k (1 - d_k q_k)."""
        return np.prod(1 - self.amplitude * self.traps.occupancy, axis=0)

    def factor_covariance(self, window_s: float, lag_s: float) -> np.ndarray:
        """Covariance of the factor's window means whose starts are lag_s apart (0, or at least the window).

        With several traps each is averaged over the window by itself, which is exact for windows short against tau0.
        """
        q, tau0 = self.traps.occupancy, self.traps.tau0_s
        shape = window_attenuation(tau0, window_s) if lag_s == 0 else window_covariance(tau0, window_s, lag_s)
        mean = 1 - self.amplitude * q
        covariance = self.amplitude**2 * q * (1 - q) * shape
        return np.prod(mean**2 + covariance, axis=0) - np.prod(mean**2, axis=0)

    def split(self, interval_s: float, window_s: float, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The factor frozen at `states` (traps, *cells), as far as windows interval_s apart share it, and the variance
        of what they do not share, (*cells)."""
        q = self.traps.occupancy
        shared = np.sqrt(window_covariance(self.traps.tau0_s, window_s, interval_s))
        factor = np.prod(1 - self.amplitude * (q + shared * (states - q)), axis=0)
        fresh = self.factor_covariance(window_s, 0.0) - self.factor_covariance(window_s, interval_s)
        return factor, np.maximum(fresh, 0.0)


@dataclass(frozen=True)
class FlickerLaw:
    """1/f noise: amplitude A [S] of each cell, and its terms, which know the read window, at an age."""

    amplitude_s: np.ndarray
    terms: FlickerTerms
    age_s: float

    def covariance(self, lag_s: float) -> np.ndarray:
        """Covariance [S^2] of the read at `age_s` with one lag_s later (0, or at least the window): the wander began at
        programming."""
        return self.amplitude_s**2 * self.terms.covariance(self.age_s, lag_s)


@dataclass(frozen=True)
class ReadLaw:
    """g_s: conductance at the age of the read [S]; sd_s: fresh Gaussian sd [S]; the others None where absent."""

    g_s: np.ndarray
    sd_s: np.ndarray
    traps: TrapLaw | None = None
    flicker: FlickerLaw | None = None
    selector: SelectorLaw | None = None

    @property
    def fresh_gaussian(self) -> bool:
        """Whether successive reads are independent normals, so that moments say everything."""
        return self.traps is None and self.flicker is None and self.selector is None

    def settled(self) -> ReadLaw:
        """This law long after programming: what reads differ by does not depend on the age, what they share does."""
        return self if self.flicker is None else replace(self, flicker=replace(self.flicker, age_s=np.inf))

    def scaled(self, factor: np.ndarray) -> ReadLaw:
        """This law with all conductances times `factor` (*cells); relative amplitudes (telegraph noise) stay."""
        flicker = self.flicker
        if flicker is not None:
            flicker = replace(flicker, amplitude_s=flicker.amplitude_s * factor)
        return replace(self, g_s=self.g_s * factor, sd_s=self.sd_s * factor, flicker=flicker)

    def conducting_mean_s(self) -> np.ndarray:
        """Mean conductance over time [S] of cells whose selector conducts ideally."""
        return self.g_s if self.traps is None else self.g_s * self.traps.mean_factor()

    def mean_s(self) -> np.ndarray:
        """Mean conductance over time [S], selector included."""
        mean = self.conducting_mean_s()
        return mean if self.selector is None else mean * self.selector.over_cells(self.selector.mean())

    def slow_covariance_s2(self, window_s: float, lag_s: float) -> np.ndarray:
        """Covariance [S^2] of a cell's window means whose starts are lag_s apart (0, or at least the window), without
        fresh noise, selector conducting."""
        covariance = np.zeros_like(self.g_s)
        if self.traps is not None:
            covariance = covariance + self.g_s**2 * self.traps.factor_covariance(window_s, lag_s)
        if self.flicker is not None:
            covariance = covariance + self.flicker.covariance(lag_s)
        return covariance

    def pair_covariance_s2(self, window_s: float, lag_s: float) -> np.ndarray:
        """Covariance [S^2] of G+ - G- between two reads lag_s apart; cells have shape (2, ...), the result (...).

        With xi of mean m and variance v, R its correlation and X what the selector gates:
        Cov(xi X, xi' X') = (m^2 + v R) Cov(X, X') + v R E[X]^2.
        """
        noise = self.slow_covariance_s2(window_s, lag_s) + (self.sd_s**2 if lag_s == 0 else 0.0)
        if self.selector is None:
            result: np.ndarray = noise.sum(axis=0)
            return result
        mean = self.conducting_mean_s()
        kept = self.selector.variance() * self.selector.correlation(lag_s)
        whole = self.selector.mean() ** 2 + kept
        if self.selector.per_pair:
            return whole * noise.sum(axis=0) + kept * (mean[0] - mean[1]) ** 2
        separate: np.ndarray = (whole * noise + kept * mean**2).sum(axis=0)
        return separate

    def split(self, interval_s: float, window_s: float, start: CellStates) -> ReadLaw:
        """This law with its 1/f and telegraph noise cut in two: what changes from one read to the next, interval_s
        later, becomes fresh and normal, what they share a frozen offset, drawn by `start`. The variance of a read and
        of the difference of successive reads are kept (1/f noise: from an age of some intervals on); what decorrelates
        over some reads, but not at once, is taken for frozen, and rare switches for normal noise of their variance."""
        g_s, variance = self.g_s, self.sd_s**2
        if self.traps is not None:
            factor, fresh = self.traps.split(interval_s, window_s, start.traps)
            g_s, variance = g_s * factor, variance + self.g_s**2 * fresh
        if self.flicker is not None:
            amplitude, terms = self.flicker.amplitude_s, self.flicker.terms
            frozen = float(np.sqrt(terms.frozen(self.flicker.age_s, interval_s)))
            g_s = np.maximum(g_s + frozen * amplitude * start.normals, 0.0)
            variance = variance + terms.fresh(interval_s) * amplitude**2
        kind = self.g_s.dtype
        sd_s = np.sqrt(variance).astype(kind)
        return replace(self, g_s=g_s.astype(kind), sd_s=sd_s, traps=None, flicker=None)


class CellStates(NamedTuple):
    """What slow noise is frozen at: standard normals (*cells) for 1/f noise, states (traps, *cells) of traps, 0 or 1;
    zeros where the law has no such noise."""

    normals: np.ndarray
    traps: np.ndarray
