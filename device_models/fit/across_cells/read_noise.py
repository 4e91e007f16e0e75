"""Fresh read noise against conductance, from the noise around the levels of several traces.

With three cells or more that span a factor 1.5: sd = relative_sd_at_g_max * g_max * (G/g_max)^(1 + exponent), a line in
ln sd against ln G; otherwise sd = relative_sd * G. The sampling error of each ln sd is known (that of the cell's
interval), which gives the weights and a chi-square test of the law. Where cells differ by more than that (chi2 > dof),
intervals are widened by sqrt(chi2/dof) and taken from Student's t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from device_models.fit.interval import Estimate, Z, around
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import time_text
from device_models.shown import shown

FEWEST_CELLS = 3
SMALLEST_SPAN = 1.5
REJECTED = 0.05


@shown
@dataclass(frozen=True)
class ReadNoiseFit:
    """relative_sd alone (exponent None), or relative_sd at g_max_s with an exponent.

    goodness_p: chi-square p of the law over cells, None when there is nothing left to test. level_s, noise_s: one
    point per cell for an overlay, with noise_log_se the sampling error of ln noise_s.
    """

    relative_sd: Estimate
    exponent: Estimate | None
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
        exponent = self.exponent.value if self.exponent else 0.0
        return self.relative_sd.value * self.g_max_s * (np.asarray(g_s) / self.g_max_s) ** (1 + exponent)


def fit_read_noise(fits: Sequence[TraceFit], g_max_s: float) -> ReadNoiseFit:
    """The law over the cells of `fits` (one at least)."""
    level = np.array([fit.level_s.value for fit in fits])
    noise = np.array([fit.noise_s.value for fit in fits])
    samples = np.array([fit.samples for fit in fits])
    log_se = np.array([np.log(fit.noise_s.high / fit.noise_s.low) for fit in fits]) / (2 * Z)
    sloped = len(fits) >= FEWEST_CELLS and level.max() >= SMALLEST_SPAN * level.min()
    x, y = np.log(level / g_max_s), np.log(noise / level)
    design = np.column_stack([np.ones(len(x)), x] if sloped else [np.ones(len(x))])
    values, se, goodness_p, quantile = _weighted_line(design, y, log_se)
    relative = around(float(np.exp(values[0])), se[0], "fraction of G", "log", quantile)
    exponent = around(values[1], se[1], "1", quantile=quantile) if sloped else None
    intervals = np.array([fit.interval_s for fit in fits])
    return ReadNoiseFit(
        relative_sd=relative,
        exponent=exponent,
        g_max_s=g_max_s,
        interval_s=float(np.median(intervals)),
        cells=len(fits),
        samples=int(samples.sum()),
        goodness_p=goodness_p,
        warnings=tuple(_doubts(goodness_p, exponent, intervals)),
        level_s=level,
        noise_s=noise,
        noise_log_se=log_se,
    )


def _weighted_line(
    design: np.ndarray, y: np.ndarray, sigma: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float | None, float]:
    """Weighted least squares with known errors: values, standard errors, chi-square p, quantile of the intervals."""
    from scipy import stats

    weighted, target = design / sigma[:, None], y / sigma
    covariance = np.linalg.inv(weighted.T @ weighted)
    values = covariance @ weighted.T @ target
    se, dof = np.sqrt(np.diag(covariance)), len(y) - len(values)
    if dof == 0:
        return values, se, None, Z
    chi2 = float(np.sum((target - weighted @ values) ** 2))
    p = float(stats.chi2.sf(chi2, dof))
    if chi2 <= dof:
        return values, se, p, Z
    return values, se * np.sqrt(chi2 / dof), p, float(stats.t.ppf(0.975, dof))


def _doubts(goodness_p: float | None, exponent: Estimate | None, intervals: np.ndarray) -> list[str]:
    notes = []
    if goodness_p is not None and goodness_p < REJECTED:
        notes.append(
            f"read noise: cells differ by more than sampling (chi-square p = {goodness_p:.1e}); the law is a mean"
        )
    if exponent and abs(exponent.value) > 1:
        notes.append(f"read noise: exponent {exponent.value:.2f} lies outside -1 to 1; the preset has the nearer end")
    if intervals.max() > 1.05 * intervals.min():
        notes.append(
            f"read noise: traces are sampled every {time_text(intervals.min())} to {time_text(intervals.max())}; the "
            "preset names the median"
        )
    return notes
