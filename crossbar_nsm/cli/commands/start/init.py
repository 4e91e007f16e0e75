"""`crossbar-nsm init`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from crossbar_nsm.cli.options import Json
from crossbar_nsm.cli.output import print_json, say
from device_models.files.writing import output_path


def init(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="a new folder, or one without files of these names", parser=output_path),
    ],
    as_json: Json = False,
) -> None:
    """Make a folder to start from: data, a configuration, a study.

    Prints what to type next. The measurements are made up, to be replaced by yours. Never over a file that is there.
    """
    from crossbar_nsm.experiment.starting_point.folder import write_starting_point

    start = write_starting_point(folder)
    commands = [*([] if folder == Path() else [f"cd {shlex.quote(str(folder))}"]), *start.commands]
    if as_json:
        print_json({"config": None, "rows": [{"file": str(path)} for path in start.files], "commands": commands})
        return
    for path in start.files:
        say(f"written: {path}")
    print("\nWhat to type next (START_HERE.md says what each does):\n")
    for command in commands:
        say(f"    {command}")
