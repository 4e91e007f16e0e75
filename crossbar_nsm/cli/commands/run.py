"""`crossbar-nsm run`."""

from __future__ import annotations

from crossbar_nsm.cli.options import ConfigPath, Data, Json, Overrides, with_data
from crossbar_nsm.cli.output import print_comparison


def run(config: ConfigPath, overrides: Overrides = None, data: Data = None, as_json: Json = False) -> None:
    """Evaluate the hardware alone."""
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.compare import run as run_hardware

    with progress_bars(as_json) as bars:
        result = run_hardware(config, *with_data(overrides, data), progress=bars)
    print_comparison(result, as_json)
