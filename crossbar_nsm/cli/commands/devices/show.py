"""`crossbar-nsm devices show`: one device with all its numbers and figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossbar_nsm.cli.commands.devices.trained_betas import trained_betas
from crossbar_nsm.cli.completion import presets
from crossbar_nsm.cli.options import Csv, Json, Markdown, Overrides, Wide, to_write
from crossbar_nsm.cli.output import Form, form_of, print_as, say_drawn, say_text
from device_models.errors import ConfigError

if TYPE_CHECKING:
    from crossbar_nsm.report.tables.terminal import TextTable
    from device_models import Device


def show(
    name: Annotated[str, typer.Argument(help="preset, or YAML file of a device", autocompletion=presets)],
    overrides: Overrides = None,
    plot: Annotated[bool, typer.Option("--plot", help="draw the figures")] = False,
    out: Annotated[Path | None, to_write("DIR", "folder for the figures (default: out/devices/NAME)")] = None,
    checkpoint: Annotated[
        str | None, typer.Option(help="also draw the noise that this network needs (with --plot)")
    ] = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Show every number of a device with its unit and source.

    Also what follows from these numbers, when each of its random effects is drawn, and what to cite.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from device_models import load_device
    from device_models.references import of_device

    if not plot and (out is not None or checkpoint is not None):
        raise ConfigError(f"--{'out' if out is not None else 'checkpoint'}: belongs to --plot; add it")
    device = load_device(name, *(overrides or []))
    of_device(device)  # a reference that is not known is refused before anything is printed
    folder, quiet = out or Path("out/devices") / Path(name).stem, form != "table"
    figures = _draw(device, folder, checkpoint, quiet) if plot else None
    _print(device, form, {} if figures is None else {"figures": figures[0], "left_out": figures[1]}, wide)
    if form == "table" and figures is not None:
        paths, left_out = figures
        for reason in dict.fromkeys(left_out.values()):
            print(f"no {' and no '.join(name for name, why in left_out.items() if why == reason)}: {reason}")
        say_drawn(paths)


def _draw(device: Device, folder: Path, checkpoint: str | None, quiet: bool) -> tuple[list[Path], dict[str, str]]:
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.report.figures.devices.catalogue import save_figures

    betas = None if checkpoint is None else trained_betas(checkpoint)
    with progress_bars(quiet) as bars:
        return save_figures(device, folder, betas, bars)


def _print(device: Device, form: Form, drawn: dict[str, Any], wide: bool) -> None:
    """Rows are the numbers that it gives; the rest of its description stands beside them, or in tables of its own."""
    from crossbar_nsm.report.tables.devices import number_rows, numbers_table
    from device_models.characterise.description import description

    rows = number_rows(device)
    table, sources = numbers_table(device)
    if form == "table":
        _print_whole(device, table, sources, wide)
    else:
        print_as(form, {"config": None, "rows": rows} | description(device) | drawn, rows, [table])


def _print_whole(device: Device, numbers: TextTable, sources: list[tuple[str, str]], wide: bool) -> None:
    from crossbar_nsm.report.tables.devices import derived_table, scopes_table
    from crossbar_nsm.report.tables.terminal import print_table
    from device_models.references import of_device

    text = f"{device.name} ({device.family}): {device.description}" if device.description else device.name
    say_text(text.split("\n"))
    print_table(numbers, wide)
    say_text([f"  [{number}] {kind}: {source}" for number, (kind, source) in enumerate(sources, start=1)], hanging=6)
    if device.scopes:
        print_table(scopes_table(device), wide)
    print_table(derived_table(device), wide)
    for reference in of_device(device):
        where = f" doi {reference.doi}" if reference.doi else ""
        say_text([f"  cite {reference.key}{where}: {'; '.join(reference.why)}"], hanging=6)
