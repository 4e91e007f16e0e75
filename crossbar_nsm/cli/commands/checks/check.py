"""`crossbar-nsm check`."""

from __future__ import annotations

import typer

from crossbar_nsm.cli.failure import error_object
from crossbar_nsm.cli.options import Csv, Json, Markdown, Wide
from crossbar_nsm.cli.output import form_of, print_as


def check(as_csv: Csv = False, as_markdown: Markdown = False, as_json: Json = False, wide: Wide = False) -> None:
    """Run the self-test: software, currents, noise, reproducibility.

    An ideal chip equals software, currents equal those computed by hand, noise has its statistics, and the same
    settings give the same bits. Exit code 1 if anything fails.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.check import run_checks
    from crossbar_nsm.report.tables.checks import checks_table

    with progress_bars(form != "table") as bars:
        results = run_checks(bars("checks"))
    failed = [f"{one.name}: measured {one.measured}, allowed {one.allowed}" for one in results if not one.passed]
    rows = [vars(result) for result in results]
    print_as(form, {"config": None, "rows": rows} | error_object(failed), rows, [checks_table(results)], wide)
    if not all(result.passed for result in results):
        raise typer.Exit(1)
