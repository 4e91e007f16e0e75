"""`crossbar-nsm devices`: the presets; one device is in `show`, fits are in `fit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossbar_nsm.cli.commands.devices.fit import fit
from crossbar_nsm.cli.commands.devices.show import show
from crossbar_nsm.cli.commands.devices.trained_betas import trained_betas
from crossbar_nsm.cli.examples import examples
from crossbar_nsm.cli.help import CommandWithExamples, GroupedCommands
from crossbar_nsm.cli.options import Csv, Json, Markdown, Wide, check_plot, to_write
from crossbar_nsm.cli.output import form_of, print_as, say
from device_models.errors import ConfigError, quoted

if TYPE_CHECKING:
    from device_models import Device

devices_app = typer.Typer(cls=GroupedCommands, invoke_without_command=True, rich_markup_mode=None)
devices_app.command("show", cls=CommandWithExamples, epilog=examples("devices show"))(show)
devices_app.command("fit", cls=CommandWithExamples, epilog=examples("devices fit"))(fit)


@devices_app.callback()
def devices(
    context: typer.Context,
    family: Annotated[str | None, typer.Option(help="only the presets of one family: rram, fefet or pcm")] = None,
    plot: Annotated[bool, typer.Option("--plot", help="draw the noise of their cells")] = False,
    out: Annotated[Path, to_write("DIR", "folder for the figure")] = Path("out/devices"),
    checkpoint: Annotated[str | None, typer.Option(help="with the noise that this network needs (with --plot)")] = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """List the device presets; show one, or fit one to measurements."""
    if context.invoked_subcommand is not None:
        if family is not None or checkpoint is not None or plot or as_json or as_csv or as_markdown or wide:
            raise ConfigError("devices show: options go behind the device's name; --family is for the list only")
        return
    form = form_of(as_json, as_csv, as_markdown)
    if checkpoint is not None and not plot:
        raise ConfigError("--checkpoint: belongs to --plot; add it")
    from crossbar_nsm.report.tables.devices import device_lines, devices_table
    from device_models import load_device, preset_paths
    from device_models.characterise.description import summary
    from device_models.family import FAMILIES

    if family is not None and family not in FAMILIES:
        raise ConfigError(f"--family: there is no family {quoted(family)}; allowed: {', '.join(FAMILIES)}")
    presets = [load_device(name) for name in preset_paths()]
    presets = [device for device in presets if family is None or device.family == family]
    check_plot(out if plot else None, "noise")
    figures = _draw_list(presets, out, checkpoint) if plot else []
    drawn = {"figures": figures} if plot else {}
    whole = {"config": None, "rows": [summary(device) for device in presets], **drawn}
    print_as(form, whole, device_lines(presets), [devices_table(presets)], wide)
    if form == "table" and figures:
        say(f"Figure: {figures[0]} (and .svg, .pdf)")


def _draw_list(presets: list[Device], folder: Path, checkpoint: str | None) -> list[Path]:
    from crossbar_nsm.report.figures.noise import noise_of_devices
    from crossbar_nsm.report.figures.style import save_figure

    betas = None if checkpoint is None else trained_betas(checkpoint)
    return save_figure(noise_of_devices(presets, betas), folder, "noise")
