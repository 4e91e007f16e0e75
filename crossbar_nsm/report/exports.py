"""Tables for other programs: CSV with the numbers as they are, GitHub's markdown with the table as shown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from device_models.printable import printable

FORMULA = ("=", "+", "-", "@")  # how a cell begins that a spreadsheet computes


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """One line per row under a line of names: those of the first row, and of any other in order of appearance.

    A mapping under `set` (swept key -> value) becomes one column per key of any row, one under `first_set` columns
    `first.<key>`; any other mapping, and a named tuple, columns `<name>.<key>`. Numbers have full precision; empty is
    unknown; lists and swept mappings are JSON. No text is a formula.
    """
    spread = [_spread(row, rows) for row in rows]
    names = list(dict.fromkeys(name for row in spread for name in row))
    columns = [name for name in names if not _stands_for_others(name, names, spread)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_text_cell, columns))
    writer.writerows([_cell(row.get(name)) for name in columns] for row in spread)
    return text.getvalue()


def markdown_text(table: Table) -> str:
    """A table made by `make_table`: title, lines, caption."""
    columns = [[_markdown(str(cell)) for cell in (column.header, *column.cells)] for column in table.columns]
    rule = ["---" if column.justify == "left" else "---:" for column in table.columns]
    head, *lines = zip(*columns, strict=True)
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))
    title = f"**{_markdown(str(table.title))}**\n\n" if table.title else ""
    caption = "".join(f"\n\n{_markdown(line)}" for line in str(table.caption or "").splitlines())
    return title + text + caption + "\n"


def _spread(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`row` with columns for swept keys in the place of mappings of them."""
    spread: dict[str, Any] = {}
    for name, value in row.items():
        if name == "set" or name.endswith("_set"):
            prefix = name.removesuffix("set").replace("_", ".")
            keys = dict.fromkeys(key for other in rows for key in other[name])
            spread |= {prefix + key: value.get(key) for key in keys}
        else:
            spread |= _flat(name, value)
    return spread


def _flat(name: str, value: Any) -> dict[str, Any]:
    """The columns of one value."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if not isinstance(value, Mapping):
        return {name: value}
    return {key: cell for part, entry in value.items() for key, cell in _flat(f"{name}.{part}", entry).items()}


def _stands_for_others(name: str, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a column is there only for rows that have nothing where others have a mapping."""
    parts = any(other.startswith(f"{name}.") for other in names)
    return parts and all(row.get(name) is None for row in rows)


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return _text_cell(value)
    if isinstance(value, (bool, list, tuple, Mapping)):
        return json.dumps(value)
    return str(value)


def _text_cell(text: str) -> str:
    """Text that a spreadsheet takes for text: what begins as a formula does gets an apostrophe in front."""
    text = printable(text)
    return f"'{text}" if text.startswith(FORMULA) else text


def _markdown(text: str) -> str:
    for character in "\\|*_<>":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
