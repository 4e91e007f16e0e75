"""What came out, in one table; what failed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.rows import Row
from crossbar_nsm.report.page.condensing import condensed
from crossbar_nsm.report.page.parts import Section
from crossbar_nsm.report.page.table import PageTable, TableCell, Value
from crossbar_nsm.report.points.examples import NLL
from crossbar_nsm.report.points.swept_parameter import SweptParameter, swept_parameters
from crossbar_nsm.report.points.words import named_parameters, point_text, sentence, short_names
from crossbar_nsm.report.sections.readers import short_readers
from device_models.number_text import counted, interval, signed

ALWAYS = ("error %", "NLL")  # in the table, even where all rows have the same
NOTE = (
    "Error, NLL (nats) and ECE are means over chips; 95 % over images: of error, Wilson, for these chips; ±: standard "
    "deviation over chips. Difference: error less that of ideal software on the same images, with its 95 % interval "
    "over images for these chips; any chip: over images and chips. McNemar's test is of the same images, for "
    "these chips."
)


def summary(results: Results) -> Section:
    """What was swept; every setting in one line of a table."""
    return Section(
        "Summary",
        (swept_text(results), *(f"{sentence(note)}." for note in results.notes)),
        tables=(summary_table(results),) if results.rows else (),
        tables_first=True,
    )


def swept_text(results: Results) -> str:
    """What was swept and how often."""
    evaluation = results.config.evaluation
    chips = f"{evaluation.chips} chip{'s' if evaluation.chips > 1 else ''}"
    if not results.swept:
        return f"One setting, {chips}, no sweep."
    keys = " × ".join(map(_values, swept_parameters(results.swept).values()))
    return f"Swept: {keys}. {counted(len(results.points), 'point')}, {chips} at each."


def _values(parameter: SweptParameter) -> str:
    texts = list(map(parameter.text, parameter.values))
    values = ", ".join(texts) if len(texts) <= 4 else f"{len(texts)} values from {texts[0]} to {texts[-1]}"
    return f"{parameter.key} ({values} {parameter.unit}".rstrip() + ")"


def summary_table(results: Results) -> PageTable:
    """`results.rows`, settings as columns."""
    parameters, rows = named_parameters(results), results.rows
    several, judged = (any(getattr(row, name) is not None for row in rows) for name in ("combined_low", "margin"))
    outcomes = [
        "error %", "NLL", "95 % over images", "± chips", "ECE", "difference %", *(["any chip"] if several else []),
        "McNemar p", *(["verdict"] if judged else []),
    ]  # fmt: skip
    names = short_names(results)
    stopped = any(row.samples_used < row.samples for row in rows)
    used = stopped or "evaluation.samples" not in results.swept  # not a second column of the same numbers
    others = [*outcomes, "chips", *(["samples"] if used else []), "reader"]
    columns = [names.heading, *(heading(one, others) for one in parameters), *others]
    readers, approximations = short_readers(row.engine for row in rows)
    lines = [
        [names[row.name], *(setting(one, row.set) for one in parameters), *_line(row, several, judged),
         row.chips if row.engine else None, *([_samples(row)] if used else []), readers[row.engine]]
        for row in rows
    ]  # fmt: skip
    note = "\n".join(filter(None, [names.note, approximations, NOTE]))
    table = PageTable.of(columns, lines, note=note, leading=1 + len(parameters), even=True)
    apart = range(len(results.ideal_rows))
    return condensed(table, keep=ALWAYS if len(rows) > len(apart) + 1 else outcomes, apart=apart)


def heading(parameter: SweptParameter, others: Collection[str] = ()) -> str:
    """Of the parameter's column, beside the `others`."""
    short = f"{parameter.name} {parameter.unit}".rstrip()
    return parameter.key if short in others else short


def setting(parameter: SweptParameter, settings: Mapping[str, Any]) -> TableCell | None:
    """What settings have of a parameter; None for ideal software, which has no settings."""
    if parameter.key not in settings:
        return None
    value = settings[parameter.key]
    text = parameter.text(value)
    return TableCell(text, float(value) if parameter.numeric else text)


def _line(row: Row, several: bool, judged: bool) -> list[Value]:
    return [
        error_cell(row),
        nll_cell(row),
        TableCell(f"{100 * row.error_low:.2f} to {100 * row.error_high:.2f}", row.error_low),
        None if row.chip_sd is None else TableCell(f"{100 * row.chip_sd:.2f}", row.chip_sd),
        TableCell(f"{row.ece:.4f}", row.ece),
        _difference(row),
        *([TableCell(interval(row.combined_low, row.combined_high, 100, 2), row.combined_low)] if several else []),
        None if row.mcnemar_p is None else TableCell(f"{row.mcnemar_p:.2g}", row.mcnemar_p),
        *([row.verdict] if judged else []),
    ]


def error_cell(row: Row) -> TableCell:
    return TableCell(f"{100 * row.error:.2f}", row.error)


def nll_cell(row: Row) -> TableCell:
    return TableCell(format(row.nll, NLL), row.nll)


def _difference(row: Row) -> TableCell | None:
    """With its interval; None for what there is nothing to compare with."""
    if row.difference is None:
        return None
    limits = interval(row.difference_low, row.difference_high, 100, 2)
    return TableCell(f"{signed(100 * row.difference, 2)} {limits}".rstrip(), row.difference)


def _samples(row: Row) -> TableCell:
    used = f"{row.samples_used:.3g}" if row.samples_used < row.samples else str(row.samples)
    return TableCell(used, row.samples_used)


def failed(results: Results) -> Section | None:
    """The trials that failed and why; None when none did."""
    lines: list[list[Value]] = [[of, None, why] for of, why in results.ideal_failures.items()]
    lines += [
        [point_text(results, point), chip, why] for point in results.points for chip, why in point.failures.items()
    ]
    if not lines:
        return None
    text = "These chips have no result; the numbers of their points are means over the others."
    table = condensed(PageTable.of(["point", "chip", "error"], lines), keep=("error",))
    return Section("Failed trials", (text,), tables=(table,))
