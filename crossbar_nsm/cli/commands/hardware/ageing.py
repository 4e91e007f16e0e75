"""`crossbar-nsm ageing`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
from crossbar_nsm.cli.output import form_of, print_as, say
from device_models.errors import ConfigError
from device_models.files.table_text import number


def ageing(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    ages: Annotated[
        str | None,
        typer.Option(metavar="S,S,...", help="times since programming [s], rising (default: 20 s to a year)"),
    ] = None,
    plot: Annotated[Path | None, to_write("DIR", "also draw NLL and error over time")] = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Evaluate chips at several times after programming.

    With the settings of their first calibration, and calibrated anew at every time.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.ageing import ageing as evaluate

    check_plot(plot, "ageing")
    with progress_bars(form != "table") as bars:
        result = evaluate(str(config), *with_data(overrides, data), ages_s=_ages_s(ages), progress=bars)
    figures = []
    if plot is not None:
        from crossbar_nsm.report.figures.ageing import over_time
        from crossbar_nsm.report.figures.style import save_figure

        figures = [str(path) for path in save_figure(over_time(result), plot, "ageing")]
    from crossbar_nsm.report.tables.ageing import ageing_table

    whole = result.as_dict() | ({"figures": figures} if plot is not None else {})
    print_as(form, whole, whole["rows"], [ageing_table(result)], wide)
    if form == "table":
        for path in figures:
            say(f"Figure: {path}")


def _ages_s(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [number(part.strip()) for part in text.split(",")]
    except ValueError:
        raise ConfigError(f"--ages {text}: expected seconds, separated by commas, such as 20,3600,86400").see(
            "age_chips"
        ) from None
