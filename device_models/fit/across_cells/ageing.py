"""What cells do after programming: drift of each, or relaxation of all, by which law the spread at each time obeys.

Many cells at few common times are judged by that spread (`marginal_laws`): the likelier law of those not rejected,
drift or relaxation with ln t, else a table of quantiles. Where neither is likelier, a spread that grows while the mean
barely moves is relaxation, and it is said that they cannot be told apart. Other cells are judged by how each bends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.across_cells.common_times import common_times
from device_models.fit.across_cells.drift import DriftFit, fit_drift
from device_models.fit.across_cells.marginal_laws import MarginalLaw, apart, drift_law, relaxation_law
from device_models.fit.across_cells.relaxation import (
    FEWEST_OF_A_TABLE,
    RelaxationFit,
    fit_relaxation,
    relaxation_of_few,
    straighter,
)
from device_models.fit.measurements.table import Trace
from device_models.number_text import counted

REJECTED = 1e-3
FEWEST_SAMPLES = 10
DECIDED = 20.0  # difference of -2 ln L, from which bends tell drift from relaxation
FEWEST_OF_A_SPREAD = 3  # cells, for relaxation
MOVES, BARELY = 2.0, 0.5  # mean exponent over its spread, from which cells drift, and below which they do not


@dataclass(frozen=True)
class Ageing:
    """One of the two, or none of no traces. notes: on samples that were left out."""

    drift: DriftFit | None = None
    relaxation: RelaxationFit | None = None
    notes: tuple[str, ...] = ()

    @property
    def moving(self) -> set[str]:
        """Cells whose own change is in the fit."""
        drifting = {cell.cell for cell in self.drift.cells} if self.drift else set()
        return drifting | set(self.relaxation.names if self.relaxation else ())


def fit_ageing(traces: Sequence[Trace], noisy: Collection[str] = ()) -> Ageing:
    """noisy: cells whose noise has a fit of its own; left out where there are many others. Raises ConfigError for fewer
    than 10 samples in all, or when every cell falls to 0 S."""
    if not traces:
        return Ageing()
    samples = sum(len(trace.time_s) for trace in traces)
    if samples < FEWEST_SAMPLES:
        raise ConfigError(
            f"{traces[0].place}: {samples} samples over time in all; at least {FEWEST_SAMPLES} are needed"
        )
    cells = common_times([trace for trace in traces if trace.cell not in noisy])
    if cells is None:
        return _by_bends(traces, noisy)
    drift, relaxation = drift_law(cells), relaxation_law(cells)
    likelier, doubt = _likelier(drift, relaxation)
    barely = likelier is drift and drift.mean_over_spread < BARELY
    unlawful = max(drift.p, relaxation.p) < REJECTED
    tabled = (unlawful or barely) and cells.cells >= FEWEST_OF_A_TABLE
    if likelier is drift and not tabled:
        found = _drift(traces, noisy)
        assert found.drift is not None
        doubts = (*_rejected("drift", drift, cells.cells), *doubt, *(_of_no_mean() if barely else ()))
        return replace(found, drift=replace(found.drift, spread_p=drift.p, warnings=(*doubts, *found.drift.warnings)))
    files = tuple(dict.fromkeys(trace.file for trace in traces))
    fit = fit_relaxation(cells, files, drift, relaxation, tabled)
    doubts = () if tabled else (*_rejected("relaxation", relaxation, cells.cells), *doubt)
    return Ageing(relaxation=replace(fit, warnings=(*doubts, *fit.warnings)))


def _likelier(drift: MarginalLaw, relaxation: MarginalLaw) -> tuple[MarginalLaw, tuple[str, ...]]:
    """The likelier law of those that are not rejected, and a doubt where they cannot be told apart."""
    lawful = [law for law in (drift, relaxation) if law.p >= REJECTED]
    if len(lawful) == 1 or apart(drift, relaxation):
        return min(lawful or (drift, relaxation), key=lambda law: law.bic), ()
    moves = drift.mean_over_spread >= MOVES
    why = "its mean moves more than it spreads" if moves else "its mean moves little while it spreads"
    chosen = drift if moves else relaxation
    return chosen, (f"{chosen.kind}: cannot be told from {'relaxation' if moves else 'drift'} at these cells: {why}",)


def _of_no_mean() -> tuple[str, ...]:
    return (
        "drift: the mean of cells barely moves while they spread: relaxation rather than drift; of "
        f"{FEWEST_OF_A_TABLE} cells it would be a table of quantiles",
    )


def _by_bends(traces: Sequence[Trace], noisy: Collection[str]) -> Ageing:
    """Drift, or relaxation of cells whose conductance, and not its logarithm, is a straight line of ln t."""
    found = _drift(traces, noisy)
    assert found.drift is not None
    kept = {cell.cell for cell in found.drift.cells}
    cells = [_after_zero(trace) for trace in traces if trace.cell in kept]
    each = np.array([straighter(trace) for trace in cells])
    total = each.sum(axis=0)
    relaxes = bool(total.min() > DECIDED and each.min() > -DECIDED)
    if relaxes and len(cells) >= FEWEST_OF_A_SPREAD:
        return replace(found, drift=None, relaxation=relaxation_of_few(cells, found.drift, noisy))
    still = all(cell.exponent.low <= 0 <= cell.exponent.high for cell in found.drift.cells)
    if still or (total.max() < -DECIDED and each.max() < DECIDED):
        return found
    own = f"of {FEWEST_OF_A_SPREAD} cells it would be relaxation, which they follow"
    why = own if relaxes else "they bend too little, or each otherwise"
    doubt = f"drift: a power of time cannot be told from relaxation with ln t at {counted(len(cells), 'cell')}: {why}"
    return replace(found, drift=replace(found.drift, warnings=(*found.drift.warnings, doubt)))


def _drift(traces: Sequence[Trace], noisy: Collection[str]) -> Ageing:
    """Of cells that stay above 0 S, without samples at or before 0 s."""
    notes = []
    early = sum(int(np.count_nonzero(trace.time_s <= 0)) for trace in traces)
    if early:
        notes.append(f"drift: {early} samples at or before 0 s have no place in a power law: left out")
        traces = [_after_zero(trace) for trace in traces]
    dark = [trace for trace in traces if np.any(trace.g_s <= 0)]
    if dark and len(dark) == len(traces):
        raise ConfigError(f"{dark[0].place}: trace `{dark[0].cell}` falls to 0 S; drift needs conductances above 0")
    if dark:
        notes.append(f"drift: {len(dark)} of {len(traces)} cells fall to 0 S and are left out, as {dark[0].cell}")
    fit = fit_drift([trace for trace in traces if np.all(trace.g_s > 0)], noisy)
    return Ageing(fit, notes=tuple(notes))


def _after_zero(trace: Trace) -> Trace:
    after = trace.time_s > 0
    return replace(trace, time_s=trace.time_s[after], g_s=trace.g_s[after])


def _rejected(name: str, law: MarginalLaw, cells: int) -> tuple[str, ...]:
    """A warning where the spread of cells at some time is not that of the law."""
    if law.p >= REJECTED:
        return ()
    return (
        f"{name}: the spread of {cells} cells at some time is not that of the law (Kolmogorov-Smirnov p = "
        f"{max(law.p, 1e-300):.1e}); of {FEWEST_OF_A_TABLE} cells it would be a table of quantiles",
    )
