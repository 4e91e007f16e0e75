"""`crossbar-nsm results`."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossbar_nsm.cli.options import Csv, Json, Margin, Markdown, Wide
from crossbar_nsm.cli.output import Form, form_of, print_as, print_comparison, say_text
from device_models.errors import ConfigError, CrossbarError
from device_models.number_text import counted
from device_models.printable import printable

if TYPE_CHECKING:
    from crossbar_nsm.experiment.studies.results import Results


def results(
    folder: Annotated[Path, typer.Argument(help="folder of a sweep, finished or not", metavar="FOLDER")],
    chips: Annotated[bool, typer.Option("--chips", help="one line per point and chip")] = False,
    pairwise: Annotated[bool, typer.Option("--pairwise", help="every two points, on the chips that both have")] = False,
    margin: Margin = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Show what a sweep has found, one line per point."""
    form = form_of(as_json, as_csv, as_markdown)
    if chips and (pairwise or margin is not None):
        raise ConfigError("--chips: shows single chips, --pairwise and --margin are about their means; drop one side")
    from crossbar_nsm.experiment.studies.folder.results_folder import load_results

    found = load_results(folder)
    if margin is not None:
        found = found.with_margin(margin)
    if not found.rows:
        raise CrossbarError(f"{folder}: none of its trials has a result yet; let the sweep go on").see("run_a_study")
    if chips:
        _print_chips(found, form, wide)
    elif pairwise:
        _print_pairs(found, form, wide)
    else:
        print_comparison(found, form, wide=wide)
    for text in found.warnings:
        warnings.warn(text, stacklevel=2)
    for line in _unfinished(found):
        print(line, file=sys.stdout if form == "table" else sys.stderr)


def _print_pairs(found: Results, form: Form, wide: bool) -> None:
    from crossbar_nsm.experiment.studies.pairs import every_pair
    from crossbar_nsm.experiment.studies.verdict.pairs_verdict import pairs_verdict
    from crossbar_nsm.report.tables.comparison import pairs_table

    pairs = every_pair([point for point in found.points if point.chips], found.config.evaluation.margin)
    if not pairs:
        raise ConfigError("--pairwise: needs two points with results, and there is one")
    of_pairs, verdict = [pair.as_dict() for pair in pairs], pairs_verdict(pairs)
    whole = found.as_dict() | {"verdict": [*found.verdict, *verdict], "pairs": of_pairs}
    print_as(form, whole, of_pairs, [pairs_table(pairs)], wide)
    if form == "table":
        say_text(verdict)


def _print_chips(found: Results, form: Form, wide: bool) -> None:
    from crossbar_nsm.report.tables.chips import chips_table

    rows = found.table().to_dicts()
    print_as(form, found.as_dict() | {"rows": rows}, rows, [chips_table(rows, list(found.swept))], wide)


def _unfinished(found: Results) -> list[str]:
    """What the folder does not have, in lines."""
    lines = [f"failed: {printable(line)}" for line in found.failures]
    missing = f"{counted(found.missing, 'trial')} missing: the same sweep goes on"
    return [*([missing] if found.missing else []), *lines]
