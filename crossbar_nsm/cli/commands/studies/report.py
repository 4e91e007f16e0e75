"""`crossbar-nsm report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossbar_nsm.cli.options import Json, to_write
from crossbar_nsm.cli.output import print_json, say


def report(
    folder: Annotated[Path, typer.Argument(help="results folder of a sweep", metavar="FOLDER")],
    out: Annotated[Path | None, to_write("FILE.html", "where to write it (default: FOLDER/report.html)")] = None,
    figures: Annotated[
        Path | None, to_write("DIR", "also save every figure as PNG, SVG and PDF, into this folder")
    ] = None,
    budget: Annotated[
        bool | None,
        typer.Option(
            "--budget/--no-budget",
            help="take the base configuration apart, kept as FOLDER/budget.json (default: if trials took below 2 s)",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the report of a sweep, one HTML file."""
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.report.study_report import write_report

    with progress_bars(as_json) as bars:
        made = write_report(folder, out, figures, budget, progress=bars)
    size_bytes = made.path.stat().st_size
    if as_json:
        drawn = {} if figures is None else {"figures": [str(path) for path in made.figures]}
        print_json(made.results.as_dict() | {"report": str(made.path), "bytes": size_bytes} | drawn)
        return
    say(f"Report: {made.path} ({size_bytes / 1e6:.1f} MB)")
    if figures is not None:
        say(f"Figures: {figures} ({len(made.figures)} files)")
