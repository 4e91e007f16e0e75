"""The verdict of an error budget: what hardware costs, which effects cost it, and which of them mend one another.

With several chips an effect costs or mends significantly where the 95 % interval of its change over chips excludes 0;
with one chip nothing is significant, and the changes of that chip are what is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from crossbar_nsm.experiment.budget.rows import BudgetRow, Change, Measure
from crossbar_nsm.experiment.studies.verdict.guessing import software_guesses, too_few_line
from crossbar_nsm.experiment.studies.verdict.unknown import ONE_CHIP
from crossbar_nsm.experiment.studies.verdict.words import NLL, is_significant, listed, per_cent, signed_points
from crossbar_nsm.statistics.chance import no_better_than_chance
from device_models.number_text import signed

if TYPE_CHECKING:
    from crossbar_nsm.experiment.budget.budget import Budget

MOST_NAMED = 3
TAKEN_BACK = 0.25  # of the whole change of NLL, by steps that lower it: shares of the others add up to more than all
DISAGREE = 0.25  # of the whole change of NLL, between an effect alone and in the hardware, with one chip


def budget_verdict(budget: Budget) -> list[str]:
    """Sentences, the conclusion first; nothing is told of costs beside software that guesses."""
    software = budget.rows[0]
    if budget.classes and no_better_than_chance(software.error, budget.images, budget.classes):
        guess = software_guesses(software.error, budget.images, budget.classes)
        return [guess, "What hardware costs beside a guess is not told."]
    steps = [row for row in budget.view("ladder") if row.change is not None]
    said = [_total(budget), *_most(budget, steps), *_no_cost(budget, steps), *_mend(budget, steps)]
    said += [*_disagreement(budget), *([ONE_CHIP] if budget.chips == 1 else [])]
    return [*said, *(too_few_line(budget.images, budget.classes) if budget.classes else [])]


def _total(budget: Budget) -> str:
    software, (error, nll) = budget.rows[0], (budget.total[name] for name in ("error", "nll"))
    over = "on one chip" if budget.chips == 1 else f"95 % over {budget.chips} chips, on these {budget.images} images"
    return (
        f"Hardware minus ideal software: {NLL} {_change_text(nll, 'nll')} on {software.nll:.4f}{_significance(nll)}, "
        f"error {_change_text(error, 'error')} points on {per_cent(software.error)}{_significance(error)}; {over}."
    )


def _significance(change: Change) -> str:
    """With several chips."""
    return "" if change.low is None else f" ({is_significant(not _unclear(change))})"


def _most(budget: Budget, steps: Sequence[BudgetRow]) -> list[str]:
    """Steps that raise NLL, and their shares where hardware as a whole does and others take little of it back."""
    total = budget.total["nll"]
    costly = sorted(
        (row for row in steps if _nll(row).mean > 0 and not _unclear(_nll(row))), key=lambda row: -_nll(row).mean
    )
    back = -sum(min(_nll(row).mean, 0.0) for row in steps)
    part = all(_nll(row).mean <= total.mean for row in costly[:1]) and back <= TAKEN_BACK * total.mean
    shares = total.mean > 0 and not _unclear(total) and part
    clauses = [
        f"{row.effect} {_change_text(_nll(row), 'nll')}"
        + (f", {100 * _nll(row).mean / total.mean:.0f} %" if shares else "")
        for row in costly[:MOST_NAMED]
    ]
    head = "Most of that NLL, step by step" if shares else "Steps that raise NLL"
    return [listed(head, clauses)] if clauses else []


def _no_cost(budget: Budget, steps: Sequence[BudgetRow]) -> list[str]:
    """With one chip: what changes nothing at all."""
    if budget.chips == 1:
        names = [row.effect for row in steps if all(change.mean == 0 for change in _changes(row).values())]
        return [listed("No change at all", [", ".join(names)])] if names else []
    names = [row.effect for row in steps if all(_unclear(_changes(row)[name]) for name in ("error", "nll"))]
    return [listed("No significant change of error or NLL", [", ".join(names)])] if names else []


def _mend(budget: Budget, steps: Sequence[BudgetRow]) -> list[str]:
    better = [row for row in steps if _nll(row).mean < 0 and not _unclear(_nll(row))]
    clauses = [f"{row.effect} {_change_text(_nll(row), 'nll')}" for row in better]
    return [listed("Steps that lower NLL", clauses)] if clauses else []


def _disagreement(budget: Budget) -> list[str]:
    """The effect whose change alone is furthest from that in the whole hardware, where that is more than chance."""
    both = [
        (alone.effect, _nll(alone), _nll(left_out))
        for alone, left_out in zip(budget.view("alone"), budget.view("left_out"), strict=True)
        if alone.change is not None and left_out.change is not None
    ]
    apart = [one for one in both if _apart(*one[1:], budget.total["nll"])]
    if not apart:
        return []
    name, alone, within = max(apart, key=lambda one: abs(one[2].mean - one[1].mean))
    more = "more" if within.mean > alone.mean else "less"
    return [
        f"{name} costs {more} beside the other effects: NLL {_change_text(within, 'nll')} in the whole hardware, "
        f"{_change_text(alone, 'nll')} alone."
    ]


def _apart(alone: Change, within: Change, total: Change) -> bool:
    if alone.low is None or alone.high is None or within.low is None or within.high is None:
        return abs(alone.mean - within.mean) > DISAGREE * abs(total.mean)
    return alone.high < within.low or within.high < alone.low


def _unclear(change: Change) -> bool:
    """Whether a change is not significant; with one chip: whether there is none."""
    return change.mean == 0 if change.low is None or change.high is None else change.low <= 0 <= change.high


def _changes(row: BudgetRow) -> dict[Measure, Change]:
    assert row.change is not None
    return row.change


def _nll(row: BudgetRow) -> Change:
    return _changes(row)["nll"]


def _change_text(change: Change, name: Measure) -> str:
    text: Callable[[float], str] = signed_points if name == "error" else lambda value: signed(value, 4)
    if change.low is None or change.high is None:
        return text(change.mean)
    return f"{text(change.mean)} ({text(change.low)} to {text(change.high)})"
