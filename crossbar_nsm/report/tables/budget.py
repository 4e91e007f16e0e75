"""Tables of an error budget."""

from __future__ import annotations

from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.budget.rows import MEASURES, BudgetRow, Change, Measure
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.statistics.metrics import capped_note
from device_models.number_text import signed

PER_CENT: tuple[Measure, ...] = ("error",)


def ladder_table(budget: Budget) -> TextTable:
    """From ideal software to the whole hardware; each change is one to the line above."""
    title = f"{budget.images} images x {budget.samples} samples, {budget.chips} chip(s); changes step by step, 95 %"
    columns = ["step", "error %", "change", "NLL", "change", "ECE", "change", "beta ratio, 5-95 %", "reader"]
    lines = []
    for row in budget.view("ladder"):
        measures = [text for name in MEASURES for text in (_value(row, name), _change(row.change, name))]
        lines.append([_step(row.effect, budget), *measures, _ratio(row), row.engine])
    sums = [text for name in MEASURES for text in ("", _change(budget.total, name))]
    lines.append(["hardware - software", *sums, "", ""])
    return make_table(title, columns, lines, capped_note((row.nll_capped for row in budget.rows), budget.images))


def single_effects_table(budget: Budget) -> TextTable:
    """Each effect by itself: on ideal cells, and what it adds to the rest of the hardware."""
    alone, left_out = budget.view("alone"), budget.view("left_out")
    columns = ["effect", "alone: error %", "NLL", "ECE", "beta ratio", "in hardware: error %", "NLL", "ECE"]
    lines = [
        [
            _step(here.effect, budget),
            *(_change(here.change, name) for name in MEASURES),
            _ratio(here),
            *(_change(there.change, name) for name in MEASURES),
        ]
        for here, there in zip(alone, left_out, strict=True)
    ]
    caption = "alone: added to ideal cells; in hardware: whole less whole without it; empty: not separable"
    return make_table("what each effect adds", columns, lines, caption)


def _step(name: str, budget: Budget) -> str:
    return f"{name}  {budget.effects[name]}" if name in budget.effects else name


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
