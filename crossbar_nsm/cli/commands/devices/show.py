"""`crossbar-nsm devices show`: one device with all its numbers and figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossbar_nsm.cli.commands.devices.trained_betas import trained_betas
from crossbar_nsm.cli.options import Json, Overrides, to_write
from crossbar_nsm.cli.output import print_json, say_drawn
from device_models.errors import ConfigError

if TYPE_CHECKING:
    from device_models import Device


def show(
    name: Annotated[str, typer.Argument(help="preset, or YAML file of a device")],
    overrides: Overrides = None,
    plot: Annotated[bool, typer.Option("--plot", help="draw the figures")] = False,
    out: Annotated[Path | None, to_write("DIR", "folder for the figures (default: out/devices/NAME)")] = None,
    checkpoint: Annotated[
        str | None, typer.Option(help="also draw the noise that this network needs (with --plot)")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show every number of a device with its unit and source.

    Also what follows from these numbers, when each of its random effects is drawn, and what to cite.
    """
    from device_models import load_device
    from device_models.characterise.description import description
    from device_models.references import of_device

    if not plot and (out is not None or checkpoint is not None):
        raise ConfigError(f"--{'out' if out is not None else 'checkpoint'}: belongs to --plot; add it")
    device = load_device(name, *(overrides or []))
    of_device(device)  # a reference that is not known is refused before anything is printed
    figures = _draw(device, out or Path("out/devices") / Path(name).stem, checkpoint, as_json) if plot else None
    if as_json:
        drawn = {} if figures is None else {"figures": [str(path) for path in figures[0]], "left_out": figures[1]}
        print_json(description(device) | drawn)
        return
    _print(device)
    if figures is not None:
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


def _print(device: Device) -> None:
    from crossbar_nsm.report.tables.devices import derived_table, numbers_table, scopes_table
    from crossbar_nsm.report.tables.terminal import print_table
    from device_models.printable import printable
    from device_models.references import of_device

    text = f"{device.name} ({device.family}): {device.description}" if device.description else device.name
    print(printable(text, "\n"))
    table, sources = numbers_table(device)
    print_table(table)
    for number, source in enumerate(sources, start=1):
        print(f"  [{number}] {printable(source)}")
    if device.scopes:
        print_table(scopes_table(device))
    print_table(derived_table(device))
    for reference in of_device(device):
        where = f" doi {reference.doi}" if reference.doi else ""
        print(f"  cite {reference.key}{where}: {'; '.join(reference.why)}")
