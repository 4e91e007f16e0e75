"""Tables for a terminal; plain text when there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from device_models.printable import printable


def print_table(table: Table, wide: bool = False) -> None:
    """To standard output, never cut: a narrow or absent terminal gets the width that the table needs. Cells are text as
    it is, in which [brackets] and :colons: mean nothing. wide: no column is left out."""
    console = Console()
    needed = Console(width=400, markup=False, emoji=False).measure(table).maximum
    width = max(console.width if console.is_terminal else 0, needed)
    Console(width=width, highlight=False, markup=False, emoji=False).print(table)


def make_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> Table:
    """First column left, the others right; no wrapping."""
    title, caption = printable(title), printable(caption, "\n")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, caption=caption, caption_justify="left")
    for index, column in enumerate(columns):
        table.add_column(printable(column), justify="left" if index == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(printable, row))
    return table
