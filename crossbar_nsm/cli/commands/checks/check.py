"""`crossbar-nsm check`."""

from __future__ import annotations

import typer

from crossbar_nsm.cli.failure import error_object
from crossbar_nsm.cli.options import Json
from crossbar_nsm.cli.output import print_json


def check(as_json: Json = False) -> None:
    """Run the self-test: software, currents, noise, reproducibility.

    An ideal chip equals software, currents equal those computed by hand, noise has its statistics, and the same
    settings give the same bits. Exit code 1 if anything fails.
    """
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.check import run_checks
    from crossbar_nsm.report.tables.checks import checks_table
    from crossbar_nsm.report.tables.terminal import print_table

    with progress_bars(as_json) as bars:
        results = run_checks(bars("checks"))
    if as_json:
        failed = [f"{one.name}: measured {one.measured}, allowed {one.allowed}" for one in results if not one.passed]
        print_json({"checks": [vars(result) for result in results]} | error_object(failed))
    else:
        print_table(checks_table(results))
    if not all(result.passed for result in results):
        raise typer.Exit(1)
