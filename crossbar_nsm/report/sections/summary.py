"""What came out, in a few sentences and one table; what failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.rows import Row
from crossbar_nsm.report.page.parts import Section
from crossbar_nsm.report.page.table import PageTable, TableCell, Value
from crossbar_nsm.report.points.swept_parameter import SweptParameter, swept_parameters
from crossbar_nsm.report.points.words import extremes, named_parameters, point_text, sentence
from device_models.number_text import interval, signed

NOTE = (
    "Error, NLL (nats) and ECE are means over chips; 95 % over images: Wilson, for these chips; ±: standard deviation "
    "over chips. Difference: error less that of ideal software on the same images, with its 95 % interval over images "
    "for these chips; any chip: over images and chips. McNemar's test is of the same images, for these chips."
)


def summary(results: Results) -> Section:
    """What was swept; best and worst point and ideal software; every setting in one line of a table."""
    return Section(
        "Summary",
        (swept_text(results), *_findings(results), *(f"{sentence(note)}." for note in results.notes)),
        tables=(summary_table(results),),
        tables_first=True,
    )


def swept_text(results: Results) -> str:
    """What was swept and how often."""
    evaluation = results.config.evaluation
    chips = f"{evaluation.chips} chip{'s' if evaluation.chips > 1 else ''}"
    if not results.swept:
        return f"One setting, {chips}, no sweep."
    keys = " × ".join(map(_values, swept_parameters(results.swept).values()))
    return f"Swept: {keys}. {len(results.points)} points, {chips} at each."


def _values(parameter: SweptParameter) -> str:
    texts = list(map(parameter.text, parameter.values))
    values = ", ".join(texts) if len(texts) <= 4 else f"{len(texts)} values from {texts[0]} to {texts[-1]}"
    return f"{parameter.key} ({values} {parameter.unit}".rstrip() + ")"


def _findings(results: Results) -> list[str]:
    sentences = []
    for words, point in extremes(results).items():
        assert point.row is not None
        sentences.append(f"{sentence(words)}: {point_text(results, point)}, {_outcome(point.row)}.")
    ideal = [row for row in results.rows if row.name in results.ideal]
    sentences += [f"Ideal software ({row.name}): {_outcome(row)}." for row in ideal[:1]]
    return [" ".join(sentences)] if sentences else []


def _outcome(row: Row) -> str:
    return f"NLL {row.nll:.4f} at {100 * row.error:.2f} % error"


def summary_table(results: Results) -> PageTable:
    """`results.rows`, settings as columns."""
    parameters, rows = named_parameters(results), results.rows
    several, judged = (any(getattr(row, name) is not None for row in rows) for name in ("combined_low", "verdict"))
    columns = [
        "network", *map(heading, parameters), "error %", "95 % over images", "± chips", "NLL", "ECE", "difference %",
        *(["any chip"] if several else []), "McNemar p", *(["verdict"] if judged else []), "chips", "samples", "reader",
    ]  # fmt: skip
    lines = [[row.name, *(setting(one, row.set) for one in parameters), *_line(row, several, judged)] for row in rows]
    return PageTable.of(columns, lines, note=NOTE)


def heading(parameter: SweptParameter) -> str:
    """Of the parameter's column."""
    return f"{parameter.name} {parameter.unit}".rstrip()


def setting(parameter: SweptParameter, settings: Mapping[str, Any]) -> TableCell | None:
    """What settings have of a parameter; None for ideal software, which has no settings."""
    if parameter.key not in settings:
        return None
    value = settings[parameter.key]
    return TableCell(parameter.text(value), float(value) if parameter.numeric else parameter.text(value))


def _line(row: Row, several: bool, judged: bool) -> list[Value]:
    difference = None
    if row.difference is not None:
        limits = interval(row.difference_low, row.difference_high, 100, 2)
        difference = TableCell(f"{signed(100 * row.difference, 2)} {limits}".rstrip(), row.difference)
    return [
        TableCell(f"{100 * row.error:.2f}", row.error),
        TableCell(f"{100 * row.error_low:.2f} to {100 * row.error_high:.2f}", row.error_low),
        None if row.chip_sd is None else TableCell(f"{100 * row.chip_sd:.2f}", row.chip_sd),
        TableCell(f"{row.nll:.4f}", row.nll),
        TableCell(f"{row.ece:.4f}", row.ece),
        difference,
        *([TableCell(interval(row.combined_low, row.combined_high, 100, 2), row.combined_low)] if several else []),
        None if row.mcnemar_p is None else TableCell(f"{row.mcnemar_p:.2g}", row.mcnemar_p),
        *([row.verdict] if judged else []),
        row.chips,
        TableCell(f"{row.samples_used:.3g}" if row.samples_used < row.samples else str(row.samples), row.samples_used),
        row.engine,
    ]


def failed(results: Results) -> Section | None:
    """The trials that failed and why; None when none did."""
    lines: list[list[Value]] = [[of, None, why] for of, why in results.ideal_failures.items()]
    lines += [
        [point_text(results, point), chip, why] for point in results.points for chip, why in point.failures.items()
    ]
    if not lines:
        return None
    text = "These chips have no result; the numbers of their points are means over the others."
    return Section("Failed trials", (text,), tables=(PageTable.of(["point", "chip", "error"], lines),))
