"""What the page begins with: behind the sentences of the verdict what limits the hardware and what an image costs, and
below them the best and the worst point beside ideal software."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.mapping.utilisation import chip_use
from crossbar_nsm.report.page.table import PageTable, Value
from crossbar_nsm.report.points.examples import examples
from crossbar_nsm.report.points.words import software_of, software_text
from crossbar_nsm.report.sections.hardware import ExampleChip
from crossbar_nsm.report.sections.summary import error_cell, nll_cell
from device_models.number_text import counted, time_text

OF_BUDGET = 2  # sentences of its verdict: what hardware costs, and which effects cost it


def answer_table(results: Results) -> PageTable | None:
    """One line each; None without a result on chips."""
    points = examples(results)
    software = software_of(results, [one.point for one in points])
    rows = [(f"Ideal software: {software_text(results, one)}", one.row) for one in software]
    rows += [(one.text(results), one.point.row) for one in points if one.point.row is not None]
    lines: list[list[Value]] = [[text, error_cell(row), nll_cell(row)] for text, row in rows]
    return PageTable.of(["", "error %", "NLL"], lines) if points else None


def limit_lines(budget: Budget | None) -> list[str]:
    """What limits the hardware, by the error budget of the base configuration; nothing without one."""
    if budget is None:
        return []
    of = f"{counted(budget.images, 'image')}, {counted(budget.chips, 'chip')}"
    return [f"What limits the base configuration, by its error budget ({of}): {' '.join(budget.verdict[:OF_BUDGET])}"]


def cost_lines(chips: Sequence[ExampleChip]) -> list[str]:
    """What an image costs on the first of the chips, that of the best point, in reads and time; nothing without one."""
    if not chips or chips[0].point.row is None:
        return []
    use, samples = chip_use(chips[0].chip), chips[0].point.row.samples_used
    where, time = "" if len(chips) == 1 else " on the best", time_text(samples * use.time_per_pass_s)
    reads = f"{samples * use.reads_per_pass:.4g} reads of its arrays ({samples:.4g} samples of {use.reads_per_pass})"
    every = time_text(use.time_per_pass_s)
    return [f"An image costs{where} {reads}, {time} with a sample every {every}; energy is not simulated."]
