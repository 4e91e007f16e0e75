"""Which traces show noise, which drift, which both: by what they hold unless the user says.

Reads at a common interval (`sampling`) give noise, and what trend they show beside it comes with the fit of each
(`one_cell`). Times over a decade that have no common interval give drift or relaxation; reads whose times begin after
programming do where the fit of one of them has a trend, then of all of these. Few reads at temperatures, the first at
0 s, are bakes. Times that begin at the first read are
not times since programming: what drifts there is told, not fitted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from device_models.errors import ConfigError, quoted
from device_models.fit.across_cells.bakes import bakes_among
from device_models.fit.measurements.table import Trace
from device_models.fit.one_cell.sampling import Sampling, read_times
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import time_text

Kind = Literal["auto", "reads", "retention", "both", "pulses"]
DECADE = 10.0
FEWEST_TIMES = 3
FEWEST_READS = 10  # of a cell, for its noise


@dataclass(frozen=True)
class Plan:
    """Traces to fit for noise, for drift, and of bakes by temperature; assumed: one line for each way in which traces
    are read."""

    noise: tuple[Trace, ...]
    drift: tuple[Trace, ...]
    assumed: tuple[str, ...]
    notes: tuple[str, ...]
    bakes: tuple[tuple[Trace, ...], ...] = ()

    @property
    def baked(self) -> set[str]:
        """Cells of bakes."""
        return {trace.cell for group in self.bakes for trace in group}

    @property
    def of_bakes(self) -> list[str]:
        """How traces of bakes are read, one line for each temperature."""
        return [_bake_line(group) for group in self.bakes]


def plan(traces: Sequence[Trace], kind: Kind = "auto") -> Plan:
    """Raises ConfigError for a trace that cannot be read as it should, and for an unknown kind."""
    check_kind(kind)
    groups = () if kind == "reads" else tuple(map(tuple, bakes_among(traces)))
    if not groups:
        return _of_others(traces, kind)
    baked = {trace.cell for group in groups for trace in group}
    rest = _of_others([trace for trace in traces if trace.cell not in baked], kind)
    plan_ = replace(rest, bakes=groups)
    return replace(plan_, assumed=(*rest.assumed, *plan_.of_bakes))


def _bake_line(group: Sequence[Trace]) -> str:
    mean_c = float(np.mean([trace.temperature_k or 0.0 for trace in group])) - 273.15
    times = np.concatenate([trace.time_s[1:] for trace in group])
    span = " to ".join(dict.fromkeys(time_text(float(time)) for time in (times.min(), times.max())))
    return f"{len(group)} cells read as a bake at {mean_c:.4g} C, at 0 s and after {span}: relaxation fitted"


def _of_others(traces: Sequence[Trace], kind: Kind) -> Plan:
    """Of traces that are no bakes."""
    times = {trace.cell: read_times(trace.time_s) for trace in traces}
    notes: list[str] = []
    noise = [trace for trace in traces if kind != "retention" and (times[trace.cell].regular or kind == "reads")]
    for trace in noise:
        if not times[trace.cell].regular:
            problem = "has no common interval between its reads; noise cannot be told from drift: use --kind retention"
            raise ConfigError(f"{trace.place}: trace `{trace.cell}` {problem}")
    must = [trace for trace in traces if kind in ("retention", "both") or not times[trace.cell].regular]
    _tell_short(must, [trace for trace in must if not _spans(trace)], times, notes)
    wanted = must if kind == "auto" else [] if kind == "reads" else list(traces)
    wanted = [trace for trace in wanted if _spans(trace)]
    few = [trace for trace in noise if len(trace.time_s) < FEWEST_READS]
    if few and len(few) == len(noise) and not wanted:
        raise ConfigError(f"{few[0].place}: trace `{few[0].cell}` {_few_reads(few[0])}")
    if few:
        notes.append(f"noise: {len(few)} of {len(noise)} cells left out: `{few[0].cell}` {_few_reads(few[0])}")
    noisy = [trace for trace in noise if len(trace.time_s) >= FEWEST_READS]
    fitted = [trace.cell for trace in noisy], [trace.cell for trace in wanted]
    return Plan(tuple(noisy), tuple(wanted), ways_of_reading(traces, *map(set, fitted)), tuple(notes))


def check_kind(kind: str, named: str = "kind") -> None:
    """Raises ConfigError for an unknown kind; named: as the user wrote it."""
    if kind not in get_args(Kind):
        raise ConfigError(f"{named} {quoted(kind)}: expected one of {', '.join(get_args(Kind))}")


def _few_reads(trace: Trace) -> str:
    return f"has {len(trace.time_s)} reads; at least {FEWEST_READS} are needed"


def _spans(trace: Trace) -> bool:
    """Whether times after 0 s are enough for a law of time."""
    after = trace.time_s[trace.time_s > 0]
    return len(after) >= FEWEST_TIMES and bool(after[-1] >= DECADE * after[0])


def _tell_short(must: list[Trace], short: list[Trace], times: dict[str, Sampling], notes: list[str]) -> None:
    """Add a note on those of the traces that must show drift whose times are too few; raises ConfigError where all
    are."""
    if not short:
        return
    first = short[0]
    other = "fewer than " if times[first.cell].regular else "neither a common interval (noise) nor "
    ends = f"{first.time_s[0]:g} to {first.time_s[-1]:g} s"
    problem = f"trace `{first.cell}` has {other}{FEWEST_TIMES} times after 0 s over a decade (drift): {ends}"
    if len(short) == len(must):
        raise ConfigError(f"{first.place}: {problem}")
    notes.append(f"drift: {len(short)} of {len(must)} cells left out: {problem}")


def trending(traces: Sequence[Trace], fits: Sequence[TraceFit]) -> tuple[tuple[Trace, ...], list[str]]:
    """Of traces of reads and their fits, those to fit for drift: if one of those that begin after programming has a
    trend, all of them, as the mean over those with a trend alone would be biased. And notes on trends that are no
    drift since programming."""
    trends = {fit.cell: fit.trend for fit in fits if fit.trend is not None}
    since = [trace for trace in traces if _since_programming(trace) and _spans(trace) and np.all(trace.g_s > 0)]
    lawful = [trace.cell for trace in since if trace.cell in trends]
    notes = []
    others = [trace for trace in traces if trace.cell in trends and trace.cell not in set(lawful)]
    if others:
        first = others[0].cell + (f" and {len(others) - 1} more" if len(others) > 1 else "")
        notes.append(f"cell {first}: drifts, but {_why_no_drift(others[0])}")
    return tuple(since) if lawful else (), notes


def _why_no_drift(trace: Trace) -> str:
    """Why a trend of reads is not fitted as drift since programming, and what to do."""
    if _since_programming(trace):
        span = f"{time_text(float(trace.time_s[0]))} to {time_text(float(trace.time_s[-1]))}"
        return f"its times, {span}, are less than a decade: too few for a power law since programming"
    return (
        "its times begin with the first read: not fitted as drift; if they are times since programming say --kind both"
    )


def _since_programming(trace: Trace) -> bool:
    """Whether times do not begin with the first read."""
    return bool(trace.time_s[0] > 0.5 * read_times(trace.time_s).interval_s)


def ways_of_reading(traces: Sequence[Trace], noise: Collection[str], drift: Collection[str]) -> tuple[str, ...]:
    """One line for each way of reading, with the times of its first trace; noise, drift: cells fitted for either."""
    ways: dict[tuple[bool, bool, bool], list[Trace]] = {}
    for trace in traces:
        way = (read_times(trace.time_s).broken, trace.cell in noise, trace.cell in drift)
        ways.setdefault(way, []).append(trace)
    lines = []
    for (_, noisy, drifting), alike in ways.items():
        what = ["noise"] * noisy + ["drift or relaxation (times since programming)"] * drifting
        more = f" (and {len(alike) - 1} more cells alike)" if len(alike) > 1 else ""
        read = f"cell {alike[0].cell}{more} read as {read_times(alike[0].time_s)}"
        lines.append(f"{read}: {' and '.join(what) or 'nothing'} fitted")
    return tuple(lines)
