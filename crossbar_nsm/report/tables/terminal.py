"""Tables for a terminal, as wide as it is; plain text, nothing left out for want of width, when there is none."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossbar_nsm.report.tables.fitting import Fitted, TextColumn, broken, fit
from device_models.printable import printable

PARAGRAPH = 100  # characters in a line of text below a narrow table, where there is no terminal


class TextTable(Table):
    """A table of text as `make_table` makes it, whole, with what printing it in less width needs to know.

    drop: headings of columns that may be left out, the least important first. shared: headings of columns that, where
    all rows agree, are words of the title instead. legend: what columns mean, by heading. notes: below the table."""

    drop: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    legend: Mapping[str, str] = {}
    notes: str = ""

    def left_aligned(self, headings: Sequence[str]) -> TextTable:
        """This table, with columns of words to the left."""
        for column in self.columns:
            if column.header in headings:
                column.justify = "left"
        return self


def make_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str = "",
    *,
    drop: Sequence[str] = (),
    shared: Sequence[str] = (),
    legend: Mapping[str, str] | None = None,
) -> TextTable:
    """The first column is left-aligned, the others right (see `left_aligned`). The caption is `legend`, line
    by line, and `caption`; drop, shared and legend: see `TextTable`; headings that the table lacks mean nothing."""
    title, notes = printable(title), printable(caption, "\n")
    of_columns = dict(legend or {})
    legend = {printable(name): printable(of_columns[name]) for name in columns if name in of_columns}
    whole = "\n".join(filter(None, (legend_text(legend), notes)))
    table = TextTable(title=title, title_justify="left", box=box.SIMPLE_HEAD, caption=whole, caption_justify="left")
    table.drop, table.shared, table.legend, table.notes = tuple(drop), tuple(shared), legend, notes
    for index, column in enumerate(columns):
        table.add_column(printable(column), justify="right" if index else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(printable, row))
    return table


def legend_text(legend: Mapping[str, str]) -> str:
    """`heading: what it means; heading: ...`."""
    return "; ".join(f"{name}: {text}" for name, text in legend.items())


def print_table(table: TextTable, wide: bool = False, file: TextIO | None = None) -> None:
    """To standard output, or to `file`, in the width of the terminal, or in COLUMNS where it is set; otherwise whole.
    Columns go, the least important first, until the table fits, and a line below names them; none goes with `wide`.
    Those that are empty, or the same in every row and named in the title, are shown with `wide` alone. Cells are text
    as it is, in which [brackets] and :colons: mean nothing. An empty line follows."""
    width = terminal_width()
    title, columns = (str(table.title or ""), _columns(table)) if wide else in_short(table)
    fitted = fit(columns, table.drop, sys.maxsize if width is None or wide else width)
    below = [f"...: {fitted.ellipsis}"] if fitted.ellipsis else []
    below += [_left_out(fitted.left_out, where="--wide shows" if file is None else ".table() has")]
    shown = {column.heading for column in columns} - set(fitted.left_out)
    below += [legend_text({name: text for name, text in table.legend.items() if name in shown}), table.notes]
    _write(title, fitted, [line for text in below if text for line in text.split("\n")], width, file)


def in_short(table: TextTable) -> tuple[str, list[TextColumn]]:
    """Title and columns without those that are empty, or the same in every row, which the title then names."""
    return _without_empty(*_with_shared_in_title(str(table.title or ""), _columns(table), table.shared))


def terminal_width() -> int | None:
    """Characters in a line of standard output; None for a pipe or file."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit() and int(asked) > 0:
        return int(asked)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _columns(table: Table) -> list[TextColumn]:
    return [
        TextColumn(str(column.header), tuple(map(str, column.cells)), column.justify == "right")
        for column in table.columns
    ]


def _with_shared_in_title(title: str, columns: list[TextColumn], shared: Sequence[str]) -> tuple[str, list[TextColumn]]:
    kept = []
    for index, column in enumerate(columns):
        said = set(filter(None, column.cells))
        if index and column.heading in shared and len(said) == 1:
            title = ", ".join(filter(None, (title, f"{column.heading} {said.pop()}")))
        else:
            kept.append(column)
    return title, kept


def _without_empty(title: str, columns: list[TextColumn]) -> tuple[str, list[TextColumn]]:
    return title, [column for index, column in enumerate(columns) if index == 0 or any(column.cells)]


def _left_out(headings: Sequence[str], where: str) -> str:
    if not headings:
        return ""
    comma = "; " if any("," in heading for heading in headings) else ", "
    return f"left out: {comma.join(headings)} ({where} all)"


def _write(title: str, fitted: Fitted, below: Sequence[str], width: int | None, file: TextIO | None) -> None:
    tight = fitted.gap == 2
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0 if tight else 1))
    for column in fitted.columns:
        drawn.add_column(Text(column.heading), justify="right" if column.right else "left", no_wrap=True)
    for cells in zip(*(column.cells for column in fitted.columns), strict=True):
        drawn.add_row(*map(Text, cells))
    lines = max(fitted.width, PARAGRAPH) if width is None else width
    console = Console(file=file, width=fitted.width + 2, highlight=False, markup=False, emoji=False)
    if title:
        console.print(Text("\n".join(broken(title, lines)), "table.title"), soft_wrap=True)
    console.print()
    console.print(drawn)
    if below:
        text = "\n".join(part for line in below for part in broken(line, lines))
        console.print()
        console.print(Text(text, "table.caption"), soft_wrap=True)
    console.print()
