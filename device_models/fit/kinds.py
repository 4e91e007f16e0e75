"""Which traces show noise, which drift, which both: by what they hold unless the user says.

Reads at a common interval (`sampling`) give noise. Times over a decade give drift where they have no common interval,
and where they have one if the exponent of some trace differs from 0 (p < CHANCE, the correlation of the noise
counted) and ln G does not bend against ln t; then of all such traces, as the mean over those alone would be biased.
Of 2,000 simulated traces of white noise none passed for drift, of 300 with a trap that changes 6 times 8, of 300 of 1/f
noise 4; of 300 random walks, which cannot be told from a drift in one trace, 38 did. Times that begin at the first read
are not times since programming: what drifts there is told, not fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from device_models.errors import ConfigError, quoted
from device_models.fit.across_cells.drift import CellDrift, fit_cell
from device_models.fit.measurements.table import Trace
from device_models.fit.one_cell.sampling import Sampling, read_times

Kind = Literal["auto", "reads", "retention", "both"]
DECADE = 10.0
FEWEST_TIMES = 3
CHANCE = 1e-4


@dataclass(frozen=True)
class Plan:
    """Traces to fit for noise and for drift; assumed: one line for each way in which traces are read."""

    noise: tuple[Trace, ...]
    drift: tuple[Trace, ...]
    assumed: tuple[str, ...]
    notes: tuple[str, ...]


def plan(traces: Sequence[Trace], kind: Kind = "auto") -> Plan:
    """Raises ConfigError for a trace that cannot be read as it should, and for an unknown kind."""
    if kind not in get_args(Kind):
        raise ConfigError(f"kind {quoted(kind)}: expected one of {', '.join(get_args(Kind))}")
    times = {trace.cell: read_times(trace.time_s) for trace in traces}
    noise = [trace for trace in traces if kind != "retention" and (times[trace.cell].regular or kind == "reads")]
    notes: list[str] = []
    wanted = [trace for trace in traces if _drifts(trace, times[trace.cell], kind)]
    if kind == "auto":
        wanted = _where_significant(wanted, times, notes)
    drift = _logarithmic(wanted, notes)
    for trace in noise:
        if not times[trace.cell].regular:
            problem = "has no common interval between its reads; noise cannot be told from drift: use --kind retention"
            raise ConfigError(f"{trace.place}: trace `{trace.cell}` {problem}")
    assumed = _assumed(traces, times, {trace.cell for trace in noise}, {trace.cell for trace in drift})
    return Plan(tuple(noise), tuple(drift), tuple(assumed), tuple(notes))


def _drifts(trace: Trace, times: Sampling, kind: Kind) -> bool:
    """Whether a trace is to be looked at for drift; raises ConfigError when it must be and cannot."""
    if kind == "reads":
        return False
    after = trace.time_s[trace.time_s > 0]
    spans = len(after) >= FEWEST_TIMES and after[-1] >= DECADE * after[0]
    if kind == "auto" and times.regular:
        return spans
    if not spans:
        other = "" if times.regular else "neither a common interval (noise) nor "
        problem = f"has {other}{FEWEST_TIMES} times after 0 s over a decade (drift)"
        raise ConfigError(
            f"{trace.place}: trace `{trace.cell}` {problem}: {trace.time_s[0]:g} to {trace.time_s[-1]:g} s"
        )
    return True


def _where_significant(traces: list[Trace], times: dict[str, Sampling], notes: list[str]) -> list[Trace]:
    """Those of no common interval, and the others if one of them drifts by a power law; adds to `notes`."""
    regular = [t for t in traces if times[t.cell].regular and np.all(t.g_s > 0)]
    since = {t.cell for t in regular if t.time_s[0] > 0.5 * times[t.cell].interval_s}
    drifting = {t.cell: fit for t in regular if _significant(fit := _by_itself(t, times[t.cell]))}
    lawful = {cell for cell in since & drifting.keys() if drifting[cell].bend_p > CHANCE}
    others = [cell for cell in drifting if cell not in lawful]
    if others:
        first = others[0] + (f" and {len(others) - 1} more" if len(others) > 1 else "")
        why = "by no power law of its times" if others[0] in since else "but its times begin with the first read"
        notes.append(
            f"cell {first}: drifts, {why}: not fitted as drift; if they are times since programming say --kind both"
        )
    kept = since if lawful else set()
    return [trace for trace in traces if not times[trace.cell].regular or trace.cell in kept]


def _by_itself(trace: Trace, times: Sampling) -> CellDrift:
    """The drift of a trace, from its own times or, where these begin with the first read, from one interval before."""
    begun = trace.time_s[0] > 0.5 * times.interval_s
    time_s = trace.time_s if begun else trace.time_s - trace.time_s[0] + times.interval_s
    return fit_cell(replace(trace, time_s=time_s), float(time_s[0]), correlated=True)


def _significant(cell: CellDrift) -> bool:
    from scipy import stats

    return bool(2 * stats.t.sf(abs(cell.exponent.value) / max(cell.exponent_se, 1e-300), cell.samples - 2) < CHANCE)


def _logarithmic(traces: list[Trace], notes: list[str]) -> list[Trace]:
    """Traces without samples at or before 0 s, and only those of cells that never fall to 0 S; adds to `notes`."""
    early = sum(int(np.count_nonzero(trace.time_s <= 0)) for trace in traces)
    if early:
        notes.append(f"drift: {early} samples at or before 0 s have no place in a power law: left out")
        traces = [_after_zero(trace) for trace in traces]
    dark = [trace for trace in traces if np.any(trace.g_s <= 0)]
    if dark and len(dark) == len(traces):
        raise ConfigError(f"{dark[0].place}: trace `{dark[0].cell}` falls to 0 S; drift needs conductances above 0")
    if dark:
        notes.append(f"drift: {len(dark)} of {len(traces)} cells fall to 0 S and are left out, as {dark[0].cell}")
    return [trace for trace in traces if np.all(trace.g_s > 0)]


def _after_zero(trace: Trace) -> Trace:
    after = trace.time_s > 0
    return replace(trace, time_s=trace.time_s[after], g_s=trace.g_s[after])


def _assumed(traces: Sequence[Trace], times: dict[str, Sampling], noise: set[str], drift: set[str]) -> list[str]:
    """One line for each way of reading, with the times of its first trace."""
    ways: dict[tuple[bool, bool, bool], list[str]] = {}
    for trace in traces:
        way = (times[trace.cell].broken, trace.cell in noise, trace.cell in drift)
        ways.setdefault(way, []).append(trace.cell)
    lines = []
    for (_, noisy, drifting), cells in ways.items():
        fitted = " and ".join(["noise"] * noisy + ["drift (times since programming)"] * drifting) or "nothing"
        more = f" (and {len(cells) - 1} more cells alike)" if len(cells) > 1 else ""
        lines.append(f"cell {cells[0]}{more} read as {times[cells[0]]}: {fitted} fitted")
    return lines
