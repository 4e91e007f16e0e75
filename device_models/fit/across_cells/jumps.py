"""Jumps of the level over cells: slow traps that carry the variance of each cell that jumps (`one_cell.jumps`).

All jump equally often, as a Poisson number of all cells' jumps in all their time says. Steps of the resistance follow
the law of other traps (`traps`), its factor over cells being log-normal, but for its level: the mean square of steps
over the law is that of the measured cells, so that the variance is carried whatever the shape of the law.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from device_models.fit.across_cells.failed_cells import binomial
from device_models.fit.across_cells.traps import step_law
from device_models.fit.interval import Estimate, Z, around
from device_models.fit.one_cell.jumps import DEEPEST, poisson, time_between, within
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import counted, time_text
from device_models.shown import shown

LARGEST_SPREAD = 1.5  # of a log-normal factor, beyond which a few cells would have all of the variance


@shown
@dataclass(frozen=True)
class JumpsFit:
    """relative [fraction of R], per_ohm [1/ohm]: of the median dR/R, None where not part of the law. spread: sd of ln
    dR/R over cells, None for one. dwell_s: mean time [s] between jumps of a cell. count: jumps in all traces, as
    many as a trap needs for their spectra. share_of_cells: that jump. cells, measured: that jump, and all. unexplained:
    of them where no law holds the jumps. carried: share of the variance of their traces, median."""

    relative: Estimate | None
    per_ohm: Estimate | None
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
    dwell = time_between(float(lengths.sum()), count)
    variance = np.array([jumps.variance_s2 for _, jumps in jumping])
    height = 2 * np.sqrt(variance / within(lengths / dwell.value))
    d = np.minimum(height / np.array([fit.level_s.value for fit, _ in jumping]), DEEPEST)
    errors = np.array([np.log(jumps.step_s.high / jumps.step_s.low) / (2 * Z) for _, jumps in jumping])
    relative, per_ohm, spread = _law(np.array([1 / fit.level_s.value for fit, _ in jumping]), d / (1 - d), errors)
    found = JumpsFit(
        relative=relative,
        per_ohm=per_ohm,
        spread=spread,
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


def _law(
    resistance: np.ndarray, step: np.ndarray, errors: np.ndarray
) -> tuple[Estimate | None, Estimate | None, Estimate | None]:
    """relative, per_ohm and spread of dR/R."""
    if len(step) == 1:
        return around(float(step[0]), float(errors[0]), "fraction of R", "log"), None, None
    relative, per_ohm, spread = step_law(resistance, step, errors)
    assert spread is not None
    sd = min(spread.value, LARGEST_SPREAD)
    law = sum(part.value * by for part, by in ((relative, 1.0), (per_ohm, resistance)) if part is not None)
    level = float(np.sqrt(np.mean((step / law) ** 2)) * np.exp(-(sd**2)))
    return _times(relative, level), _times(per_ohm, level), replace(spread, value=sd)


def _times(part: Estimate | None, factor: float) -> Estimate | None:
    return part and Estimate(part.value * factor, part.low * factor, part.high * factor, part.unit)


def _doubts(fit: JumpsFit, longest_s: float) -> Iterator[str]:
    where = f"in {fit.cells} of {counted(fit.measured, 'cell')} the level steps, or moves farther than noise does"
    yield (
        f"{where}; this part of the variance ({100 * fit.carried:.2g} %, median) is carried by slow traps that switch "
        f"every {time_text(fit.dwell_s.value)} (95 % interval {time_text(fit.dwell_s.low)} to "
        f"{time_text(fit.dwell_s.high)}); when and which way a level jumps, and what it does after "
        f"{time_text(longest_s)}, is not known"
    )
