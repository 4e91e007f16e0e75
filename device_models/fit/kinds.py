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
FEWEST_READS = 10  # of a cell, for its noise


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
    notes: list[str] = []
    noise = [trace for trace in traces if kind != "retention" and (times[trace.cell].regular or kind == "reads")]
    for trace in noise:
        if not times[trace.cell].regular:
            problem = "has no common interval between its reads; noise cannot be told from drift: use --kind retention"
            raise ConfigError(f"{trace.place}: trace `{trace.cell}` {problem}")
    must = [trace for trace in traces if kind in ("retention", "both") or not times[trace.cell].regular]
    _tell_short(must, [trace for trace in must if not _spans(trace)], times, notes)
    wanted = [] if kind == "reads" else [trace for trace in traces if _spans(trace)]
    if kind == "auto":
        wanted = _where_significant(wanted, times, notes)
    few = [trace for trace in noise if len(trace.time_s) < FEWEST_READS]
    if few and len(few) == len(noise) and not wanted:
        raise ConfigError(f"{few[0].place}: trace `{few[0].cell}` {_few_reads(few[0])}")
    if few:
        notes.append(f"noise: {len(few)} of {len(noise)} cells left out: `{few[0].cell}` {_few_reads(few[0])}")
    noisy = [trace for trace in noise if len(trace.time_s) >= FEWEST_READS]
    fitted = [trace.cell for trace in noisy], [trace.cell for trace in wanted]
    return Plan(tuple(noisy), tuple(wanted), tuple(_assumed(traces, times, *map(set, fitted))), tuple(notes))


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
    other = "" if times[first.cell].regular else "neither a common interval (noise) nor "
    ends = f"{first.time_s[0]:g} to {first.time_s[-1]:g} s"
    problem = f"trace `{first.cell}` has {other}{FEWEST_TIMES} times after 0 s over a decade (drift): {ends}"
    if len(short) == len(must):
        raise ConfigError(f"{first.place}: {problem}")
    notes.append(f"drift: {len(short)} of {len(must)} cells left out: {problem}")


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


def _assumed(traces: Sequence[Trace], times: dict[str, Sampling], noise: set[str], drift: set[str]) -> list[str]:
    """One line for each way of reading, with the times of its first trace."""
    ways: dict[tuple[bool, bool, bool], list[str]] = {}
    for trace in traces:
        way = (times[trace.cell].broken, trace.cell in noise, trace.cell in drift)
        ways.setdefault(way, []).append(trace.cell)
    lines = []
    for (_, noisy, drifting), cells in ways.items():
        fitted = (
            " and ".join(["noise"] * noisy + ["drift or relaxation (times since programming)"] * drifting) or "nothing"
        )
        more = f" (and {len(cells) - 1} more cells alike)" if len(cells) > 1 else ""
        lines.append(f"cell {cells[0]}{more} read as {times[cells[0]]}: {fitted} fitted")
    return lines
