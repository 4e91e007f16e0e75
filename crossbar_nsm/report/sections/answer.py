"""What the page begins with: the best and the worst point beside ideal software, below the sentences of the verdict."""

from __future__ import annotations

from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.page.table import PageTable, Value
from crossbar_nsm.report.points.examples import examples
from crossbar_nsm.report.points.words import software_of, software_text
from crossbar_nsm.report.sections.summary import error_cell, nll_cell


def answer_table(results: Results) -> PageTable | None:
    """One line each; None without a result on chips."""
    points = examples(results)
    software = software_of(results, [one.point for one in points])
    rows = [(f"Ideal software: {software_text(results, one)}", one.row) for one in software]
    rows += [(one.text(results), one.point.row) for one in points if one.point.row is not None]
    lines: list[list[Value]] = [[text, error_cell(row), nll_cell(row)] for text, row in rows]
    return PageTable.of(["", "error %", "NLL"], lines) if points else None
