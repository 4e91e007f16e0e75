"""What several commands print in the same way."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, TextIO

from device_models.errors import ConfigError
from device_models.printable import printable

if TYPE_CHECKING:
    from crossbar_nsm.experiment.compare import Comparison
    from crossbar_nsm.experiment.studies.results import Results
    from crossbar_nsm.report.tables.terminal import TextTable

Form = Literal["table", "json", "csv", "markdown"]


def form_of(as_json: bool, as_csv: bool, as_markdown: bool) -> Form:
    """What the options ask for. Raises ConfigError for more than one."""
    asked: dict[Form, bool] = {"json": as_json, "csv": as_csv, "markdown": as_markdown}
    chosen = [form for form, is_asked in asked.items() if is_asked]
    if len(chosen) > 1:
        raise ConfigError(f"--{' --'.join(chosen)}: at most one of --json, --csv and --markdown; leave the others out")
    return chosen[0] if chosen else "table"


def print_as(
    form: Form, whole: Any, rows: Sequence[Mapping[str, Any]], tables: Sequence[TextTable], wide: bool = False
) -> None:
    """A result on standard output: `whole` as JSON, `rows` as CSV, or the tables, with `wide` all of their columns."""
    from crossbar_nsm.report.exports import csv_text, markdown_text
    from crossbar_nsm.report.tables.terminal import print_table

    if form == "json":
        print_json(whole)
    elif form == "csv":
        sys.stdout.write(csv_text(rows))
    elif form == "markdown":
        sys.stdout.write("\n".join(markdown_text(table) for table in tables))
    else:
        for table in tables:
            print_table(table, wide)


def print_comparison(
    result: Comparison | Results, form: Form, more: Mapping[str, Any] | None = None, wide: bool = False
) -> None:
    """Rows of ideal software and hardware, and pairs where they were asked for; CSV holds one of the two, the pairs.
    Tables are followed by the verdict. more: what joins them in JSON."""
    from crossbar_nsm.experiment.compare import Comparison
    from crossbar_nsm.report.tables.comparison import comparison_table, pairs_table

    whole = result.as_dict() | dict(more or {})
    pairs = result.pairs if isinstance(result, Comparison) else None
    tables = [
        comparison_table(result.rows, result.notes, result.config),
        *([] if pairs is None else [pairs_table(pairs)]),
    ]
    print_as(form, whole, whole.get("pairs", whole["rows"]), tables, wide)
    if form == "table":
        say_text(result.verdict)


def say_text(sentences: Iterable[str], hanging: int = 0) -> None:
    """Text beside a table: whole words in the lines of a terminal, a line each in a pipe. hanging: spaces before the
    second line of a sentence and those that follow."""
    from crossbar_nsm.report.tables.fitting import broken
    from crossbar_nsm.report.tables.terminal import terminal_width

    width = terminal_width()
    for sentence in sentences:
        for number, line in enumerate([sentence] if width is None else broken(sentence, width - hanging)):
            say(" " * hanging * (number > 0) + line)


def say(line: str, file: TextIO | None = None) -> None:
    """A line of which names are part, of files perhaps: see `device_models.printable`."""
    print(printable(line), file=file)


def say_drawn(figures: Iterable[PurePath]) -> None:
    """Where figures are."""
    say(f"Figures: {', '.join(str(path) for path in figures if path.suffix == '.png')} (and .svg, .pdf)")


def print_json(value: Any) -> None:
    """JSON on standard output. Arrays and numbers of numpy and torch are lists and numbers, paths text, NaN null and
    infinite numbers (beta of a noiseless device) "inf" and "-inf", which JSON cannot hold otherwise."""
    print(json.dumps(_json_safe(value), indent=2, allow_nan=False))


def _json_safe(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _json_safe(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_safe(entry) for entry in value]
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value
