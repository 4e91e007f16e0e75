"""Measurement files: CSV with the unit of every column in the header, read into SI.

Two kinds of measurement, in one file or in several: pairs (`target`, `programmed`: one programming per row) and traces
(`time`, `conductance`: one read per row; `cell` tells traces apart). A row may leave the columns of the other kind
blank; a sample that is blank or an instrument's code for none is dropped and counted. Commas, semicolons or tabs (with
the last two, decimal commas too); lines that start with # are comments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from device_models.errors import ConfigError, explained_by
from device_models.files.home import at_home
from device_models.fit.measurements.plausible import check_conductances
from device_models.fit.measurements.rows import Rows, read_rows, tally
from device_models.fit.measurements.units import COLUMNS
from device_models.shown import shown

LARGEST_RATIO = 100.0
MOST_CELLS = 20_000


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
    """Reads of one cell: rising times [s] and conductances [S]; `place` is file:line of its first sample."""

    cell: str
    time_s: np.ndarray
    g_s: np.ndarray
    file: str
    place: str


@shown
@dataclass(frozen=True)
class Measurements:
    """Everything that was measured; pairs is None when no file has any. notes: what was left out or looks wrong."""

    pairs: Pairs | None
    traces: tuple[Trace, ...]
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


@explained_by("fit_measurements")
def read_files(paths: Sequence[str | Path]) -> Measurements:
    """Read and merge measurement files; the same cell in two files is two traces.

    Raises ConfigError, one line with file, line and fix, for whatever cannot be used.
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
    for path in map(Path, paths):
        rows = read_rows(path)
        notes += _dropped(path, rows)
        for column in rows.columns.values():
            if COLUMNS[column.name] == "conductance":
                notes += check_conductances(column, np.array(rows.values[column.name]), str(path))
        pairs += _pairs(path, rows)
        traces += _traces(path, rows, notes)
    return Measurements(_merge(pairs), tuple(_distinct(traces)), tuple(map(str, paths)), tuple(notes))


def _dropped(path: Path, rows: Rows) -> list[str]:
    lost = sum(rows.dropped.values())
    if not lost:
        return []
    return [f"{path.name}: {lost} of {lost + len(rows.line)} samples dropped: {tally(rows.dropped)}"]


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


def _pairs(path: Path, rows: Rows) -> list[Pairs]:
    chosen = rows.chosen("target")
    if not chosen.size:
        return []
    target, programmed = (np.array(rows.values[name])[chosen] for name in ("target", "programmed"))
    middle = float(np.median(target)), float(np.median(programmed))
    if min(middle) * LARGEST_RATIO < max(middle) and min(middle) > 0:
        raise ConfigError(
            f"{path}:{rows.line[chosen[0]]}: medians of target ({middle[0]:.3g} S) and programmed ({middle[1]:.3g} S) "
            f"differ by more than a factor {LARGEST_RATIO:g}: is a unit wrong?"
        )
    return [Pairs(target, programmed, (str(path),))]


def _traces(path: Path, rows: Rows, notes: list[str]) -> list[Trace]:
    """One trace for each cell; those that hold nothing to fit are left out, and told, unless all are."""
    cells: dict[str, list[int]] = {}
    for index in rows.chosen("time"):
        cells.setdefault(rows.cell[index] or path.stem, []).append(index)
    if len(cells) > MOST_CELLS:
        raise ConfigError(f"{path}: {len(cells)} different cells; {MOST_CELLS} at most: is `cell` the right column?")
    traces = [_trace(path, cell, rows, np.array(chosen)) for cell, chosen in cells.items()]
    for empty in (_single, _constant):
        left_out = [trace for trace in traces if empty(trace)]
        if left_out and len(left_out) == len(traces):
            raise ConfigError(f"{left_out[0].place}: trace `{left_out[0].cell}` {empty(left_out[0])}")
        if left_out:
            names = ", ".join(trace.cell for trace in left_out[:3]) + (", ..." if len(left_out) > 3 else "")
            first = f"the first {empty(left_out[0])}"
            notes.append(f"{path.name}: {len(left_out)} of {len(traces)} cells left out ({names}): {first}")
        traces = [trace for trace in traces if not empty(trace)]
    return traces


def _single(trace: Trace) -> str:
    return "has one sample only; a trace needs many rows of one cell" if len(trace.g_s) == 1 else ""


def _constant(trace: Trace) -> str:
    return f"is constant ({trace.g_s[0]:g} S); there is no noise to fit" if np.ptp(trace.g_s) == 0 else ""


def _trace(path: Path, cell: str, rows: Rows, chosen: np.ndarray) -> Trace:
    place = f"{path}:{rows.line[chosen[0]]}"
    time, g = (np.array(rows.values[name])[chosen] for name in ("time", "conductance"))
    back = np.flatnonzero(np.diff(time) <= 0)
    if back.size:
        line, now, before = rows.line[chosen[back[0] + 1]], time[back[0] + 1], time[back[0]]
        raise ConfigError(
            f"{path}:{line}: time {now:g} s after {before:g} s in trace `{cell}`: times must rise; "
            "name the cells in a column `cell` if there are several"
        )
    return Trace(cell, time, g, str(path), place)
