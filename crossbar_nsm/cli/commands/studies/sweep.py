"""`crossbar-nsm sweep`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossbar_nsm.cli.failure import Stopped, error_object
from crossbar_nsm.cli.options import (
    ConfigPath,
    Csv,
    Data,
    Json,
    Margin,
    Markdown,
    Overrides,
    Wide,
    to_write,
    with_data,
    with_margin,
)
from crossbar_nsm.cli.output import Form, form_of, print_as, print_comparison, say
from device_models.errors import ConfigError
from device_models.printable import printable

if TYPE_CHECKING:
    from crossbar_nsm.experiment.studies.sweep import OnTrial


def sweep(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    out: Annotated[Path | None, to_write("FOLDER", "results folder (default: out/ and the name of CONFIG)")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="processes on this machine (default: one per core)")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler to run trials on, such as tcp://host:8786")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="take the folder over from another study; its finished trials stay")
    ] = False,
    only_plan: Annotated[
        bool, typer.Option("--dry-run", help="print the trials and an estimate of their time; nothing is written")
    ] = False,
    margin: Margin = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Evaluate every setting of a `sweep` block, into a folder.

    Stopped at any moment, the same command goes on.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.studies.sweep import sweep as run_sweep

    folder = out or Path("out") / config.stem
    settings = with_margin(with_data(overrides, data), margin)
    if only_plan:
        if cluster is not None:
            raise ConfigError(
                "--dry-run: measures on this machine; leave --cluster out, --workers may say how many"
            ).see("run_a_study")
        _print_plan(config, settings, folder, workers, form, wide)
        return
    with progress_bars(form != "table") as bars:
        on_trial = _reporter(bars, form != "table")
        try:
            results = run_sweep(
                config, *settings, out=folder, workers=workers, cluster=cluster, replace=replace, on_trial=on_trial
            )
        except KeyboardInterrupt:
            raise Stopped(f"stopped; finished trials are kept in {folder}: the same command goes on") from None
    print_comparison(results, form, error_object(results.failures), wide)
    for line in results.failures:
        print(f"failed: {printable(line)}", file=sys.stderr)
    if form == "table":
        say(f"Results: {folder} (crossbar-nsm report {folder} makes a page of them)")
    if results.failures:
        raise typer.Exit(1)


def _print_plan(config: Path, overrides: list[str], folder: Path, workers: int | None, form: Form, wide: bool) -> None:
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.studies.dry_run import dry_run
    from crossbar_nsm.report.tables.plan import plan_table

    with progress_bars(form != "table") as bars:
        planned = dry_run(config, *overrides, out=folder, workers=workers, progress=bars("measuring"))
    whole = planned.as_dict()
    print_as(form, whole, whole["rows"], [plan_table(planned)], wide)


def _reporter(bars: Any, quiet: bool) -> OnTrial:
    """A bar where bars move; elsewhere a plain line for each trial, on standard error."""
    from crossbar_nsm.cli.progress import bars_move
    from crossbar_nsm.experiment.studies.executors.task import Outcome
    from crossbar_nsm.experiment.studies.trial_result import TrialFailure

    bar = bars("trials")

    def report(done: int, total: int, text: str, outcome: Outcome | None) -> None:
        bar(done, total, f"{done}/{total}")
        if quiet or bars_move():
            return
        if outcome is None:
            print(f"{total} trials, {done} of them finished before", file=sys.stderr)
            return
        found = f"FAILED: {outcome.error}" if isinstance(outcome, TrialFailure) else outcome.text
        print(f"[{done}/{total}] {printable(f'{text}: {found}')}", file=sys.stderr, flush=True)

    return report
