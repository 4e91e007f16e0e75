"""The text of one measurement file to columns of SI numbers, every mistake told with file, line and fix.

The file is read line by line, and the number of rows is bounded as its lines are (`device_models.files.table_text`).
Samples that hold no measurement (blank, instrument codes: see `missing`) are dropped and counted.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from device_models.errors import ConfigError, quoted
from device_models.files.table_text import is_number
from device_models.fit.measurements.delimited import DelimitedTable
from device_models.fit.measurements.missing import lost
from device_models.fit.measurements.styles import ONE_STYLE
from device_models.fit.measurements.units import COLUMNS, Column, read_header

MEASURED = {"target": "programmed", "time": "conductance"}  # what was measured at which target, at which time
LONGEST_CELL = 80
MOST_ROWS = 1_000_000


@dataclass
class Rows:
    """Columns of one file, a number for each row: NaN where a kind of measurement was left blank or dropped.

    dropped: how many samples of the file were, by reason. line: where each row stands in the file.
    """

    columns: dict[str, Column]
    values: dict[str, array[float]]
    line: array[int] = field(default_factory=lambda: array("q"))
    cell: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    def chosen(self, key: str) -> np.ndarray:
        """Indices of the rows that have a measurement at `key`, target or time."""
        return np.flatnonzero(~np.isnan(self.values[key])) if key in self.values else np.zeros(0, dtype=int)


def read_rows(path: Path) -> Rows:
    """All rows with measurements; columns come in pairs (`MEASURED`) and both or neither of a pair is filled."""
    table = DelimitedTable(path, ConfigError, "a header such as `target [uS],programmed [uS]` and rows")
    columns = _columns(table.header, table.place)
    numbers = [k for k, column in enumerate(columns) if COLUMNS[column.name]]
    rows = Rows({c.name: c for c in columns}, {columns[k].name: array("d") for k in numbers})
    for n, cells in table.rows(numbers):
        _add(rows, columns, cells, path, n)
    if not rows.line:
        lost_rows = f" ({tally(rows.dropped)} dropped)" if rows.dropped else ""
        raise ConfigError(f"{path}: no rows of data below the header{lost_rows}")
    return rows


def tally(dropped: Counter[str]) -> str:
    """`3 instrument overflow 9.9E37, 1 blank`, the most frequent first."""
    commonest = [f"{count} {reason}" for reason, count in dropped.most_common(3)]
    others = sum(dropped.values()) - sum(count for _, count in dropped.most_common(3))
    return ", ".join(commonest) + (f", {others} of other kinds" if others else "")


def _columns(header: list[str], place: str) -> list[Column]:
    columns = [read_header(text, place) for text in header]
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{place}: two columns of the name `{name}`; keep one")
    for key, measured in MEASURED.items():
        for name, partner in ((key, measured), (measured, key)):
            if name in names and partner not in names:
                raise ConfigError(f"{place}: `{name}` needs a column `{partner}`, with its unit, beside it")
    if not set(names) & MEASURED.keys():
        raise ConfigError(f"{place}: nothing measured; give target and programmed, or time and conductance")
    return columns


def _add(rows: Rows, columns: list[Column], fields: list[str], path: Path, line: int) -> None:
    """Append one line, unless it holds nothing."""
    place = f"{path}:{line}"
    if len(fields) != len(columns):
        fix = "; write decimals with a point" if len(fields) > len(columns) else ""
        raise ConfigError(f"{place}: {len(fields)} values in a table of {len(columns)} columns{fix}")
    if len(rows.line) >= MOST_ROWS:
        raise ConfigError(f"{place}: more than {MOST_ROWS} rows; give fewer reads, or the cells in several files")
    given = dict(zip((column.name for column in columns), fields, strict=True))
    values = dict.fromkeys(rows.values, math.nan)
    for key in MEASURED.keys() & given.keys():
        values.update(_measured(rows, key, given, place))
    if all(map(math.isnan, values.values())):
        return
    cell = given.get("cell", "")
    if len(cell) > LONGEST_CELL or not cell.isprintable():
        raise ConfigError(f"{place}: cell {quoted(cell)}: expected a name of at most {LONGEST_CELL} printable letters")
    for name, value in values.items():
        rows.values[name].append(value)
    rows.line.append(line)
    rows.cell.append(cell)


def _measured(rows: Rows, key: str, given: dict[str, str], place: str) -> dict[str, float]:
    """A target or time and what was measured at it; nothing, and counted, where that is no measurement."""
    name = MEASURED[key]
    reason = lost(given[name], rows.columns[name])
    if reason:
        if given[key] or given[name]:
            rows.dropped[reason] += 1
        return {}
    if not given[key]:
        raise ConfigError(f"{place}: {name} is {quoted(given[name])} but {key} is blank; fill both or neither")
    return {part: _number(rows.columns[part], given[part], place) for part in (name, key)}


def _number(column: Column, text: str, place: str) -> float:
    if not is_number(text) and not lost(text, column):
        fix = f"; {ONE_STYLE}" if "," in text else ""
        raise ConfigError(f"{place}: {column.name}: {quoted(text)} is not a number{fix}")
    value = math.nan if lost(text, column) else column.si(float(text))
    if not math.isfinite(value):
        problem = "is not a finite conductance or time; delete the row"
        raise ConfigError(f"{place}: {column.name}: {quoted(text)[1:-1]} {problem}")
    if value < 0 and column.name != "time":
        problem = "is negative; conductances are not: is an offset subtracted?"
        raise ConfigError(f"{place}: {column.name}: {quoted(text)[1:-1]} {problem}")
    return value
