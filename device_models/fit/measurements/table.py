"""Measurement files, as laboratories write them, read into SI.

Two kinds of measurement, in one file or in several: pairs (target and programmed conductance: one programming each) and
traces (reads of a cell over time). What was understood of each file is told, and whatever could be meant in several
ways is refused with the option that says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from device_models.errors import ConfigError, explained_by
from device_models.files.home import at_home
from device_models.fit.measurements.layout import Cells, Columns, columns_by_file, read_layout
from device_models.fit.measurements.no_reads import doubts, refuse_states
from device_models.fit.measurements.parts.glance import few_different
from device_models.fit.measurements.pulses.trains import PulseTrain, find_trains
from device_models.fit.measurements.samples import Reads, Samples, read_samples, tally
from device_models.fit.measurements.understood import understood_of
from device_models.fit.measurements.units import QUANTUM_S
from device_models.shown import shown

LARGEST_RATIO = 100.0
MOST_CELLS = 100_000
MOST_REPEATED = 0.1  # of the reads of a cell that may have the time of the read before
FEWEST_FOR_STEPS, MOST_STEPS = 50, 12  # reads, different conductances
ROUNDED = 1e-9
MOST_COMMON_TIMES, FEWEST_AT_A_TIME = 1000, 2  # different times; reads at each, on average
LONG_AGO_S = 1e8  # times from which they are of a calendar
STEADY_K = 5.0


@shown
@dataclass(frozen=True)
class Pairs:
    """Target and programmed conductances [S], one programming each."""

    target_s: np.ndarray
    programmed_s: np.ndarray
    files: tuple[str, ...]


@shown
@dataclass(frozen=True)
class Trace:
    """Reads of one cell: rising times [s] and conductances [S]; `place` is file:line of its first sample.
    temperature_k: of all of them [K], None where the file does not say, or where it changes."""

    cell: str
    time_s: np.ndarray
    g_s: np.ndarray
    file: str
    place: str
    temperature_k: float | None = None


@shown
@dataclass(frozen=True)
class Measurements:
    """Everything that was measured; pairs is None when no file has any. notes: what was left out or looks wrong.

    understood: what each file was taken for, line by line: columns and units, cells and samples, what is not used.
    pulses: trains of pulses, in S, or normalised where range_s has the conductances of their ends.
    """

    pairs: Pairs | None
    traces: tuple[Trace, ...]
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    pulses: tuple[PulseTrain, ...] = ()
    range_s: tuple[float, float] | None = None


@explained_by("fit_measurements")
def read_files(
    paths: Sequence[str | Path],
    *,
    columns: Columns | None = None,
    interval_s: float | None = None,
    read_voltage_v: float | None = None,
    cells: Cells = "auto",
    kind: str = "auto",
    range_s: tuple[float, float] | None = None,
) -> Measurements:
    """Read and merge measurement files; the same cell in two files is two traces.

    columns: which column is what, `"time [ms]=1,current [nA]=3"` or a dict, numbers from 1 or headings, where the files
    do not say it; one for all files, or a dict of them by the names of files. interval_s: between reads, in files
    without times. read_voltage_v: of currents without a voltage; of those with one, which reads to keep. cells: whether
    each column, or each row, is a cell. kind: `pulses` for pulse responses whose headings do not say so; range_s: what
    the ends of normalised ones are [S]. Raises ConfigError, one line with file, line and fix, for whatever cannot be
    used.
    """
    if not paths:
        raise ConfigError("no measurement file given")
    paths = [at_home(str(path)) for path in paths]
    for name, count in Counter(paths).items():
        if count > 1:
            raise ConfigError(f"{name}: given twice; its measurements would count twice")
    pairs: list[Pairs] = []
    traces: list[Trace] = []
    notes: list[str] = []
    understood: list[str] = []
    pulses: list[PulseTrain] = []
    of_file = columns_by_file(columns, [Path(path).name for path in paths])
    layouts = {name: read_layout(said, interval_s, read_voltage_v, cells) for name, said in of_file.items()}
    for path in map(Path, paths):
        layout = layouts[path.name]
        trains = find_trains(path, layout, range_s, kind == "pulses")
        if trains is not None:
            pulses += trains[0]
            understood += trains[1]
            continue
        samples = read_samples(path, layout)
        pairs += _pairs(samples)
        found = _traces(samples, notes)
        traces += found
        notes += _dropped(samples)
        understood += understood_of(samples, layout, [trace.time_s for trace in found])
    if range_s is not None and not pulses:
        raise ConfigError("--range: of pulse responses in normalised numbers, and there are none; see --kind pulses")
    return Measurements(
        _merge(pairs), tuple(_distinct(traces)), tuple(map(str, paths)), tuple(notes), tuple(understood),
        tuple(pulses), range_s,
    )  # fmt: skip


def _dropped(samples: Samples) -> list[str]:
    lost = sum(samples.dropped.values())
    if not lost:
        return []
    return [f"{samples.path.name}: {lost} of {lost + samples.kept} samples dropped: {tally(samples.dropped)}"]


def _merge(parts: list[Pairs]) -> Pairs | None:
    if not parts:
        return None
    return Pairs(
        np.concatenate([part.target_s for part in parts]),
        np.concatenate([part.programmed_s for part in parts]),
        tuple(file for part in parts for file in part.files),
    )


def _distinct(traces: list[Trace]) -> Iterator[Trace]:
    """Traces whose names tell them apart."""
    names = Counter(trace.cell for trace in traces)
    for trace in traces:
        name = trace.cell if names[trace.cell] == 1 else f"{Path(trace.file).stem}:{trace.cell}"
        yield replace(trace, cell=name)


def _pairs(samples: Samples) -> list[Pairs]:
    target, programmed, line = samples.target_s, samples.programmed_s, samples.pair_line
    if target is None or programmed is None or line is None or not len(target):
        return []
    middle = float(np.median(target)), float(np.median(programmed))
    if min(middle) * LARGEST_RATIO < max(middle) and min(middle) > 0:
        raise ConfigError(
            f"{samples.path}:{line[0]}: medians of target ({middle[0]:.3g} S) and programmed ({middle[1]:.3g} S) "
            f"differ by more than a factor {LARGEST_RATIO:g}: is a unit wrong?"
        )
    return [Pairs(target, programmed, (str(samples.path),))]


def _traces(samples: Samples, notes: list[str]) -> list[Trace]:
    """One trace for each cell; those that hold nothing to fit are left out, and told, unless all are."""
    if samples.reads is None or not len(samples.reads.g_s):
        return []
    traces = _grouped(samples, samples.reads)
    for empty in (_single, _constant, _dark):
        left_out = [trace for trace in traces if empty(trace)]
        if left_out and len(left_out) == len(traces):
            raise ConfigError(f"{left_out[0].place}: trace `{left_out[0].cell}` {empty(left_out[0])}")
        if left_out:
            names = ", ".join(trace.cell for trace in left_out[:3]) + (", ..." if len(left_out) > 3 else "")
            first = f"the first {empty(left_out[0])}"
            notes.append(f"{samples.path.name}: {len(left_out)} of {len(traces)} cells left out ({names}): {first}")
        traces = [trace for trace in traces if not empty(trace)]
    refuse_states(str(samples.path), [trace.g_s for trace in traces])
    notes += doubts(samples, [trace.g_s for trace in traces])
    notes += _coarse(samples, traces)
    return traces


def _coarse(samples: Samples, traces: Sequence[Trace]) -> Iterator[str]:
    """A note on cells whose reads differ by steps of the instrument rather than by noise."""
    coarse = []
    for trace in traces:
        if len(trace.g_s) < FEWEST_FOR_STEPS:
            continue
        values = np.unique(trace.g_s)
        step, sd = float(np.diff(values).min()), float(np.diff(trace.g_s).std() / np.sqrt(2))
        if len(values) <= MOST_STEPS and step > sd:
            coarse.append((trace, len(values)))
    if coarse:
        trace, count = coarse[0]
        few = f"`{trace.cell}` {count} different ones in {len(trace.g_s)} reads"
        yield (
            f"{samples.path.name}: conductances of {len(coarse)} of {len(traces)} cells go in steps ({few}): is that "
            "the cell, or the resolution of the instrument?"
        )


def _single(trace: Trace) -> str:
    return "has one sample only; a trace needs many rows of one cell" if len(trace.g_s) == 1 else ""


def _constant(trace: Trace) -> str:
    if len(trace.g_s) == 2 or np.ptp(trace.g_s) > 0:  # a read before and one after something
        return ""
    return f"is constant ({trace.g_s[0]:g} S); there is no noise to fit"


def _dark(trace: Trace) -> str:
    middle = float(np.median(trace.g_s))
    return f"has a median of {middle:.3g} S; laws of noise and drift need a level above 0" if middle <= 0 else ""


def _grouped(samples: Samples, reads: Reads) -> list[Trace]:
    """Traces of all cells of a file, in the order in which they begin."""
    order = np.argsort(reads.number, kind="stable")
    numbers, starts = np.unique(reads.number[order], return_index=True)
    if len(numbers) > MOST_CELLS:
        why = "are they named by the right column?"
        raise ConfigError(f"{samples.path}: {len(numbers)} different cells; {MOST_CELLS} at most: {why}")
    calendar = samples.parts.moments or bool(reads.time_s.min() > LONG_AGO_S)
    if calendar:
        samples.said.append("times are of a calendar: each cell's begin at its first read")
    pieces = np.split(order, starts[1:])
    if samples.parts.names and len(pieces) > 1:
        pieces = _by_time(samples, reads, pieces)
    traces = []
    for number, at in zip(numbers, pieces, strict=True):
        traces.append(_trace(samples, reads, str(reads.cells[number]), _without_repeated(samples, reads, at), calendar))
    if all(abs(trace.g_s[0] / QUANTUM_S - 1) < ROUNDED for trace in traces):
        problem = f"{samples.path}: every cell begins at 1 G0, the conductance quantum: divided by its first read?"
        raise ConfigError(f"{problem} multiply by that, in S")
    return traces


def _by_time(samples: Samples, reads: Reads, pieces: list[np.ndarray]) -> list[np.ndarray]:
    """Reads of each cell by their times, where these are few and common to cells, so that it is the table that has them
    in another order rather than a clock that began again."""
    times = np.unique(reads.time_s)
    if len(times) > MOST_COMMON_TIMES or FEWEST_AT_A_TIME * len(times) > len(reads.time_s):
        return pieces
    by_time, moved = [], 0
    for at in pieces:
        rising = at[np.argsort(reads.time_s[at], kind="stable")]
        different = np.all(np.diff(reads.time_s[rising]) > 0)
        moved += int(np.count_nonzero(rising != at)) if different else 0
        by_time.append(rising if different else at)
    if moved:
        samples.said.append(f"{moved:,} reads put in the order of their times, which cells have in common")
    return by_time


def _name_cells(samples: Samples) -> str:
    """What to do where one trace is perhaps of several cells: the option, if there is a column that may name them."""
    found, parts = samples.body.found, samples.parts
    others = [k for k in range(found.width) if k not in parts.headings and few_different(found, k)]
    if not others or parts.cells != "long" or len(parts.time) != 1:
        return "name the cells in a column `cell` if there are several"
    used = [f"{parts.headings[k].role.replace('measured', parts.headings[k].kind)}" for k in parts.headings]
    units = [parts.headings[k].unit for k in parts.headings]
    named = [
        f"{part} [{unit.text}]={k + 1}" if unit else f"{part}={k + 1}"
        for part, unit, k in zip(used, units, parts.headings, strict=True)
    ]
    option = f'--columns "{",".join([*named, f"cell={others[0] + 1}"])}"'
    return f"if there are several cells, say which column names them, as {option}"


def _without_repeated(samples: Samples, reads: Reads, at: np.ndarray) -> np.ndarray:
    """The reads of a cell without those few that have the time of the read before."""
    again = np.flatnonzero(np.diff(reads.time_s[at]) == 0) + 1
    if not again.size or again.size > MOST_REPEATED * len(at):
        return at
    samples.dropped["at the time of the read before"] += len(again)
    return np.delete(at, again)


def _trace(samples: Samples, reads: Reads, cell: str, at: np.ndarray, calendar: bool) -> Trace:
    path, time, g = samples.path, reads.time_s[at], reads.g_s[at]
    back = np.flatnonzero(np.diff(time) <= 0)
    if back.size:
        line, now, before = reads.line[at[back[0] + 1]], time[back[0] + 1], time[back[0]]
        fix = _name_cells(samples)
        if now == before:
            fix += "; if clocks were too coarse, leave the time out of --columns and give --interval"
        raise ConfigError(f"{path}:{line}: time {now:g} s after {before:g} s in trace `{cell}`: times must rise; {fix}")
    place = f"{path}:{reads.line[at[0]]}"
    return Trace(cell, time - time[0] if calendar else time, g, str(path), place, _steady(reads.temperature_k[at]))


def _steady(temperature_k: np.ndarray) -> float | None:
    """The temperature of all reads of a cell."""
    if not np.isfinite(temperature_k).all() or np.ptp(temperature_k) > STEADY_K:
        return None
    return float(temperature_k.mean())
