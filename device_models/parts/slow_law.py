"""The law of noise that cells carry from read to read: what read laws, reads and figures ask of it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from device_models.cells import CellArrays, Cells
from device_models.parts.ornstein_uhlenbeck import sampled_spectrum, spectrum
from device_models.streams import Stream

Lines = list[tuple[np.ndarray, np.ndarray]]


class SlowLaw(CellArrays):
    """A factor on the conductance of cells, or something added to it of mean 0; a dataclass.

    short: its name in figures. grows: its variance depends on the time since programming.
    """

    short: ClassVar[str] = ""
    grows: ClassVar[bool] = False

    def mean_factor(self) -> np.ndarray | float:
        """What it leaves of the mean conductance."""
        return 1.0

    def covariance_s2(self, g_s: np.ndarray, window_s: float, lag_s: float) -> np.ndarray:
        """Covariance [S^2] of window means of cells at `g_s` [S] whose starts are lag_s apart (0, or at least the
        window)."""
        raise NotImplementedError

    def settled(self) -> Self:
        """This law long after programming."""
        return self

    def scaled(self, _factor: np.ndarray) -> Self:
        """This law of cells with `factor` times the conductance; amplitudes relative to it stay."""
        return self

    def split(
        self, g_s: np.ndarray, interval_s: float, window_s: float, cells: Cells
    ) -> tuple[np.ndarray, np.ndarray | float]:
        """Cells at `g_s` [S] cut in two: their conductance with what reads interval_s apart share, frozen as `cells`
        draw it, and the variance [S^2] of what they do not share."""
        raise NotImplementedError

    def start(self, stream: Stream) -> np.ndarray:
        """States at the first read, (..., *cells)."""
        raise NotImplementedError

    def steps(self, interval_s: float) -> Any:
        """What `read` needs of reads that are interval_s apart."""
        return interval_s

    def read(
        self, seen: np.ndarray, state: np.ndarray, block: slice, steps: Any, rng: np.random.Generator, later: bool
    ) -> np.ndarray | None:
        """Change `seen` [S], cells of a block, flat, to what the next read sees of them, and move `state` (of all
        cells) on, both in place; later: not the first read. Returns the variance [S^2] of what no other read shares,
        which the read's fresh noise is to have besides; None: nothing."""
        raise NotImplementedError

    def relative_sd(self, g_s: np.ndarray) -> np.ndarray:
        """sd over mean of instantaneous reads."""
        sd: np.ndarray = np.sqrt(self.covariance_s2(g_s, 0.0, 0.0)) / (g_s * self.mean_factor())
        return sd

    def trace_covariance_s2(self, g_s: np.ndarray, lag: int, interval_s: float, _reads: int) -> np.ndarray:
        """Covariance [S^2] of instantaneous reads `lag` intervals apart, averaged over a trace of `reads`."""
        return self.covariance_s2(g_s, 0.0, lag * interval_s)

    def lines(self, g_s: np.ndarray) -> Lines:
        """Its covariance as a sum of exponentials: (variance [S^2], correlation time [s]) of each, of all cells."""
        raise NotImplementedError

    def densities(
        self, g_s: np.ndarray, share: np.ndarray, frequency_hz: np.ndarray, interval_s: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Spectral densities [S^2/Hz], means over cells, of reads every interval_s and continuous in time; share: of
        the variance that is seen."""
        lines = [(share * variance, tau_s) for variance, tau_s in self.lines(g_s)]
        sampled = np.sum([sampled_spectrum(v, tau_s, frequency_hz, interval_s) for v, tau_s in lines], axis=0)
        return sampled, np.sum([spectrum(v, tau_s, frequency_hz) for v, tau_s in lines], axis=0)
