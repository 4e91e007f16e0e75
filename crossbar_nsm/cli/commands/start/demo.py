"""`crossbar-nsm demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from crossbar_nsm.cli.options import Data, Json, Overrides, to_write, with_data
from crossbar_nsm.cli.output import print_json, say_drawn


def demo(
    out: Annotated[Path, to_write("DIR", "folder for the figures")] = Path("out/demo"),
    overrides: Overrides = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Run the bundled network in software and on simulated RRAM.

    Prints one table and saves three figures.
    """
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.report.demo import run_demo
    from crossbar_nsm.report.tables.comparison import comparison_table
    from crossbar_nsm.report.tables.terminal import print_table

    with progress_bars(as_json) as bars:
        result = run_demo(out, *with_data(overrides, data), progress=bars)
    if as_json:
        figures = [str(path) for path in result.figures]
        print_json(result.comparison.as_dict() | {"why": result.why, "figures": figures})
        return
    print_table(comparison_table(result.comparison.rows))
    print(result.why)
    say_drawn(result.figures)
