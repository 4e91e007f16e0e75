"""`crossbar-nsm compare`."""

from __future__ import annotations

from typing import Annotated

import typer

from crossbar_nsm.cli.options import ConfigPath, Data, Json, Overrides, with_data
from crossbar_nsm.cli.output import print_comparison


def compare(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    ideal_only: Annotated[bool, typer.Option("--ideal-only", help="leave the hardware out")] = False,
    as_json: Json = False,
) -> None:
    """Evaluate hardware beside ideal software on the same images; a `sweep` block gives one row per setting."""
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.compare import compare as run_comparison

    with progress_bars(as_json) as bars:
        result = run_comparison(config, *with_data(overrides, data), ideal_only=ideal_only, progress=bars)
    print_comparison(result, as_json)
