"""`crossbar-nsm compare`: hardware beside ideal software, or one finished run beside another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from crossbar_nsm.cli.completion import configurations
from crossbar_nsm.cli.options import Csv, Data, Json, Margin, Markdown, Overrides, Wide, with_data, with_margin
from crossbar_nsm.cli.output import Form, form_of, print_as, print_comparison, say, say_text
from device_models.errors import ConfigError


def compare(
    config: Annotated[
        Path,
        typer.Argument(
            help="YAML configuration, or the folder of a run", metavar="CONFIG | RUN_A", autocompletion=configurations
        ),
    ],
    other: Annotated[Path | None, typer.Argument(help="folder of another run", metavar="RUN_B")] = None,
    overrides: Overrides = None,
    data: Data = None,
    ideal_only: Annotated[bool, typer.Option("--ideal-only", help="leave the hardware out")] = False,
    hardware_only: Annotated[bool, typer.Option("--hardware-only", help="leave ideal software out")] = False,
    margin: Margin = None,
    pairwise: Annotated[
        bool, typer.Option("--pairwise", help="also every two hardware settings (with --csv: these alone)")
    ] = False,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Evaluate hardware beside ideal software on the same images.

    A `sweep` block gives one row per setting. With two folders: what the second run has less than the first, or above
    it.
    """
    form = form_of(as_json, as_csv, as_markdown)
    if other is not None:
        options = {"--set": overrides, "--data": data, "--ideal-only": ideal_only, "--hardware-only": hardware_only,
                   "--pairwise": pairwise}  # fmt: skip
        given = [option for option, value in options.items() if value]
        if given:
            raise ConfigError(f"{', '.join(given)}: not for two finished runs, which are compared as they are").see(
                "compare_settings"
            )
        _compare_runs(config, other, margin, form, wide)
        return
    if config.is_dir():
        raise ConfigError(f"{config}: is a folder; give a configuration, or the folders of two runs").see(
            "compare_settings"
        )
    if ideal_only and hardware_only:
        raise ConfigError("--ideal-only --hardware-only: leave nothing to evaluate; drop one of them")
    if pairwise and ideal_only:
        raise ConfigError("--pairwise: is about hardware settings, which --ideal-only leaves out; drop one of them")
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.compare import compare as run_comparison

    with progress_bars(form != "table") as bars:
        settings = with_margin(with_data(overrides, data), margin)
        result = run_comparison(
            config, *settings, ideal_only=ideal_only, hardware_only=hardware_only, pairwise=pairwise, progress=bars
        )
    print_comparison(result, form, wide=wide)


def _compare_runs(first: Path, second: Path, margin: float | None, form: Form, wide: bool) -> None:
    from crossbar_nsm.experiment.studies.compare_runs import compare_runs
    from crossbar_nsm.report.tables.comparison import pairs_table

    result = compare_runs(first, second, margin)
    whole = result.as_dict()
    print_as(form, whole, whole["rows"], [pairs_table(result.pairs, (str(first), str(second)))], wide)
    if form == "table":
        say_text(result.verdict)
    for line in result.left_out:
        say(f"left out: {line}", sys.stdout if form == "table" else sys.stderr)
