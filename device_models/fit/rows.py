"""The text of one measurement file to rows of SI numbers, every mistake told with file, line and fix."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from device_models.errors import ConfigError
from device_models.fit.styles import ONE_STYLE, with_points, without_blank_columns, without_separator_line
from device_models.fit.units import COLUMNS, EXAMPLES, Column, read_header

PARTNERS = {"target": "programmed", "programmed": "target", "time": "conductance", "conductance": "time"}


@dataclass(frozen=True)
class Row:
    """One line of a file: the numbers of the columns that are not blank, in S and s."""

    line: int
    values: dict[str, float]
    cell: str


def read_rows(path: Path) -> list[Row]:
    """All rows with measurements; columns come in pairs (`PARTNERS`) and both or neither of a pair is filled."""
    (header_line, header), body = _lines(path)
    delimiter = max("\t;,", key=header.count)
    fields = _fields(header, delimiter, f"{path}:{header_line}")
    table = [(n, _fields(line, delimiter, f"{path}:{n}")) for n, line in body]
    fields, table = without_blank_columns(fields, table)
    columns = _columns(fields, f"{path}:{header_line}")
    if delimiter != ",":
        table = with_points(table, {k for k, column in enumerate(columns) if COLUMNS[column.name]}, path)
    rows = [row for row in (_row(columns, cells, path, n) for n, cells in table) if row.values]
    if not rows:
        raise ConfigError(f"{path}: no rows of data below the header")
    return rows


def _lines(path: Path) -> tuple[tuple[int, str], list[tuple[int, str]]]:
    """The header and the lines below it, numbered; no blank lines and comments."""
    lines = [(n, line) for n, line in enumerate(_text(path).splitlines(), 1) if line.strip()]
    lines = without_separator_line([(n, line) for n, line in lines if not line.lstrip().startswith("#")])
    if not lines:
        raise ConfigError(f"{path}: empty file; expected a header such as `target [uS],programmed [uS]` and rows")
    return lines[0], lines[1:]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ConfigError(f"{path}: not a text file in UTF-8; export the table as CSV (UTF-8)")
    return text


def _fields(line: str, delimiter: str, place: str) -> list[str]:
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]
    except csv.Error as error:
        raise ConfigError(f"{place}: not a row of CSV ({error})") from None


def _columns(header: list[str], place: str) -> list[Column]:
    columns = [read_header(text, place) for text in header]
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{place}: two columns of the name `{name}`; keep one")
        partner = PARTNERS.get(name)
        if partner and partner not in names:
            raise ConfigError(f"{place}: `{name}` needs a column `{partner} [{EXAMPLES[partner]}]` beside it")
    if not set(names) & PARTNERS.keys():
        raise ConfigError(f"{place}: nothing measured; give target and programmed, or time and conductance")
    return columns


def _row(columns: list[Column], fields: list[str], path: Path, line: int) -> Row:
    place = f"{path}:{line}"
    if len(fields) != len(columns):
        fix = "; write decimals with a point" if len(fields) > len(columns) else ""
        raise ConfigError(f"{place}: {len(fields)} values in a table of {len(columns)} columns{fix}")
    given = dict(zip((column.name for column in columns), fields, strict=True))
    for name, partner in PARTNERS.items():
        if given.get(name) and not given[partner]:
            raise ConfigError(f"{place}: {name} is {given[name]} but {partner} is blank; fill both or neither")
    values = {c.name: _number(c, given[c.name], place) for c in columns if COLUMNS[c.name] and given[c.name]}
    return Row(line, values, given.get("cell", ""))


def _number(column: Column, text: str, place: str) -> float:
    try:
        number = float(text)
    except ValueError:
        fix = f"; {ONE_STYLE}" if "," in text else ""
        raise ConfigError(f"{place}: {column.name}: {text!r} is not a number{fix}") from None
    value = column.si(number) if math.isfinite(number) else math.nan
    if not math.isfinite(value):
        raise ConfigError(f"{place}: {column.name}: {text} is not a finite conductance or time; delete the row")
    if value < 0 and column.name != "time":
        raise ConfigError(f"{place}: {column.name}: {text} is negative; conductances are not: is an offset subtracted?")
    return value
