"""`crossbar-nsm budget`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossbar_nsm.cli.options import (
    ConfigPath,
    Csv,
    Data,
    Json,
    Markdown,
    Overrides,
    Wide,
    check_plot,
    to_write,
    with_data,
)
from crossbar_nsm.cli.output import form_of, print_as, say, say_text

if TYPE_CHECKING:
    from crossbar_nsm.experiment.budget.budget import Budget


def budget(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    only: Annotated[
        str, typer.Option(metavar="EFFECT,...", help="effects to look at one by one; the others are one step")
    ] = "",
    plot: Annotated[Path | None, to_write("DIR", "also draw the figures, into this folder")] = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Say what each non-ideality costs, from software to hardware.

    One effect after the other is added to ideal cells; each is also put in alone, and left out of the whole.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.budget.budget import budget as take_apart

    names = [name.strip() for name in only.split(",") if name.strip()]
    check_plot(plot, "budget_waterfall", "budget_single_effects")
    with progress_bars(form != "table") as bars:
        result = take_apart(config, *with_data(overrides, data), only=names, progress=bars)
    figures = [] if plot is None else _draw(result, plot)
    from crossbar_nsm.report.tables.budget import ladder_table, single_effects_table

    whole = result.as_dict() | ({} if plot is None else {"figures": figures})
    tables = [ladder_table(result), *([single_effects_table(result)] if result.effects else [])]
    print_as(form, whole, whole["rows"], tables, wide)
    if form == "table":
        say_text(result.verdict)
        for path in figures:
            say(f"Figure: {path}")


def _draw(result: Budget, folder: Path) -> list[Path]:
    from crossbar_nsm.report.figures.budget import single_effects, waterfall
    from crossbar_nsm.report.figures.style import save_figure

    paths = save_figure(waterfall(result), folder, "budget_waterfall")
    return paths + (save_figure(single_effects(result), folder, "budget_single_effects") if result.effects else [])
