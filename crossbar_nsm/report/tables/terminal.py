"""Tables for a terminal; plain text when there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from crossbar_nsm.report.format import number
from crossbar_nsm.statistics.metrics import capped_note
from device_models.printable import printable

if TYPE_CHECKING:
    from crossbar_nsm.experiment.ageing import Ageing
    from crossbar_nsm.experiment.check import CheckResult
    from crossbar_nsm.experiment.train import TrainingResult


def print_table(table: Table) -> None:
    """To standard output, never cut: a narrow or absent terminal gets the width that the table needs. Cells are text as
    it is, in which [brackets] and :colons: mean nothing."""
    console = Console()
    needed = Console(width=400, markup=False, emoji=False).measure(table).maximum
    width = max(console.width if console.is_terminal else 0, needed)
    Console(width=width, highlight=False, markup=False, emoji=False).print(table)


def make_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> Table:
    """First column left, the others right; no wrapping."""
    title, caption = printable(title), printable(caption, "\n")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, caption=caption, caption_justify="left")
    for index, column in enumerate(columns):
        table.add_column(printable(column), justify="left" if index == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(printable, row))
    return table


def ageing_table(result: Ageing) -> Table:
    """One line per age and kind of settings; error in per cent, times in seconds."""
    first = result.rows[0]
    title = f"{result.config.device.name}/{result.config.neuron.scaling}, {first.images} images x {first.samples} "
    title += f"samples, {first.chips} chip(s); ideal software: error {100 * result.ideal.error:.2f} %, "
    title += f"NLL {result.ideal.nll:.4f}"
    left = {gain.age_s: f"{gain.ratio:.2f} (at most {gain.upper:.2f})" for gain in result.gains}
    columns = [
        "age",
        "settings",
        "error %",
        "NLL",
        "excess NLL",
        "95 %",
        "ECE",
        "beta/trained",
        "|c - trained|",
        "left",
    ]
    lines = [
        [
            f"{row.age_s:g} s",
            "calibrated anew" if row.recalibrated else "kept",
            f"{100 * row.error:.2f}",
            f"{row.nll:.4f}",
            f"{row.excess_nll:+.4f}",
            f"{row.excess_nll_low:+.4f} to {row.excess_nll_high:+.4f}",
            f"{row.ece:.4f}",
            f"{row.beta_ratio:.3f}",
            number(row.c_error, ".3f"),
            left.get(row.age_s, "") if row.recalibrated else "",
        ]
        for row in result.rows
    ]
    caption = "left: excess NLL calibrated anew / kept, and its upper 95 % bound"
    note = capped_note((result.ideal.nll_capped, *(row.nll_capped for row in result.rows)), first.images)
    return make_table(title, columns, lines, "\n".join(filter(None, (caption, note))))


def training_table(result: TrainingResult) -> Table:
    """One line per run, and mean and spread over runs when there are several; errors in per cent."""
    columns = ["run", "epochs", "best epoch", "validation error %", "test error %, best", "test error %, last"]
    lines = []
    for run in result.runs:
        tests = [_percent(run.test[which]["error"]) if run.test else "" for which in ("best", "last")]
        best = run.best
        lines.append(
            [f"seed {run.seed}", str(len(run.reports)), str(best.epoch), _percent(best.validation_error), *tests]
        )
    spreads = result.as_dict()["over_runs"]
    if len(result.runs) > 1:
        names = ("validation_error", "test_error_best", "test_error_last")
        cells = [_percent_spread(spreads[name]) if name in spreads else "" for name in names]
        lines.append([f"mean of {len(result.runs)} ± sd", "", "", *cells])
    return make_table("training", columns, lines)


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f}"


def _percent_spread(spread: dict[str, float]) -> str:
    return f"{100 * spread['mean']:.2f} ± {100 * spread['sd']:.2f}"


def checks_table(results: Sequence[CheckResult]) -> Table:
    """The self-test: what was measured, what is allowed, pass or fail."""
    lines = [[result.name, result.measured, result.allowed, "pass" if result.passed else "FAIL"] for result in results]
    passed = sum(result.passed for result in results)
    return make_table(f"self-test: {passed} of {len(results)} passed", ["check", "measured", "allowed", ""], lines)
