"""Tables of a page: cells know what they sort by."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

LEADING_NUMBER = re.compile(r"[+-]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)

LONGEST_TEXT = 40  # characters in one line


@dataclass(frozen=True)
class TableCell:
    """text: as shown. value: what it sorts by, a number or text (None: the cell is empty, and sorts last)."""

    text: str
    value: float | str | None

    @property
    def sort_key(self) -> str | None:
        """The value as text that JavaScript's Number() reads back."""
        if isinstance(self.value, float) and math.isinf(self.value):
            return "Infinity" if self.value > 0 else "-Infinity"
        return None if self.value is None else str(self.value)


Value = TableCell | str | float | bool | None  # what a table is made of


def cell(value: Value, form: str = ".6g") -> TableCell:
    """A value as a cell: numbers in the format `form`, integers as they are; empty for None and NaN."""
    if isinstance(value, TableCell):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return TableCell("", None)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return TableCell(str(value), str(value) or None)
    return TableCell(format(value, form) if isinstance(value, float) else str(value), value)


@dataclass(frozen=True)
class PageTable:
    """columns: headings, those of several tables of a page may be equal. rows: cells, as many as there are columns; the
    first `leading` cells name the row, and stay in sight. caption: a line above the table; note: one below it. even:
    every row is one line."""

    columns: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    caption: str = ""
    note: str = ""
    leading: int = 1
    even: bool = False

    @classmethod
    def of(
        cls, columns: Iterable[str], rows: Iterable[Sequence[Value]],
        caption: str = "", note: str = "", leading: int = 1, even: bool = False,
    ) -> PageTable:  # fmt: skip
        """A table of plain values (see `cell`). Raises ValueError for a row of another length than the headings."""
        headings = tuple(columns)
        cells = tuple(tuple(cell(value) for value in row) for row in rows)
        if any(len(row) != len(headings) for row in cells):
            raise ValueError(f"table {caption!r}: rows need {len(headings)} cells, one for each heading")
        return cls(headings, cells, caption, note, leading, even)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Of every column: whether all that is in it are numbers (right-aligned, sorted by size)."""
        columns = [[row[index].value for row in self.rows] for index in range(len(self.columns))]
        return tuple(_all_numbers([value for value in column if value is not None]) for column in columns)

    @property
    def column_classes(self) -> tuple[str, ...]:
        """Of every column, for the style: number, text, or prose, which may go on in a second line; whether it names
        the row."""
        longest = (max((len(row[index].text) for row in self.rows), default=0) for index in range(len(self.columns)))
        kinds = (
            "number" if numeric else "text" if self.even or letters <= LONGEST_TEXT else "prose"
            for numeric, letters in zip(self.numeric, longest, strict=True)
        )
        return tuple(kind + (" leading" if index < self.leading else "") for index, kind in enumerate(kinds))


def _all_numbers(values: Sequence[float | str]) -> bool:
    return bool(values) and all(isinstance(value, (int, float)) for value in values)


def from_terminal(table: Table) -> PageTable:
    """A table made for a terminal. A column whose texts all begin with a number sorts by it: 1.2-1.8 counts as 1.2."""
    columns = [list(map(str, column.cells)) for column in table.columns]
    cells = [_column_cells(texts) for texts in columns]
    return PageTable(
        tuple(str(column.header) for column in table.columns),
        tuple(zip(*cells, strict=True)),
        str(table.title or ""),
        str(table.caption or ""),
    )


def _column_cells(texts: Sequence[str]) -> list[TableCell]:
    leading = [LEADING_NUMBER.match(text) for text in texts]
    if all(number or not text for number, text in zip(leading, texts, strict=True)):
        return [
            TableCell(text, float(number[0].replace(",", "")) if number else None)
            for number, text in zip(leading, texts, strict=True)
        ]
    return [TableCell(text, text or None) for text in texts]
