"""The law of one read of programmed cells, and its moments over reads.

A cell is seen as xi (G prod_k (1 - d_k s_k) + W + sd n): selector, telegraph traps, 1/f wander, fresh noise.
Fresh noise is normal, or the sum of a part that has a shape of its own and of a normal part.

Equations: docs/physics.md#one-read-of-a-cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from device_models.cells import CellArrays, Cells
from device_models.parts.flicker_trajectory import FlickerLaw
from device_models.parts.read_noise_laws.shapes import ShapedNoise
from device_models.parts.selector import SelectorLaw
from device_models.parts.slow_law import SlowLaw
from device_models.parts.telegraph import TrapLaw
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class ReadLaw(CellArrays):
    """g_s: conductance at the age of the read [S]; sd_s: sd of all fresh noise [S]; slow: noise that cells carry from
    read to read, by the name of the device's section, in the order in which it acts; selector: None where absent;
    shaped: the part of the fresh noise that is not normal, None where all of it is."""

    g_s: np.ndarray
    sd_s: np.ndarray
    slow: Mapping[str, SlowLaw] = field(default_factory=dict)
    selector: SelectorLaw | None = None
    shaped: ShapedNoise | None = None

    @property
    def traps(self) -> TrapLaw | None:
        """Telegraph noise."""
        return self.slow.get("telegraph")  # type: ignore[return-value]

    @property
    def flicker(self) -> FlickerLaw | None:
        """1/f noise."""
        return self.slow.get("flicker")  # type: ignore[return-value]

    @property
    def independent(self) -> bool:
        """Whether successive reads are independent, sums of fresh noise alone."""
        return not self.slow and self.selector is None

    @property
    def normal_s2(self) -> np.ndarray:
        """Variance [S^2] of the normal part of fresh noise."""
        if self.shaped is None:
            return self.sd_s**2
        return np.maximum(self.sd_s**2 - self.shaped.sd_s**2, 0)

    @property
    def grows(self) -> bool:
        """Whether slow noise has more variance the longer ago the cells were programmed."""
        return any(noise.grows for noise in self.slow.values())

    def with_slow(self, name: str, noise: SlowLaw | None) -> ReadLaw:
        """This law with one kind of slow noise replaced; None: left out."""
        slow = {**self.slow, name: noise}
        return replace(self, slow={kind: law for kind, law in slow.items() if law is not None})

    def settled(self) -> ReadLaw:
        """This law long after programming: what reads differ by does not depend on the age, what they share does."""
        return replace(self, slow={name: noise.settled() for name, noise in self.slow.items()})

    def scaled(self, factor: np.ndarray) -> ReadLaw:
        """This law with all conductances times `factor` (*cells); relative amplitudes (telegraph noise) stay."""
        slow = {name: noise.scaled(factor) for name, noise in self.slow.items()}
        shaped = None if self.shaped is None else replace(self.shaped, sd_s=self.shaped.sd_s * factor)
        return replace(self, g_s=self.g_s * factor, sd_s=self.sd_s * factor, slow=slow, shaped=shaped)

    def conducting_mean_s(self) -> np.ndarray:
        """Mean conductance over time [S] of cells whose selector conducts ideally."""
        mean = self.g_s
        for noise in self.slow.values():
            mean = mean * noise.mean_factor()
        return mean

    def mean_s(self) -> np.ndarray:
        """Mean conductance over time [S], selector included."""
        mean = self.conducting_mean_s()
        return mean if self.selector is None else mean * self.selector.over_cells(self.selector.mean())

    def slow_covariance_s2(self, window_s: float, lag_s: float) -> np.ndarray:
        """Covariance [S^2] of a cell's window means whose starts are lag_s apart (0, or at least the window), without
        fresh noise, selector conducting."""
        covariance = np.zeros_like(self.g_s)
        for noise in self.slow.values():
            covariance = covariance + noise.covariance_s2(self.g_s, window_s, lag_s)
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

    def split(self, interval_s: float, window_s: float, cells: Cells) -> ReadLaw:
        """This law with its slow noise cut in two: what changes from one read to the next, interval_s later, becomes
        fresh and normal, what they share a frozen offset, drawn from the streams of `cells`. The variance of a read and
        of the difference of successive reads are kept (1/f noise: from an age of some intervals on); what decorrelates
        over some reads, but not at once, is taken for frozen, and rare switches for normal noise of their variance."""
        g_s, variance, kind = self.g_s, self.sd_s**2, self.g_s.dtype
        for noise in self.slow.values():
            g_s, fresh = noise.split(g_s, interval_s, window_s, cells)
            variance = variance + fresh
        return replace(self, g_s=g_s.astype(kind), sd_s=np.sqrt(variance).astype(kind), slow={})
