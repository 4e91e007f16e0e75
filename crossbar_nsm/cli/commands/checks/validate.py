"""`crossbar-nsm validate`."""

from __future__ import annotations

import typer

from crossbar_nsm.cli.failure import error_object, say_mistakes
from crossbar_nsm.cli.options import ConfigPath, Data, Json, Overrides, with_data
from crossbar_nsm.cli.output import print_json, say


def validate(config: ConfigPath, overrides: Overrides = None, data: Data = None, as_json: Json = False) -> None:
    """List every mistake of a configuration at once.

    Mistakes of the files that it names are included, each with file and line. Looked at are the network of the
    checkpoint, whether images, labels, calibration images and measured conductances are there and fit it (at up to 20
    points of a sweep that differ in them), and whether a training can write its files. Not looked at: values in a
    safetensors checkpoint, of which the header is read (any other form is loaded, which takes some seconds), and in
    data sets above 8 MB; what shows on a chip alone, such as settings without effect, which commands that map a
    network find.
    """
    from crossbar_nsm.experiment.config.checks.config_file import check_file
    from crossbar_nsm.reproduce.config import check_reproduction, is_reproduction

    of_paper = is_reproduction(config)
    mistakes = (check_reproduction if of_paper else check_file)(config, with_data(overrides, data))
    page = "reproduce_the_paper" if of_paper else "configuration"
    if as_json:
        print_json({"config": None, "rows": [{"mistake": line} for line in mistakes]} | error_object(mistakes, page))
    elif not mistakes:
        say(f"{config}: ok")
    if mistakes:
        say_mistakes(mistakes, page=page)
        raise typer.Exit(2)
