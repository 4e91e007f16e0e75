"""Pulse responses of one file: a column for each direction, cell or cycle, or a column that names them.

Rows are reads after one pulse each, in their order. Numbers are conductances (resistances, currents) by their unit, or
normalised, with a range that the user gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.measurements.body import Body
from device_models.fit.measurements.columns import Columns
from device_models.fit.measurements.found import DELIMITERS, Found, find_table
from device_models.fit.measurements.headings import NO_UNIT, Heading
from device_models.fit.measurements.layout import IN_HEADING, Layout
from device_models.fit.measurements.parts.model import Parts, shown
from device_models.fit.measurements.pulses.words import NO_RANGE, Direction, of_pulses, part_of, way_of
from device_models.number_text import counted, quantity_text
from device_models.shown import shown as shown_in_notebooks

FEWEST_PULSES, MOST_READS, MOST_TRAINS = 20, 100_000, 1000
CALLED = {"potentiation": "up", "depression": "down"}
COLUMNS = '--columns "up [uS]=1,down [uS]=2"'


@shown_in_notebooks
@dataclass(frozen=True)
class PulseTrain:
    """Conductances after pulses 1, 2, ... of one train, in S or, with a range beside it, normalised; `place` is
    file:line of the first."""

    cell: str
    direction: Direction
    g: np.ndarray
    file: str
    place: str


@dataclass
class _Table:
    """Which column is what. ways: direction of each measured column, none where another column or the trend says it."""

    headings: dict[int, Heading]
    ways: dict[int, Direction | None] = field(default_factory=dict)
    counter: int | None = None
    direction: int | None = None
    cells: list[int] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)


def find_trains(
    path: Path, layout: Layout, range_s: tuple[float, float] | None, forced: bool
) -> tuple[list[PulseTrain], list[str]] | None:
    """Trains and what was understood; None for a file of something else, unless `forced`. Raises ConfigError for a file
    of pulse responses that cannot be used."""
    given = [named.heading for named in layout.columns if named.heading]
    if not forced and (IN_HEADING in given or (layout.columns and not of_pulses([one.part for one in layout.columns]))):
        return None
    found = find_table(path, given, bool(layout.columns) and not given)
    headings = _given(found, layout) if layout.columns else dict(enumerate(found.headings))
    if not forced and not of_pulses(list(headings.values())):
        return None
    table = _table(found, headings) if headings else _without_headings(found)
    numbers = sorted({*table.ways, *([] if table.counter is None else [table.counter])})
    texts = sorted({*table.cells, *table.runs, *([] if table.direction is None else [table.direction])})
    body = Body(found, numbers, texts)
    if not headings and _counts(body, numbers):
        first = numbers[0]
        table.counter = first
        del table.ways[first]
        if len(table.ways) == 2:
            table.ways = dict(zip(table.ways, ("potentiation", "depression"), strict=True))
    g, unit = _values(body, table, layout, range_s)
    trains = list(_trains(body, table, g))
    _check(found, trains)
    return trains, _understood(body, table, trains, unit)


def _given(found: Found, layout: Layout) -> dict[int, Heading]:
    chosen: dict[int, Heading] = {}
    texts = [heading.text.lower() for heading in found.headings]
    for named in layout.columns:
        if named.heading:
            at = [k for k, text in enumerate(texts) if text == named.heading.lower()]
        else:
            at = list(range(named.first - 1, found.width if named.last is None else named.last))
        if not at or max(at) >= found.width:
            where = named.heading or named.last
            raise ConfigError(f"{found.place}: --columns: no column {where}; the table has {found.width} columns")
        chosen |= dict.fromkeys(at, named.part)
    return chosen


def _table(found: Found, headings: dict[int, Heading]) -> _Table:
    """Raises ConfigError where no column is measured."""
    table = _Table(headings)
    for k, heading in headings.items():
        part = part_of(heading)
        if part in ("potentiation", "depression", "measured"):
            table.ways[k] = way_of(heading.text.split("[")[0])
        elif part == "pulse" and table.counter is None:
            table.counter = k
        elif part == "direction":
            table.direction = k
        elif part in ("cell", "run"):
            (table.cells if part == "cell" else table.runs).append(k)
    if not table.ways:
        raise ConfigError(f"{found.place}: no conductances after pulses in its columns; say which, as {COLUMNS}")
    return table


def _without_headings(found: Found) -> _Table:
    """Of bare numbers: up and down in this order, or one train; a first column may count pulses. Raises ConfigError for
    more."""
    if found.width > 3:
        raise ConfigError(f"{found.place}: {found.width} columns and no heading; say which is which, as {COLUMNS}")
    ways: tuple[Direction | None, ...] = ("potentiation", "depression") if found.width == 2 else (None,) * found.width
    return _Table({}, dict(enumerate(ways)))


def _counts(body: Body, numbers: Sequence[int]) -> bool:
    """Whether the first of several columns counts pulses from 0 or 1."""
    first = body.columns(numbers[:1])[:, 0]
    return len(numbers) > 1 and len(first) > 1 and first[0] in (0, 1) and bool(np.all(np.diff(first) == 1))


def _values(body: Body, table: _Table, layout: Layout, range_s: tuple[float, float] | None) -> tuple[np.ndarray, str]:
    """(rows, measured columns), NaN where there is none, and their unit in words. Raises ConfigError for normalised
    numbers without a range, for units beside one, and for words."""
    at, found = list(table.ways), body.found
    headings = [table.headings.get(k, Heading("", problem=NO_UNIT)) for k in at]
    with_unit = [heading for heading in headings if heading.unit is not None and not heading.problem]
    if range_s is not None and with_unit:
        problem = f"column `{with_unit[0].text}` has a unit, and --range is of normalised numbers"
        raise ConfigError(f"{found.place}: {problem}; give one of them (--g-min-s, --g-max-s: the range of the preset)")
    if range_s is not None:
        for row, _, word in body.words_in(at):
            raise ConfigError(f"{found.path}:{body.lines[row]}: `{word}` is not a number")
        ends = f"{quantity_text(range_s[0], 'S')} to {quantity_text(range_s[1], 'S')}"
        return body.columns(at), f"normalised, {ends} from end to end of the staircase as given"
    if len(with_unit) < len(at):
        lacking = next(k for k, heading in zip(at, headings, strict=True) if heading not in with_unit)
        raise ConfigError(f"{found.place}: pulse responses: column {shown(found, lacking)} has no unit; {NO_RANGE}")
    if any(heading.kind == "current" for heading in headings) and layout.read_voltage_v is None:
        raise ConfigError(f"{found.place}: currents after pulses; give the voltage of the reads, as --read-voltage 0.1")
    columns = Columns(body, Parts(dict(zip(at, headings, strict=True)), measured=at), layout.read_voltage_v)
    return columns.conductances(at)[0], f"in {headings[0].said}"


def _trains(body: Body, table: _Table, g: np.ndarray) -> Iterator[PulseTrain]:
    """Rows by cell, direction, cycle and table, and where pulses are counted from the first again."""
    found, rows = body.found, len(body.lines)
    names = [" ".join(body.texts[k][row] for k in table.cells) for row in range(rows)]
    told = [tuple(body.texts[k][row] for k in table.runs) for row in range(rows)]
    said = [body.texts[table.direction][row] if table.direction is not None else "" for row in range(rows)]
    again = np.zeros(rows, dtype=int)
    if table.counter is not None:
        again[1:] = np.cumsum(np.diff(body.columns([table.counter])[:, 0]) <= 0)
    keys: dict[tuple[object, ...], list[int]] = {}
    for row in range(rows):
        keys.setdefault((names[row], said[row], told[row], body.table[row], again[row]), []).append(row)
    for (name, way, *_), at in keys.items():
        for column, (k, of_column) in enumerate(table.ways.items()):
            values = g[at, column]
            there = np.flatnonzero(np.isfinite(values))
            if not there.size:
                continue
            values, line = values[: there[-1] + 1], body.lines[at[0]]
            gap = np.flatnonzero(~np.isfinite(values))
            if gap.size:
                where = f"{found.path}:{body.lines[at[int(gap[0])]]}"
                raise ConfigError(
                    f"{where}: no conductance after pulse {gap[0] + 1}; a read after every pulse is needed"
                )
            direction = of_column or way_of(str(way)) or _trend(values)
            yield PulseTrain(
                str(name) or _cell(table.headings.get(k)), direction, values, str(found.path), f"{found.path}:{line}"
            )


def _cell(heading: Heading | None) -> str:
    """A column is of a cell where it says so; numbers without are of cycles."""
    words = (heading.text if heading else "").lower()
    return f"{heading.numbered}" if heading and any(word in words for word in ("cell", "device", "dut")) else ""


def _trend(values: np.ndarray) -> Direction:
    quarter = max(1, len(values) // 4)
    return "potentiation" if values[-quarter:].mean() > values[:quarter].mean() else "depression"


def _check(found: Found, trains: Sequence[PulseTrain]) -> None:
    """Raises ConfigError for too few pulses, and for more reads than a fit takes."""
    short = [train for train in trains if len(train.g) < FEWEST_PULSES]
    if short or not trains:
        pulses = counted(len(short[0].g) if short else 0, "pulse")
        raise ConfigError(f"{found.place}: a train of {pulses}; at least {FEWEST_PULSES} are needed")
    constant = [train for train in trains if np.ptp(train.g) == 0]
    if constant:
        raise ConfigError(f"{constant[0].place}: a train of pulses that changes nothing; there is no staircase to fit")
    if len(trains) > MOST_TRAINS or sum(len(train.g) for train in trains) > MOST_READS:
        most = f"{MOST_TRAINS:,} trains and {MOST_READS:,} reads"
        raise ConfigError(f"{found.path}: more than {most}; give fewer cells or cycles")


def _understood(body: Body, table: _Table, trains: Sequence[PulseTrain], unit: str) -> list[str]:
    found = body.found
    heading = f"heading in line {found.line}" if found.headings else "no heading"
    lines = [f"{counted(len(body.lines), 'row')}, columns parted by {DELIMITERS[found.delimiter]}, {heading}"]
    for k, way in table.ways.items():
        what = f"conductance after each pulse {CALLED[way]}" if way else "conductance after each pulse"
        lines.append(f"{what}: column {shown(found, k)}, {unit}")
    if table.counter is not None:
        lines.append(f"pulses counted in column {shown(found, table.counter)}")
    for direction, called in CALLED.items():
        lengths = [len(train.g) for train in trains if train.direction == direction]
        cells = len({train.cell for train in trains if train.direction == direction})
        if lengths:
            span = f"{min(lengths)}" if min(lengths) == max(lengths) else f"{min(lengths)} to {max(lengths)}"
            lines.append(f"{counted(len(lengths), 'train')} of {span} pulses {called}, of {counted(cells, 'cell')}")
    used = {*table.ways, table.counter, table.direction, *table.cells, *table.runs}
    unused = [shown(found, k) for k in range(found.width) if k not in used]
    return [f"{found.path.name}: {line}" for line in [*lines, *([f"not used: {', '.join(unused)}"] if unused else [])]]
