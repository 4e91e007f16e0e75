"""`crossbar-nsm run`."""

from __future__ import annotations

from crossbar_nsm.cli.options import ConfigPath, Csv, Data, Json, Markdown, Overrides, with_data
from crossbar_nsm.cli.output import form_of, print_comparison


def run(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Evaluate the hardware alone."""
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.compare import run as run_hardware

    with progress_bars(form != "table") as bars:
        result = run_hardware(config, *with_data(overrides, data), progress=bars)
    print_comparison(result, form)
