"""`crossbar-nsm devices`: the presets, one device with all its numbers and figures; fits are in `devices_fit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossbar_nsm.cli.commands.devices_fit import fit
from crossbar_nsm.cli.options import Json, Overrides, check_plot, to_write
from crossbar_nsm.cli.output import print_json, say, say_drawn
from device_models.errors import CheckpointError, ConfigError, quoted

if TYPE_CHECKING:
    import numpy as np

    from device_models import Device

devices_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
devices_app.command("fit")(fit)


@devices_app.callback()
def devices(
    context: typer.Context,
    family: Annotated[str | None, typer.Option(help="only the presets of one family: rram, fefet or pcm")] = None,
    plot: Annotated[bool, typer.Option("--plot", help="draw the noise of their cells")] = False,
    out: Annotated[Path, to_write("DIR", "folder for the figure")] = Path("out/devices"),
    checkpoint: Annotated[str | None, typer.Option(help="with the noise that this network needs (with --plot)")] = None,
    as_json: Json = False,
) -> None:
    """List the bundled device presets; `devices show` describes one, `devices fit` makes one of measurements."""
    if context.invoked_subcommand is not None:
        if family is not None or as_json or plot or checkpoint is not None:
            raise ConfigError("devices show: options go behind the device's name; --family is for the list only")
        return
    if checkpoint is not None and not plot:
        raise ConfigError("--checkpoint: belongs to --plot; add it")
    from crossbar_nsm.report.devices.tables import devices_table
    from crossbar_nsm.report.tables.terminal import print_table
    from device_models import load_device, preset_paths
    from device_models.characterise.description import summary
    from device_models.device import FAMILIES

    if family is not None and family not in FAMILIES:
        raise ConfigError(f"--family: there is no family {quoted(family)}; allowed: {', '.join(FAMILIES)}")
    presets = [load_device(name) for name in preset_paths()]
    presets = [device for device in presets if family is None or device.family == family]
    check_plot(out if plot else None, "noise")
    figures = _draw_list(presets, out, checkpoint) if plot else []
    if as_json:
        print_json([summary(device) for device in presets])
        return
    print_table(devices_table(presets))
    if figures:
        say(f"Figure: {figures[0]} (and .svg, .pdf)")


def _draw_list(presets: list[Device], folder: Path, checkpoint: str | None) -> list[Path]:
    from crossbar_nsm.report.devices.noise_figures import noise_of_devices
    from crossbar_nsm.report.figures.style import save_figure

    betas = None if checkpoint is None else _trained_betas(checkpoint)
    return save_figure(noise_of_devices(presets, betas), folder, "noise")


@devices_app.command("show")
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
    """Every number of a device with unit, provenance and source; what follows from them; what to cite."""
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
    from crossbar_nsm.report.devices.figures import save_figures

    betas = None if checkpoint is None else _trained_betas(checkpoint)
    with progress_bars(quiet) as bars:
        return save_figures(device, folder, betas, bars)


def _trained_betas(checkpoint: str) -> dict[str, np.ndarray]:
    """Trained beta of every NSM layer."""
    from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint

    layers = load_checkpoint(checkpoint).named_nsm_layers()
    betas = {name: layer.beta.detach().numpy() for name, layer in layers}
    if not betas:
        raise CheckpointError(f"{checkpoint}: has no NSM layer, so no noise that its synapses need")
    return betas


def _print(device: Device) -> None:
    from crossbar_nsm.report.devices.tables import derived_table, numbers_table, scopes_table
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
