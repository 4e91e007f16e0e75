"""Progress bars on a terminal, nothing without one; always on standard error, so that output can be piped."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

PERIOD_S = 600.0  # over which speed is averaged: trials may take minutes, and differ


class Bar(Protocol):
    """Moves one bar; `note` is shown after its label."""

    def __call__(self, done: int, total: int, note: str = "", /) -> None: ...


@contextmanager
def progress_bars(quiet: bool = False) -> Iterator[Callable[[str], Bar]]:
    """A function that opens a bar: `bars(label)` gives a callback for (done, total, note)."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    hidden = quiet or not bars_move()
    with Progress(*columns, console=console, disable=hidden, speed_estimate_period=PERIOD_S) as bars:

        def open_bar(label: str) -> Bar:
            task = bars.add_task(label, total=None)

            def update(done: int, total: int, note: str = "", /) -> None:
                bars.update(task, completed=done, total=total, description=f"{label} {note}".strip())

            return update

        yield open_bar


def bars_move() -> bool:
    """Whether bars can be drawn over themselves: on a terminal, and not in a notebook, where a command that a cell runs
    has a pseudo-terminal whose lines all stay."""
    in_notebook = "JPY_PARENT_PID" in os.environ or "matplotlib_inline" in os.environ.get("MPLBACKEND", "")
    return sys.stderr.isatty() and not in_notebook
