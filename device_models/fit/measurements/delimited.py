"""Tables that a user wrote, split into fields: commas, semicolons, tabs, with what spreadsheets add (see `styles`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from device_models.errors import CrossbarError
from device_models.files.table_text import fields, table_lines
from device_models.fit.measurements.styles import DecimalCommas, named_columns, separator_line

SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas"}


class DelimitedTable:
    """A table with a header. Raises `error` for what cannot be read as one; expected: what the header should be.

    header: names of the columns; place: file:line of the header.
    """

    def __init__(self, path: Path, error: type[CrossbarError], expected: str):
        self.path, self.error = path, error
        self._lines = table_lines(path, error)
        line, header = next(self._lines, (0, ""))
        if separator_line(header):
            line, header = next(self._lines, (0, ""))
        if not header:
            raise error(f"{path}: empty file; expected {expected}")
        self.delimiter, self.place = max(SEPARATORS, key=header.count), f"{path}:{line}"
        given = fields(header, self.delimiter, self.place, error)
        self._width, self.header = len(given), given[: named_columns(given)]
        self._commas: DecimalCommas | None = None

    def rows(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        """Line numbers and fields of every row, without blank last columns; decimal points in the columns `numbers`."""
        if self.delimiter != ",":
            self._commas = DecimalCommas(self.path, self.error)
        named = len(self.header)
        for n, line in self._lines:
            cells = fields(line, self.delimiter, f"{self.path}:{n}", self.error)
            if not any(cells[named : self._width]):
                cells = cells[:named] + cells[self._width :]
            yield n, self._commas.with_points(n, cells, numbers) if self._commas else cells

    @property
    def style(self) -> str:
        """What parts columns and decimals, as far as the table has been read."""
        decimal = "commas" if self._commas is not None and "," in self._commas.first else "points"
        return f"columns parted by {SEPARATORS[self.delimiter]}, decimal {decimal}"
