"""`crossbar-nsm map`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossbar_nsm.cli.options import ConfigPath, Data, Json, Overrides, with_data
from crossbar_nsm.cli.output import print_json


def map_network(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="also save the programmed chip (.safetensors)")] = None,
    conductances: Annotated[
        Path | None, typer.Option(metavar="FILE", help="also write the programmed conductances (.npz or .csv)")
    ] = None,
    as_json: Json = False,
) -> None:
    """Program one chip and show layers, tiles, utilisation, recovered beta and clipping."""
    from crossbar_nsm.experiment.config import load_config
    from crossbar_nsm.experiment.evaluate import map_network as program
    from crossbar_nsm.nsm.checkpoint import load_checkpoint
    from crossbar_nsm.report.tables import mapping_rows, mapping_table, print_table

    settings = load_config(config, *with_data(overrides, data))
    chip = program(load_checkpoint(settings.checkpoint), settings)
    if out is not None:
        chip.save(out)
    if conductances is not None:
        chip.export_conductances(conductances)
    if as_json:
        print_json({"config": settings.model_dump(mode="json"), "layers": mapping_rows(chip)})
    else:
        print_table(mapping_table(chip))
