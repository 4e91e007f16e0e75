"""Measurement files: CSV with the unit of every column in the header, read into SI.

Two kinds of measurement, in one file or in several: pairs (`target`, `programmed`: one programming per row) and traces
(`time`, `conductance`: one read per row; `cell` tells traces apart). A row may leave the columns of the other kind
blank. Commas, semicolons or tabs (with the last two, decimal commas too); lines that start with # are comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.rows import Row, read_rows

LARGEST_RATIO = 100.0


@dataclass(frozen=True)
class Pairs:
    """Target and programmed conductances [S], one programming each."""

    target_s: np.ndarray
    programmed_s: np.ndarray
    files: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """Reads of one cell: rising times [s] and conductances [S]; `place` is file:line of its first sample."""

    cell: str
    time_s: np.ndarray
    g_s: np.ndarray
    file: str
    place: str


@dataclass(frozen=True)
class Measurements:
    """Everything that was measured; pairs is None when no file has any."""

    pairs: Pairs | None
    traces: tuple[Trace, ...]
    files: tuple[str, ...]


def read_files(paths: Sequence[str | Path]) -> Measurements:
    """Read and merge measurement files; the same cell in two files is two traces.

    Raises ConfigError, one line with file, line and fix, for whatever cannot be used.
    """
    if not paths:
        raise ConfigError("no measurement file given")
    for path in paths:
        if list(map(str, paths)).count(str(path)) > 1:
            raise ConfigError(f"{path}: given twice; its measurements would count twice")
    pairs: list[Pairs] = []
    traces: list[Trace] = []
    for path in map(Path, paths):
        rows = read_rows(path)
        pairs += _pairs(path, rows)
        traces += _traces(path, rows)
    return Measurements(_merge(pairs), tuple(_distinct(traces)), tuple(str(path) for path in paths))


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
    names = [trace.cell for trace in traces]
    for trace in traces:
        name = trace.cell if names.count(trace.cell) == 1 else f"{Path(trace.file).stem}:{trace.cell}"
        yield Trace(name, trace.time_s, trace.g_s, trace.file, trace.place)


def _pairs(path: Path, rows: list[Row]) -> list[Pairs]:
    chosen = [row for row in rows if "target" in row.values]
    if not chosen:
        return []
    target = np.array([row.values["target"] for row in chosen])
    programmed = np.array([row.values["programmed"] for row in chosen])
    middle = float(np.median(target)), float(np.median(programmed))
    if min(middle) * LARGEST_RATIO < max(middle) and min(middle) > 0:
        raise ConfigError(
            f"{path}:{chosen[0].line}: medians of target ({middle[0]:.3g} S) and programmed ({middle[1]:.3g} S) differ "
            f"by more than a factor {LARGEST_RATIO:g}: is a unit wrong?"
        )
    return [Pairs(target, programmed, (str(path),))]


def _traces(path: Path, rows: list[Row]) -> list[Trace]:
    cells: dict[str, list[Row]] = {}
    for row in rows:
        if "time" in row.values:
            cells.setdefault(row.cell or path.stem, []).append(row)
    return [_trace(path, cell, chosen) for cell, chosen in cells.items()]


def _trace(path: Path, cell: str, rows: list[Row]) -> Trace:
    place = f"{path}:{rows[0].line}"
    if len(rows) == 1:
        raise ConfigError(f"{place}: trace `{cell}` has one sample only; a trace needs many rows of one cell")
    time = np.array([row.values["time"] for row in rows])
    g = np.array([row.values["conductance"] for row in rows])
    back = np.flatnonzero(np.diff(time) <= 0)
    if back.size:
        row, before = rows[back[0] + 1], time[back[0]]
        raise ConfigError(
            f"{path}:{row.line}: time {row.values['time']:g} s after {before:g} s in trace `{cell}`: times must rise; "
            "name the cells in a column `cell` if there are several"
        )
    if np.all(g == g[0]):
        raise ConfigError(f"{place}: trace `{cell}` is constant ({g[0]:g} S); there is no noise to fit")
    return Trace(cell, time, g, str(path), place)
