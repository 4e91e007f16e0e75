"""`crossbar-nsm configs`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from textwrap import fill
from typing import Annotated

import typer

from crossbar_nsm.cli.completion import configurations
from crossbar_nsm.cli.options import Json, to_write
from crossbar_nsm.cli.output import print_json, say
from device_models.errors import ConfigError

LEAST_WIDTH = 30  # of what a configuration is


def configs(
    name: Annotated[
        str | None, typer.Argument(help="print this one, to be copied", metavar="[NAME]", autocompletion=configurations)
    ] = None,
    out: Annotated[Path | None, to_write("FILE.yaml", "write it to a file (with NAME)")] = None,
    as_json: Json = False,
) -> None:
    """List the configurations of the package; print one to copy.

    Every command takes them by name: `crossbar-nsm compare mnist_mlp_rram`.
    """
    from crossbar_nsm.experiment.config.bundled import bundled_configs, description

    if name is not None:
        _show(name, out, as_json)
        return
    if out is not None:
        raise ConfigError("--out: writes one configuration; name it, `crossbar-nsm configs` lists them")
    rows = [{"name": name, "what": description(path)} for name, path in bundled_configs().items()]
    if as_json:
        print_json({"config": None, "rows": rows})
        return
    _print(rows)


def _print(rows: list[dict[str, str]]) -> None:
    """Names in one column, what they are in another, which is wrapped to the terminal."""
    start = max(len(row["name"]) for row in rows) + 2
    width = max(shutil.get_terminal_size().columns, start + LEAST_WIDTH)
    for row in rows:
        print(fill(row["what"], width, initial_indent=row["name"].ljust(start), subsequent_indent=" " * start))


def _show(name: str, out: Path | None, as_json: bool) -> None:
    """Print or write a configuration as it is, comments included. Raises FileError where `out` would replace a file."""
    from crossbar_nsm.experiment.config.bundled import description, packaged_config
    from device_models.files.reading import read_text
    from device_models.files.writing import check_output, write_text

    path = packaged_config(name)
    text = read_text(path, ConfigError)
    if out is not None:
        write_text(check_output(out, None), text)
    if as_json:
        row = {"name": name, "what": description(path), "text": text, "written": None if out is None else str(out)}
        print_json({"config": None, "rows": [row]})
    elif out is not None:
        say(f"written: {out}")
    else:
        sys.stdout.write(text)
