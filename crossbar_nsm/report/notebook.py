"""What a notebook shows of an object: what is said of it, and its tables, as on a terminal; of many rows the first.

`device_models.shown` looks functions of this module up by name when somebody looks at an object. Modules of tables are
imported when one of their tables is made: to show a device, nothing of networks is loaded.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import Any

from crossbar_nsm.report.tables.fitting import TextColumn
from crossbar_nsm.report.tables.terminal import TextTable, in_short, legend_text, make_table, print_table
from device_models.number_text import counted
from device_models.schema import Schema
from device_models.shown import shown_fields, value_text

LONGEST = 1900  # characters of text
LONGEST_TITLE, LONGEST_CELL, LONGEST_NOTE, LONGEST_VERDICT = 200, 120, 300, 800
MOST_ROWS = 30


def html_of(value: Any) -> str:
    """The verdict of an object, its tables and its notes as HTML, at most 2,000 characters of text."""
    verdict, notes = (_whole_sentences(sentences, most) for sentences, most in _said(value))
    room, parts = LONGEST - len(verdict) - len(notes), []
    more = "; .table() has all" if callable(getattr(value, "table", None)) else ""
    tables = _tables_of(value)
    for left, table in zip(range(len(tables), 0, -1), tables, strict=True):
        part = _Part.of(table, room if left == 1 else room * 2 // 3, more)
        room -= part.length
        parts.append(part.html)
    before, after = (f"<p>{escape(text)}</p>" if text else "" for text in (verdict, notes))
    return "".join([before, *parts, after])


def text_of(value: Any) -> str:
    """The same tables as text, whole, in the width of the terminal, with the verdict and the notes: what `print` of a
    result shows."""
    text = io.StringIO()
    for table in _tables_of(value):
        print_table(table, file=text)
    said = [line for lines, _ in _said(value) for line in lines]
    return "\n".join([text.getvalue().strip("\n"), *(["", *said] if said else [])])


def rows_of(value: Any) -> list[dict[str, Any]]:
    """The rows of a programmed chip, the timing of one, or a fit, as the command line prints them."""
    module, function = _ROWS[next(kind for kind in _kinds(value) if kind in _ROWS)]
    rows: list[dict[str, Any]] = _made(module, function, value)
    return rows


def _made(module: str, function: str, *given: Any) -> Any:
    return getattr(importlib.import_module(f"crossbar_nsm.report.tables.{module}"), function)(*given)


_ROWS = {
    "MappedNetwork": ("mapping", "mapping_rows"),
    "Timing": ("timing", "timing_rows"),
    "FitResult": ("fit", "fit_rows"),
}
_TABLES: dict[str, Callable[[Any], Sequence[TextTable]]] = {
    "Budget": lambda budget: [
        _made("budget", "ladder_table", budget),
        *([_made("budget", "single_effects_table", budget)] if budget.effects else []),
    ],
    "ChipAgeing": lambda ageing: [_made("ageing", "ageing_table", ageing)],
    "Comparison": lambda of: [
        _made("comparison", "comparison_table", of.rows, (), of.config),
        *([_made("comparison", "pairs_table", of.pairs)] if of.pairs else []),
    ],
    "Device": lambda device: [_device_table(device)],
    "DryRun": lambda planned: [_made("plan", "plan_table", planned)],
    "FitReport": lambda report: _tables_of(report.twin),
    "FitResult": lambda fit: [_made("fit", "fit_table", fit)],
    "MappedNetwork": lambda chip: [_made("mapping", name, chip) for name in ("mapping_table", "calibration_table")],
    "Network": lambda net: [_made("network", "network_table", net)],
    "Pair": lambda pair: [_made("comparison", "pairs_table", [pair])],
    "PointResults": lambda point: [_made("comparison", "comparison_table", [point.row])] if point.row else [],
    "Report": lambda report: [_report_table(report), *_tables_of(report.results)],
    "Reproduction": lambda made: [_reproduction_table(made)],
    "Results": lambda of: [_made("comparison", "comparison_table", of.rows, (), of.config)] if of.rows else [],
    "Row": lambda row: [_made("comparison", "comparison_table", [row])],
    "RunsComparison": lambda of: [_made("comparison", "pairs_table", of.pairs, (of.first, of.second))],
    "Timing": lambda layers: [_made("timing", "timing_table", layers)] if layers else [],
    "TrainingResult": lambda result: [_made("training", "training_table", result)],
    "Tuning": lambda tuning: [_made("tuning", "tuning_table", tuning)],
    "Twin": lambda twin: [_made("twins", "twin_table", twin)] if twin.rows else [],
    "UncertaintyStudy": lambda study: _made("uncertainty", "uncertainty_tables", study),
}


def _tables_of(value: Any) -> Sequence[TextTable]:
    kind = next((kind for kind in _kinds(value) if kind in _TABLES), None)
    if kind is None and callable(getattr(value, "table", None)):
        return [_frame_table(value)]
    return (_TABLES[kind](value) if kind is not None else []) or [_fields_table(value)]


def _kinds(value: Any) -> Iterable[str]:
    return (kind.__name__ for kind in type(value).__mro__)


def _said(value: Any) -> Iterable[tuple[Sequence[str], int]]:
    """What is said beside the tables, the verdict and notes, in sentences, and how many characters of it are shown."""
    verdict = getattr(value, "verdict", None)
    yield [] if verdict is None or isinstance(verdict, str) else verdict, LONGEST_VERDICT
    says = getattr(value, "says", None)
    yield [says] if isinstance(says, str) else getattr(value, "notes", None) or [], LONGEST_NOTE


def _frame_table(value: Any) -> TextTable:
    """What its `table()` has, where no table was made for people."""
    of = value.table()
    lines = [["-" if cell is None else _cell_text(cell) for cell in line] for line in of.rows()]
    return make_table(type(value).__name__, of.columns, lines)


def _report_table(report: Any) -> TextTable:
    return make_table(
        "Report", ["", ""], [["page", str(report.path)], ["figures", counted(len(report.figures), "file")]]
    )


def _fields_table(value: Any) -> TextTable:
    """What the `repr` names, one line each; of settings every one by its dotted key."""
    lines = [[key, value_text(entry, LONGEST_CELL)] for key, entry in _flat(shown_fields(value))]
    return make_table(type(value).__name__, ["", ""], lines or [["as by default", ""]])


def _flat(fields: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, entry in fields.items():
        if isinstance(entry, Schema) and "Device" not in _kinds(entry) and shown_fields(entry):
            yield from _flat(shown_fields(entry), f"{prefix}{name}.")
        else:
            yield prefix + name, entry


def _device_table(device: Any) -> TextTable:
    table: TextTable = _made("devices", "derived_table", device)
    table.title = f"{device.name} ({device.family}): {device.description}"
    return table


def _reproduction_table(made: Any) -> TextTable:
    return make_table(made.title, made.columns, [[_cell_text(value) for value in row] for row in made.rows])


def _cell_text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else value_text(value)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def _whole_sentences(sentences: Sequence[str], most: int) -> str:
    """As many as there is room for, at least one, and how many there are besides."""
    count = max(1, sum(total <= most for total in accumulate(len(sentence) + 1 for sentence in sentences)))
    more = f" {len(sentences) - count} more: print() shows all." if count < len(sentences) else ""
    return _shortened(" ".join(sentences[:count]), most) + more


@dataclass(frozen=True)
class _Part:
    """A table as HTML, and how many characters of text it has."""

    html: str
    length: int

    @classmethod
    def of(cls, table: TextTable, room: int, more: str) -> _Part:
        """As much of a table as there is room for; more: what follows the number of rows left out."""
        title, columns = in_short(table)
        title = _shortened(title, LONGEST_TITLE)
        notes = _shortened("\n".join(filter(None, (legend_text(table.legend), table.notes))), LONGEST_NOTE)
        notes = notes if room > 3 * LONGEST_NOTE else ""
        room -= len(title) + len(notes) + 60
        kept = _fitting(columns, table.drop, room // 2)
        lines = [[column.heading for column in kept], *zip(*(column.cells for column in kept), strict=True)]
        lines = [[_shortened(cell, LONGEST_CELL) for cell in line] for line in lines]
        count = _count([sum(map(len, line)) for line in lines], room)
        left = f"... {len(lines) - count} more rows{more}" if count < len(lines) else ""
        html = "".join(_line(line, kept, "td" if number else "th") for number, line in enumerate(lines[:count]))
        below = "".join(f'<div style="white-space:pre-line">{escape(text)}</div>' for text in (left, notes) if text)
        text = [title, left, notes, *(cell for line in lines[:count] for cell in line)]
        return cls(f"<div><b>{escape(title)}</b></div><table>{html}</table>{below}", sum(map(len, text)))


def _fitting(columns: Sequence[TextColumn], drop: Sequence[str], room: int) -> list[TextColumn]:
    """The columns whose longest texts have room in a line: the least important go first, then those at the right."""
    kept, first = list(columns), [heading for heading in drop if heading != columns[0].heading]
    while len(kept) > 2 and sum(min(column.width, LONGEST_CELL) for column in kept) > room:
        gone = next((heading for heading in first if any(of.heading == heading for of in kept)), kept[-1].heading)
        kept.remove(next(column for column in reversed(kept) if column.heading == gone))
    return kept


def _count(lengths: Sequence[int], room: int) -> int:
    """How many lines there is room for, headings and one row anyway."""
    totals = list(accumulate(lengths))
    return max(min(2, len(lengths)), sum(total <= room for total in totals[: MOST_ROWS + 1]))


def _line(cells: Sequence[str], columns: Sequence[TextColumn], tag: str) -> str:
    sides = ("right" if column.right else "left" for column in columns)
    filled = (
        f'<{tag} style="text-align:{side}">{escape(cell)}</{tag}>' for cell, side in zip(cells, sides, strict=True)
    )
    return f"<tr>{''.join(filled)}</tr>"
