"""`crossbar-nsm uncertainty`."""

from __future__ import annotations

import math
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
from crossbar_nsm.cli.output import form_of, print_as, say_drawn
from device_models.errors import ConfigError
from device_models.files.table_text import number

MOST_ANGLES = 361


def uncertainty(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    angles: Annotated[str, typer.Option(help="degrees to turn images by; 0 alone turns none")] = "0,15,...,90",
    other: Annotated[
        str | None, typer.Option(metavar="DATASET", help="another data set, to be told from the own one")
    ] = None,
    plot: Annotated[Path | None, to_write("DIR", "also draw the figures, into this folder")] = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Test what a chip knows of its own errors, beside software.

    Calibration of its probabilities, its entropy on turned images, and on images of another data set.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.uncertainty import uncertainty as study
    from crossbar_nsm.report.figures.uncertainty import save_uncertainty_figures
    from crossbar_nsm.report.tables.uncertainty import uncertainty_lines, uncertainty_tables

    angles_deg = angles_of(angles)
    check_plot(plot, "reliability", "entropy_and_angle", "entropy_of_other")
    with progress_bars(form != "table") as bars:
        result = study(config, *with_data(overrides, data), angles_deg=angles_deg, other=other, progress=bars)
    figures = [] if plot is None else save_uncertainty_figures(result, plot)
    whole = result.as_dict() | ({} if plot is None else {"figures": figures})
    print_as(form, whole, uncertainty_lines(whole["rows"]), uncertainty_tables(result), wide)
    if form == "table" and figures:
        say_drawn(figures)


def angles_of(text: str) -> list[float]:
    """`0,30,90` or `0,15,...,90` (from the first, in steps to the second, up to the last), in degrees."""
    parts = [part.strip() for part in text.split(",")]
    dots = [index for index, part in enumerate(parts) if part == "..."]
    try:
        numbers = [number(part) for part in parts if part != "..."]
        if not all(map(math.isfinite, numbers)) or (dots and (dots != [2] or len(parts) != 4)):
            raise ValueError
        if dots:
            first, second, last = numbers
            count = (last - first) / (second - first)
            if not 0 < count < MOST_ANGLES:
                raise ValueError
            numbers = [first + step * (second - first) for step in range(math.floor(count + 1e-9) + 1)]
    except (ValueError, ZeroDivisionError):
        raise ConfigError(f"--angles {text}: expected degrees such as 0,30,90 or 0,15,...,90").see(
            "test_uncertainty"
        ) from None
    return numbers
