"""Options that several commands have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from crossbar_nsm.cli.completion import configurations, settings
from device_models.files.writing import check_distinct, output_path

ConfigPath = Annotated[Path, typer.Argument(help="YAML configuration", metavar="CONFIG", autocompletion=configurations)]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="override a dotted key; repeatable", autocompletion=settings),
]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="data folder (default: CROSSBAR_NSM_DATA)")]
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]
Csv = Annotated[bool, typer.Option("--csv", help="print CSV instead of a table, in full precision")]
Markdown = Annotated[bool, typer.Option("--markdown", help="print the table as markdown")]
Wide = Annotated[bool, typer.Option("--wide", help="every column, whatever the width of the terminal")]
Margin = Annotated[
    float | None,
    typer.Option(metavar="FRACTION", help="is the error the same within this? short for --set evaluation.margin"),
]


def to_write(metavar: str, text: str) -> Any:
    """An option for a file or folder to write; an empty one is an error."""
    return typer.Option(metavar=metavar, help=text, parser=output_path)


def check_plot(folder: Path | None, *figures: str, beside: Mapping[str, Path | None] | None = None) -> None:
    """Raises FileError, before work is spent on them, where --plot cannot save these figures, or where options `beside`
    it, by name, would write the same files, or one file two of them."""
    drawn: list[Path] = []
    if folder is not None:
        from crossbar_nsm.report.figures.style import check_figures, figure_files

        check_figures(folder, *figures)
        drawn = figure_files(folder, *figures)
    check_distinct(dict(beside or {}))
    for path in drawn:
        check_distinct({**(beside or {}), "--plot": path})


def with_data(overrides: list[str] | None, data: Path | None) -> list[str]:
    """The overrides with --data among them: it is short for --set dataset.root=DIR."""
    return [*(overrides or []), *([f"dataset.root={json.dumps(str(data))}"] if data else [])]


def with_margin(overrides: list[str], margin: float | None) -> list[str]:
    """The overrides with --margin among them."""
    return [*overrides, *([] if margin is None else [f"evaluation.margin={margin!r}"])]
