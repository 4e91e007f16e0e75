"""`crossbar-nsm run`, the old name of `crossbar-nsm compare --hardware-only`."""

from __future__ import annotations

import sys

from crossbar_nsm.cli.commands.hardware.compare import compare
from crossbar_nsm.cli.options import ConfigPath, Csv, Data, Json, Markdown, Overrides, Wide


def run(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """The old name of compare --hardware-only."""
    print("note: run is now called compare --hardware-only; the old name goes on working", file=sys.stderr)
    compare(
        config, overrides=overrides, data=data, hardware_only=True,
        as_csv=as_csv, as_markdown=as_markdown, as_json=as_json, wide=wide,
    )  # fmt: skip
