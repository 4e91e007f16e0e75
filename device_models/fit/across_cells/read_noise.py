"""Fresh read noise against conductance, from the noise around the levels of several traces, and its shape.

With three cells or more that span a factor 1.5: sd = relative_sd_at_g_max * g_max * (G/g_max)^(1 + exponent), a line in
ln sd against ln G; otherwise sd = relative_sd * G. The sampling error of each ln sd is known (that of the cell's
interval), which gives the weights and a chi-square test of the law; a table where the law is rejected
(`against_conductance`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from device_models.fit.across_cells.against_conductance import Points, conductances, line, log_errors, points, sloped
from device_models.fit.across_cells.read_noise_shape import NoiseShape, fit_shape
from device_models.fit.interval import Estimate, around
from device_models.fit.one_cell.prepared import FEWEST_SAMPLES
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import time_text
from device_models.shown import shown

REJECTED = 0.05
ALIKE = 3.0  # normal score of differences between successive reads that are too small for fresh noise


@shown
@dataclass(frozen=True)
class ReadNoiseFit:
    """relative_sd alone (exponent None), or relative_sd at g_max_s with an exponent; in their place the `table`, where
    there is one.

    goodness_p: chi-square p of the law without a table, None when there is nothing left to test. shape: of the noise;
    None where no trace shows it. level_s, noise_s: one point per cell for an overlay, with noise_log_se the sampling
    error of ln noise_s.
    """

    relative_sd: Estimate
    exponent: Estimate | None
    table: Points | None
    shape: NoiseShape | None
    g_max_s: float
    interval_s: float
    cells: int
    samples: int
    goodness_p: float | None
    warnings: tuple[str, ...]
    level_s: np.ndarray
    noise_s: np.ndarray
    noise_log_se: np.ndarray

    def sd_s(self, g_s: np.ndarray) -> np.ndarray:
        """Fitted sd [S] of one read at `g_s` [S]."""
        if self.table is not None:
            return self.table.at(np.asarray(g_s, np.float64))
        exponent = self.exponent.value if self.exponent else 0.0
        return self.relative_sd.value * self.g_max_s * (np.asarray(g_s) / self.g_max_s) ** (1 + exponent)


def fit_read_noise(fits: Sequence[TraceFit], g_max_s: float) -> ReadNoiseFit | None:
    """The law over the cells of `fits` that have fresh noise; None without any."""
    fits = [fit for fit in fits if fit.noise_s.value > 0]
    if not fits:
        return None
    level = conductances(fits)
    noise = np.array([fit.noise_s.value for fit in fits])
    samples = np.array([fit.samples for fit in fits])
    log_se = log_errors([fit.noise_s for fit in fits], samples)
    with_slope = sloped(level)
    fitted = line(np.log(level / g_max_s) if with_slope else None, np.log(noise / level), log_se)
    values, se = fitted.values, fitted.se
    exponent = around(float(values[1]), float(se[1]), "1", quantile=fitted.quantile) if with_slope else None
    intervals = np.array([fit.interval_s for fit in fits])
    table, shape = points(level, noise, log_se, fitted) if with_slope else None, fit_shape(fits)
    return ReadNoiseFit(
        relative_sd=around(float(np.exp(values[0])), float(se[0]), "fraction of G", "log", fitted.quantile),
        exponent=exponent,
        table=table,
        shape=shape,
        g_max_s=g_max_s,
        interval_s=float(np.median(intervals)),
        cells=len(fits),
        samples=int(samples.sum()),
        goodness_p=fitted.p,
        warnings=tuple(
            f"read noise: {note}"
            for note in (*_of_few_reads(fits), *_doubts(fitted.p, exponent, intervals, table, shape))
        ),
        level_s=level,
        noise_s=noise,
        noise_log_se=log_se,
    )


def _of_few_reads(fits: Sequence[TraceFit]) -> Iterator[str]:
    """Whether reads too few for a law of each cell are fresh, by all of these cells together: half of the mean square
    of n - 1 differences over the variance has mean 1 and variance (n - 2) / (n^2 - 1) of normal fresh noise (von
    Neumann 1941), and less of slow noise."""
    few = [fit for fit in fits if fit.samples < FEWEST_SAMPLES and np.isfinite(fit.step_sd_s)]
    if not few:
        return
    n = np.array([fit.samples for fit in few])
    ratio = np.array([fit.step_sd_s / fit.noise_s.value for fit in few]) ** 2
    score = np.sum((1 - ratio) / np.sqrt((n - 2) / (n**2 - 1))) / np.sqrt(len(few))
    if score > ALIKE:
        steps = float(np.median([fit.step_sd_s / abs(fit.level_s.value) for fit in few]))
        yield (
            f"of {len(few)} cells with fewer than {FEWEST_SAMPLES} reads successive ones are alike, "
            f"{np.median(ratio):.2g} of the variance apart: slow noise, or a drift, is counted as fresh; measure "
            f"{FEWEST_SAMPLES} reads of each, or set read_noise.relative_sd={steps:.2g}, at most, for what is fresh"
        )


def _doubts(
    goodness_p: float | None,
    exponent: Estimate | None,
    intervals: np.ndarray,
    table: Points | None,
    shape: NoiseShape | None,
) -> Iterator[str]:
    if goodness_p is not None and goodness_p < REJECTED:
        what = "the law is a mean" if table is None else "the preset has a table of them"
        yield f"cells differ by more than sampling (chi-square p = {goodness_p:.1e}); {what}"
    if exponent and abs(exponent.value) > 1 and table is None:
        yield f"exponent {exponent.value:.2f} lies outside -1 to 1; the preset has the nearer end"
    if intervals.max() > 1.05 * intervals.min():
        yield (
            f"traces are sampled every {time_text(intervals.min())} to {time_text(intervals.max())}; the "
            "preset names the median"
        )
    if shape is not None and shape.name != "normal":
        kind = "Laplace's" if shape.name == "laplace" else "given by its quantiles"
        yield (
            f"its shape is not normal (Kolmogorov-Smirnov p = {shape.normal_p:.1e}, excess kurtosis "
            f"{shape.excess_kurtosis:.2g}) but {kind}"
        )
