"""`--laws FILE.py`, in front of a command and behind it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer


def _load(paths: list[Path] | None) -> list[Path] | None:
    if paths:
        from device_models.laws import load_laws

        for path in paths:
            load_laws(path)
    return paths


Laws = Annotated[
    list[Path] | None,
    typer.Option(
        "--laws",
        metavar="FILE.py",
        help="run a Python file that registers laws, data sets and circuits; repeatable",
        callback=_load,
        is_eager=True,  # before other options are looked at, which may name what it registers
        expose_value=False,
    ),
]


def also_behind(commands: Iterable[Any], option: Any) -> None:
    """Give `option` of a group to its commands, and to those of its groups."""
    for command in commands:
        command.params.append(option)
        also_behind(getattr(command, "commands", {}).values(), option)
