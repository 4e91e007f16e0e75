"""Tables of an error budget."""

from __future__ import annotations

from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.budget.rows import MEASURES, BudgetRow, Change, Measure
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.statistics.metrics import capped_note
from device_models.number_text import counted, signed

PER_CENT: tuple[Measure, ...] = ("error",)
HEADINGS: dict[Measure, str] = {"error": "error %", "nll": "NLL", "ece": "ECE"}
BETA = "beta ratio, 5-95 %"
OF_BETA = "recovered over trained, median (5th to 95th percentile) of neurons"


def ladder_table(budget: Budget) -> TextTable:
    """From ideal software to the whole hardware; each change is one to the line above."""
    title = f"step by step: {counted(budget.images, 'image')} x {counted(budget.samples, 'sample')}, "
    title += counted(budget.chips, "chip")
    measures = [text for name in MEASURES for text in (HEADINGS[name], f"{HEADINGS[name]} change")]
    lines = []
    for row in budget.view("ladder"):
        values = [text for name in MEASURES for text in (_value(row, name), _change(row.change, name))]
        lines.append([row.effect, budget.effects.get(row.effect, ""), *values, _ratio(row), row.engine])
    sums = [text for name in MEASURES for text in ("", _change(budget.total, name))]
    lines.append(["hardware - software", "", *sums, "", ""])
    of_change = "to the line above" + (", ± 95 % over chips" if budget.chips > 1 else "")
    return make_table(
        title, ["step", "what it is", *measures, BETA, "reader"], lines,
        "\n".join(filter(None, (f"changes: {of_change}", _capped(budget)))),
        drop=["reader", "ECE change", "ECE", BETA, "what it is"], shared=["reader"], legend={BETA: OF_BETA},
    ).left_aligned(["what it is"])  # fmt: skip


def single_effects_table(budget: Budget) -> TextTable:
    """Each effect by itself: on ideal cells, and what it adds to the rest of the hardware."""
    alone, left_out = budget.view("alone"), budget.view("left_out")
    columns = [
        "effect", "what it is", *(f"alone: {HEADINGS[name]}" for name in MEASURES), BETA,
        *(f"in hardware: {HEADINGS[name]}" for name in MEASURES),
    ]  # fmt: skip
    lines = [
        [
            here.effect,
            budget.effects.get(here.effect, ""),
            *(_change(here.change, name) for name in MEASURES),
            _ratio(here),
            *(_change(there.change, name) for name in MEASURES),
        ]
        for here, there in zip(alone, left_out, strict=True)
    ]
    caption = "alone: added to ideal cells; in hardware: whole less whole without it; empty: not separable"
    return make_table(
        "what each effect adds", columns, lines, caption,
        drop=[BETA, "alone: ECE", "in hardware: ECE", "what it is", "alone: NLL"], legend={BETA: OF_BETA},
    ).left_aligned(["what it is"])  # fmt: skip


def _capped(budget: Budget) -> str:
    return capped_note((row.nll_capped for row in budget.rows), budget.images)


def _value(row: BudgetRow, name: Measure) -> str:
    value: float = getattr(row, name)
    return f"{100 * value:.2f}" if name in PER_CENT else f"{value:.4f}"


def _change(change: dict[Measure, Change] | None, name: Measure) -> str:
    if change is None:
        return ""
    of = change[name]
    factor, digits = (100, 2) if name in PER_CENT else (1, 4)
    half = "" if of.high is None else f" ±{factor * (of.high - of.mean):.{digits}f}"
    return signed(factor * of.mean, digits) + half


def _ratio(row: BudgetRow) -> str:
    if row.beta_ratio is None:
        return ""
    low, middle, high = row.beta_ratio
    return f"{middle:.3g} ({low:.3g}-{high:.3g})"
