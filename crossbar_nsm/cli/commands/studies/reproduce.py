"""`crossbar-nsm reproduce`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from crossbar_nsm.cli.options import Data, Json, Overrides, to_write, with_data
from crossbar_nsm.cli.output import print_json, say
from device_models.errors import ConfigError


def reproduce(
    study: Annotated[
        str,
        typer.Argument(
            help="table1 to table4, fig2, fig4 to fig8, robustness, noise_place, rotated_digits, or all of MNIST"
        ),
    ],
    config: Annotated[
        str | None, typer.Option(help="YAML, or a packaged one by name (mlp, cnn, ...), in place of the study's own")
    ] = None,
    out: Annotated[Path, to_write("DIR", "folder for tables, figures and trained networks")] = Path("out/paper"),
    overrides: Overrides = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Reproduce a table or figure of the NSM paper, with numbers.

    Networks that it needs are trained, or reused where they were trained before.
    """
    from dataclasses import asdict

    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.report.tables.terminal import make_table, print_table
    from crossbar_nsm.reproduce.catalogue import ON_MNIST
    from crossbar_nsm.reproduce.catalogue import reproduce_paper as run_study

    if study == "all" and config is not None:
        raise ConfigError("all: runs every study of MNIST with its own configuration; leave --config out")
    results: dict[str, Any] = {}
    for name in ON_MNIST if study == "all" else [study]:
        with progress_bars(as_json) as bars:
            result, figures = run_study(name, config, *with_data(overrides, data), out=out, progress=bars)
        results[name] = asdict(result) | {"figures": [str(path) for path in figures]}
        if not as_json:
            lines = [["" if value is None else str(value) for value in row] for row in result.rows]
            print_table(make_table(result.title, result.columns, lines))
            print(result.says)
            say(f"Table: {out / name}.md, figure: {figures[0]}\n")
    if as_json:
        print_json(results if study == "all" else results[study])
