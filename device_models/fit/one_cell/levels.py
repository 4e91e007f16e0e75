"""Reads of one cell at a common interval: the law that describes them, with its numbers (`choice`).

A few gaps are read over; of a trace with many the longest part without one is fitted, and of short bursts of reads the
noise within them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from device_models.fit.measurements.table import Trace
from device_models.fit.one_cell import described
from device_models.fit.one_cell.choice import Choice, choose, only
from device_models.fit.one_cell.fresh import alternation, fresh_noise
from device_models.fit.one_cell.hum import without_hum
from device_models.fit.one_cell.jumps import jumps_of
from device_models.fit.one_cell.laws import white_law
from device_models.fit.one_cell.prepared import FEWEST_SAMPLES, dithered, outliers, part_of, without_spikes
from device_models.fit.one_cell.sampling import read_times
from device_models.fit.one_cell.standard import Standard, standard
from device_models.fit.one_cell.telegraph import doubts, two_levels
from device_models.fit.one_cell.trace_fit import TraceFit


def fit_trace(trace: Trace) -> TraceFit:
    """The law of one trace of reads at a common interval."""
    notes: list[str] = []
    times = read_times(trace.time_s)
    trace, gaps = part_of(trace, times, notes)
    enough = len(trace.g_s) >= FEWEST_SAMPLES and gaps is None
    trace = without_hum(trace, times.interval_s, notes) if enough else trace
    g_s = dithered(replace(trace, g_s=without_spikes(trace.g_s, notes)), notes) if enough else trace.g_s
    s = standard(trace.time_s, g_s, times.interval_s)
    if enough:
        choice = choose(s)
    else:
        choice = only(white_law(s))
        if gaps is None:
            notes.append(f"{s.samples} samples: too few to look for telegraph noise (at least {FEWEST_SAMPLES})")
    return _described(trace, s, choice, notes, gaps)


def _described(trace: Trace, s: Standard, choice: Choice, notes: list[str], gaps: np.ndarray | None) -> TraceFit:
    law = choice.law
    noise, slow, no_white = described.noises_of(s, choice)
    if gaps is not None:
        noise = fresh_noise(trace.g_s, np.zeros(s.samples, dtype=bool), gaps) or noise
    jumps = jumps_of(s, choice) if gaps is None else None
    traps = tuple(two_levels(trap, s.interval_s, s.middle_s, s.scale_s) for trap in choice.traps)
    fitted_s = s.middle_s + s.scale_s * law.mean
    spectrum = described.spectrum_of(s, law) if gaps is None else None
    frequency_hz = np.zeros(0) if spectrum is None else spectrum.frequency_hz
    notes += [*choice.notes, *([choice.unexplained] if choice.unexplained else []), *([no_white] if no_white else [])]
    notes += [line for trap in traps for line in doubts(trap, s.interval_s)]
    if law.trend is not None and trace.time_s[0] <= 0.5 * s.interval_s:
        notes.append(
            f"{law.trend.kind} counted from one interval before the first read, for want of times since programming"
        )
    notes += [*alternation(law.scores), *outliers(s.scale_s * (s.y - law.mean))]
    return TraceFit(
        cell=trace.cell,
        file=trace.file,
        samples=s.samples,
        interval_s=s.interval_s,
        kind=law.kind,
        level_s=described.level_of(s, law, choice.traps, jumps),
        noise_s=noise,
        slow=slow,
        trend=described.trend_of(s, law),
        traps=traps,
        steps=described.steps_of(s, law, trace.time_s) if choice.total is None else (),
        candidates=described.candidates_of(s, choice, frequency_hz),
        spectrum=spectrum,
        unexplained=choice.unexplained,
        total_sd_s=float(trace.g_s.std(ddof=1)),
        step_sd_s=_step_sd_s(trace, gaps),
        goodness_p=choice.goodness_p,
        warnings=tuple(f"cell {trace.cell}: {note}" for note in notes),
        jumps=jumps,
        time_s=trace.time_s,
        g_s=trace.g_s,
        fitted_s=fitted_s,
    )


def _step_sd_s(trace: Trace, gaps: np.ndarray | None) -> float:
    changes = np.diff(trace.g_s)
    if gaps is not None:
        changes = np.delete(changes, gaps)
    return float(np.sqrt(np.mean(changes**2) / 2)) if changes.size else float("nan")
