"""`crossbar-nsm cite`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossbar_nsm.cli.options import Data, Json, Overrides, with_data
from crossbar_nsm.cli.output import print_json


def cite(
    configs: Annotated[list[Path] | None, typer.Argument(help="YAML configurations", metavar="[CONFIG ...]")] = None,
    device: Annotated[
        list[str] | None, typer.Option("--device", metavar="NAME", help="a preset or YAML file of a device; repeatable")
    ] = None,
    overrides: Overrides = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Print BibTeX of what a configuration uses.

    The software, the NSM paper, the devices and the laws of these devices.
    """
    from crossbar_nsm.report.citations import citations, devices_of
    from crossbar_nsm.reproduce.config import is_reproduction, load_reproduce_config
    from device_models import load_device

    settings, devices = with_data(overrides, data), [load_device(name) for name in device or []]
    for config in configs or []:
        if is_reproduction(config):  # has no devices, but may have mistakes
            load_reproduce_config(config, *settings)
        else:
            devices += devices_of(config, *settings)
    found = citations(devices)
    if as_json:
        rows = [{"key": entry.key, "why": list(entry.why), "bibtex": entry.bibtex} for entry in found]
        print_json({"config": None, "rows": rows})
        return
    for entry in found:
        print(f"% why: {'; '.join(entry.why).replace('@', ' at ')}\n{entry.bibtex}\n")
