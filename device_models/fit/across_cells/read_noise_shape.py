"""The shape of fresh noise: what is left of traces beside their levels, over its sd, all cells together.

Normal unless rejected, then Laplace unless rejected too, then the quantiles themselves (Kolmogorov-Smirnov, with a
distance that counts: of very many samples every law is rejected). Of traces whose slow noise is more than a little of
what is left, nothing is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from device_models.fit.across_cells.programming_shape import quantile_table
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.shown import shown

FEWEST = 200
MOST = 200_000
FEWEST_OF_QUANTILES = 1000
REJECTED, SMALL_DISTANCE = 1e-3, 0.01
FRESH = 1.1  # sd of what is left over that of the fresh noise, at most


@shown
@dataclass(frozen=True)
class NoiseShape:
    """name; normal_p, laplace_p: Kolmogorov-Smirnov p of either law; excess_kurtosis: measured, 0 normal, 3 Laplace.
    normal_score, value: of `quantiles`, values in units of the sd."""

    name: Literal["normal", "laplace", "quantiles"]
    samples: int
    normal_p: float
    laplace_p: float
    excess_kurtosis: float
    normal_score: np.ndarray
    value: np.ndarray

    @property
    def p(self) -> float | None:
        """Of the law that was chosen; None for quantiles."""
        return {"normal": self.normal_p, "laplace": self.laplace_p}.get(self.name)


def fit_shape(fits: Sequence[TraceFit]) -> NoiseShape | None:
    """None where too few samples show the fresh noise alone."""
    from scipy import stats

    left = [_standardised(fit) for fit in fits if _fresh(fit)]
    z = np.concatenate(left) if left else np.zeros(0)
    if len(z) < FEWEST:
        return None
    z = z[:: -(-len(z) // MOST)]
    normal = stats.kstest(z, "norm", method="asymp")
    laplace = stats.kstest(z, stats.laplace(scale=1 / np.sqrt(2)).cdf, method="asymp")
    fits_normal, fits_laplace = (one.pvalue >= REJECTED or one.statistic < SMALL_DISTANCE for one in (normal, laplace))
    tabled = not fits_normal and not fits_laplace and len(z) >= FEWEST_OF_QUANTILES
    nearer: Literal["normal", "laplace"] = "normal" if normal.statistic <= laplace.statistic else "laplace"
    lawful: Literal["normal", "laplace"] = "normal" if fits_normal else "laplace" if fits_laplace else nearer
    scores, values = quantile_table(z) if tabled else (np.zeros(0), np.zeros(0))
    return NoiseShape(
        name="quantiles" if tabled else lawful,
        samples=len(z),
        normal_p=float(normal.pvalue),
        laplace_p=float(laplace.pvalue),
        excess_kurtosis=float(stats.kurtosis(z)),
        normal_score=scores,
        value=values,
    )


def _fresh(fit: TraceFit) -> bool:
    """Whether what is left beside the fitted levels is fresh noise and little else."""
    left = float((fit.g_s - fit.fitted_s).std())
    return fit.noise_s.value > 0 and 1 / FRESH < left / fit.noise_s.value < FRESH


def _standardised(fit: TraceFit) -> np.ndarray:
    left = fit.g_s - fit.fitted_s
    result: np.ndarray = (left - left.mean()) / left.std()
    return result
