"""Slow noise of cells: S(f) = A^2 / 1 Hz (f / 1 Hz)^-gamma, with one exponent and A against conductance.

gamma: the mean over cells, weighted by their errors. A of a cell with another exponent of its own is that which gives
the same variance between 1/T and half the sampling rate of its trace, T long: the variance that was measured is
carried. A against conductance: A/G a power of G, or points (`against_conductance`); its scatter over cells beyond the
errors is the sd of a log-normal factor. Where only some cells show slow noise, A is smaller by the root of their share:
the mean variance over cells is theirs times the share.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from device_models.fit.across_cells.against_conductance import Points, conductances, line, log_errors, points, sloped
from device_models.fit.across_cells.whole_wander import band_of, whole_wander
from device_models.fit.interval import Estimate, Z, around, over_cells
from device_models.fit.one_cell.power_law import band
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import time_text
from device_models.shown import shown

LEAST_EXPONENT, MOST_EXPONENT = 0.4, 2.0  # of a preset
SLOWER = 10.0  # longest correlation time of the preset over the longest trace
UNLIKE = 0.3  # sd of the exponent over cells that is told


@shown
@dataclass(frozen=True)
class SlowNoiseFit:
    """A(G) = coefficient G (G / g_max)^exponent [S] at 1 Hz, or the `table`. spectral_exponent: gamma, clipped to what
    a preset may have; exponent_sd: over cells, None for one. spread: sd over cells of ln A beyond its errors, None for
    too few. goodness_p: chi-square p of one A(G) for all cells. share: of cells that show slow noise. interval_s,
    longest_s: sampling interval and length of the traces. unexplained: cells whose slow noise follows no law, and has
    its total variance here; wandering: cells whose trends are counted as slow noise (`whole_wander`).
    level_s, amplitude_s: one point per cell, as measured, for an overlay."""

    coefficient: Estimate
    exponent: Estimate | None
    table: Points | None
    spectral_exponent: Estimate
    exponent_sd: Estimate | None
    spread: Estimate | None
    goodness_p: float | None
    share: float
    cells: int
    interval_s: float
    longest_s: float
    unexplained: int
    wandering: int
    g_max_s: float
    warnings: tuple[str, ...]
    level_s: np.ndarray
    amplitude_s: np.ndarray

    def at(self, g_s: np.ndarray) -> np.ndarray:
        """A [S] of cells at `g_s` [S]."""
        if self.table is not None:
            return self.table.at(np.asarray(g_s, np.float64))
        exponent = self.exponent.value if self.exponent else 0.0
        return self.coefficient.value * np.asarray(g_s) * (np.asarray(g_s) / self.g_max_s) ** exponent

    @property
    def slowest_s(self) -> float:
        """Longest correlation time that the traces bear out, and some more."""
        return SLOWER * self.longest_s


def fit_slow_noise(fits: Sequence[TraceFit], g_max_s: float, drifting: Collection[str] = ()) -> SlowNoiseFit | None:
    """Over the cells that show slow noise; None without any. drifting: cells whose trend is in the preset's drift."""
    wandering = {fit.cell for fit in fits if fit.trend is not None and fit.cell not in drifting}
    own = [(fit, whole_wander(fit) if fit.cell in wandering else fit.slow) for fit in fits]
    slow = [(fit, noise) for fit, noise in own if noise is not None and noise.amplitude_s.value > 0]
    if not slow:
        return None
    found = [fit for fit, _ in slow]
    samples = np.array([fit.samples for fit in found])
    level = conductances(found)
    gamma, gamma_sd = _exponent([noise.exponent for _, noise in slow])
    amplitude = np.array([noise.amplitude_s.value for _, noise in slow]) * np.array(
        [_carried(fit, noise.exponent.value, gamma.value) for fit, noise in slow]
    )
    share = len(slow) / len(fits)
    log_se = log_errors([noise.amplitude_s for _, noise in slow], np.maximum(samples / 10, 10))
    with_slope, y = sloped(level), amplitude * np.sqrt(share)
    fitted = line(np.log(level / g_max_s) if with_slope else None, np.log(y / level), log_se)
    table = points(level, y, log_se, fitted) if with_slope else None
    values, se, quantile = fitted.values, fitted.se, fitted.quantile
    fit = SlowNoiseFit(
        coefficient=around(float(np.exp(values[0])), float(se[0]), "fraction of G", "log", quantile),
        exponent=around(float(values[1]), float(se[1]), "1", quantile=quantile) if with_slope else None,
        table=table,
        spectral_exponent=gamma,
        exponent_sd=gamma_sd,
        spread=fitted.scatter if table is None else table.scatter,
        goodness_p=fitted.p,
        share=share,
        cells=len(slow),
        interval_s=float(np.median([fit.interval_s for fit in found])),
        longest_s=float(max(fit.time_s[-1] - fit.time_s[0] for fit in found)),
        unexplained=sum(bool(fit.unexplained) for fit in found),
        wandering=len(wandering),
        g_max_s=g_max_s,
        warnings=(),
        level_s=level,
        amplitude_s=amplitude,
    )
    return replace(fit, warnings=tuple(f"slow noise: {note}" for note in _doubts(fit, len(fits))))


def _exponent(estimates: Sequence[Estimate]) -> tuple[Estimate, Estimate | None]:
    """Weighted mean of exponents, within what a preset may have, and their sd over cells."""
    values = np.array([one.value for one in estimates])
    errors = np.array([(one.high - one.low) / (2 * Z) for one in estimates])
    errors = np.where(np.isfinite(errors) & (errors > 0), errors, 0.1)
    if len(values) == 1:
        mean, sd = estimates[0], None
    else:
        spread = over_cells(values, errors, "1")[1]
        weights = 1 / (errors**2 + spread.value**2)
        mean = around(float(np.average(values, weights=weights)), float(1 / np.sqrt(weights.sum())), "1")
        sd = spread
    low, value, high = (float(np.clip(x, LEAST_EXPONENT, MOST_EXPONENT)) for x in (mean.low, mean.value, mean.high))
    return Estimate(value, low, high, "1"), sd


def _carried(fit: TraceFit, own: float, common: float) -> float:
    """Factor on A that keeps the variance of a trace when its exponent becomes the common one."""
    ends = band_of(fit)
    return float(np.sqrt(band(own, *ends) / band(common, *ends)))


def _doubts(fit: SlowNoiseFit, cells: int) -> Iterator[str]:
    if fit.share < 1:
        yield (
            f"in {fit.cells} of {cells} cells; the preset gives it to all, smaller by the root of their share, so that "
            "the mean variance is theirs"
        )
    if fit.exponent_sd is not None and fit.exponent_sd.value > UNLIKE:
        yield (
            f"spectral exponents differ from cell to cell (sd {fit.exponent_sd.value:.2g}); the preset has one, "
            f"{fit.spectral_exponent.value:.2f}, and the measured variance of each cell"
        )
    if fit.unexplained:
        yield (
            f"in {fit.unexplained} of {fit.cells} cells it follows no law that was tried; the preset has the level of "
            f"its spectrum, with an exponent of {fit.spectral_exponent.value:.2f}"
        )
    if fit.wandering:
        yield (
            f"in {fit.wandering} of {fit.cells} cells the level drifts from the first read on: no key of a preset has "
            "that, its variance is counted as slow noise"
        )
    if fit.spectral_exponent.value > 1:
        yield (
            f"the spectrum still rises below {1 / fit.longest_s:.2g} Hz, the slowest that traces of "
            f"{time_text(fit.longest_s)} show; over longer times cells of the preset wander farther, up to "
            f"{time_text(fit.slowest_s)}"
        )
