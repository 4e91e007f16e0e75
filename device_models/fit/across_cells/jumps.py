"""Jumps of the level over cells: slow traps that carry the variance of each cell that jumps (`one_cell.jumps`).

All jump equally often, as a Poisson number of all cells' jumps in all their time says. The step of the resistance is
proportional to it; its factor over cells is log-normal, and the median such that the mean of d^2 over simulated cells
is that of the measured ones: the variance is carried, whatever the shape of the law.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from device_models.fit.across_cells.failed_cells import binomial
from device_models.fit.interval import Estimate, Z, over_cells
from device_models.fit.one_cell.jumps import DEEPEST, poisson, within
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import counted, time_text
from device_models.shown import shown

HALVINGS = 60
LARGEST_SPREAD = 1.5  # of a log-normal factor, beyond which a few cells would have all of the variance
NODES = 40


@shown
@dataclass(frozen=True)
class JumpsFit:
    """relative: median dR/R. spread: sd of ln dR/R over cells, None for one. dwell_s: mean time [s] between jumps of a
    cell. count: jumps in all traces, as many as a trap needs for their spectra. share_of_cells: that jump. cells,
    measured: that jump, and all. unexplained: of them where no law holds the jumps. carried: share of the variance of
    their traces, median."""

    relative: Estimate
    spread: Estimate | None
    dwell_s: Estimate
    count: Estimate
    share_of_cells: Estimate
    cells: int
    measured: int
    unexplained: int
    carried: float
    warnings: tuple[str, ...]


def fit_jumps(fits: Sequence[TraceFit]) -> JumpsFit | None:
    """None where no level jumps."""
    jumping = [(fit, fit.jumps) for fit in fits if fit.jumps is not None]
    if not jumping:
        return None
    lengths = np.array([jumps.length_s for _, jumps in jumping])
    count = poisson(float(sum(jumps.count.value for _, jumps in jumping)))
    dwell = Estimate(*(float(lengths.sum()) / n for n in (count.value, count.high, count.low)), "s")
    variance = np.array([jumps.variance_s2 for _, jumps in jumping])
    height = 2 * np.sqrt(variance / within(lengths / dwell.value))
    d = np.minimum(height / np.array([fit.level_s.value for fit, _ in jumping]), DEEPEST)
    errors = np.array([np.log(jumps.step_s.high / jumps.step_s.low) / (2 * Z) for _, jumps in jumping])
    spread = over_cells(np.log(d / (1 - d)), errors, "sd of ln dR/R")[1] if len(d) > 1 else None
    sd = min(spread.value, LARGEST_SPREAD) if spread else 0.0
    median, error = _median(float(np.mean(d**2)), sd), float(np.sqrt(np.mean(errors**2) / len(d)))
    found = JumpsFit(
        relative=Estimate(median, *(median * float(np.exp(sign * Z * error)) for sign in (-1, 1)), "fraction of R"),
        spread=spread and replace(spread, value=sd),
        dwell_s=dwell,
        count=count,
        share_of_cells=binomial(len(jumping) / len(fits), len(fits)),
        cells=len(jumping),
        measured=len(fits),
        unexplained=sum(bool(fit.unexplained) for fit, _ in jumping),
        carried=float(np.median([v / fit.total_sd_s**2 for v, (fit, _) in zip(variance, jumping, strict=True)])),
        warnings=(),
    )
    return replace(found, warnings=tuple(f"jumps: {note}" for note in _doubts(found, float(lengths.max()))))


def _median(square: float, sd: float) -> float:
    """Median dR/R = x of a log-normal law for which the mean of d^2, d = x / (1 + x), is `square`."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    low, high = -30.0, 30.0
    for _ in range(HALVINGS):
        half = (low + high) / 2
        x = np.exp(half + sd * nodes)
        low, high = (half, high) if weights @ (x / (1 + x)) ** 2 < weights.sum() * square else (low, half)
    return float(np.exp(low))


def _doubts(fit: JumpsFit, longest_s: float) -> Iterator[str]:
    what = f"the level of {fit.cells} of {counted(fit.measured, 'cell')} steps, or moves farther than a law of noise says"
    yield (
        f"{what}; this part of the variance ({100 * fit.carried:.2g} %, median) is carried by slow traps that switch "
        f"every {time_text(fit.dwell_s.value)} (95 % interval {time_text(fit.dwell_s.low)} to "
        f"{time_text(fit.dwell_s.high)}); when and which way a level jumps, and what it does after "
        f"{time_text(longest_s)}, is not known"
    )
