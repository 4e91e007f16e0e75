"""Options that several commands have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

ConfigPath = Annotated[Path, typer.Argument(help="YAML configuration", metavar="CONFIG")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="override a dotted key; repeatable")
]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="data folder (default: CROSSBAR_NSM_DATA)")]
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]


def with_data(overrides: list[str] | None, data: Path | None) -> list[str]:
    """The overrides with --data among them: it is short for --set dataset.root=DIR."""
    return [*(overrides or []), *([f"dataset.root={json.dumps(str(data))}"] if data else [])]
