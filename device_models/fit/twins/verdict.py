"""Whether the twin is a twin, in words: quantity by quantity, then in one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from device_models.fit.twins.comparison import Outcome, TwinRow
from device_models.number_text import counted, quantity_text, ratio_text
from device_models.shown import shown

OUTSIDE, CHANCE, FEW = 0.05, 0.99, 3  # of cells, targets or times that lie outside the central 95 % by chance
LEVEL = "level of the spectrum"
PLACES = {"reads": "cells", "programming": "targets", "ageing": "points", "pulses": "parts of the staircase"}
NAMED = 3  # quantities in the verdict


@shown
@dataclass(frozen=True)
class Quantity:
    """One quantity over all cells, targets or times at which it was compared. worst: the comparison that is farthest
    off. clear: those of `differ` that lie twice as far out as the central 95 % of the twins, which chance does not do.
    differs: more of them are outside than chance has it (of 1 or 2: any), or more than one in twenty clearly."""

    part: str
    name: str
    compared: int
    agree: int
    scatter: int
    differ: int
    clear: int
    worst: TwinRow

    @property
    def differs(self) -> bool:
        return self.differ > by_chance(self.compared) or self.clear > OUTSIDE * self.compared


def by_chance(compared: int) -> int:
    """How many of so many numbers lie outside the central 95 %, at most, with a probability of 99 %; none of 1 or 2."""
    from scipy import stats

    return int(stats.binom.ppf(CHANCE, compared, OUTSIDE)) if compared >= FEW else 0


def summarised(rows: Sequence[TwinRow]) -> tuple[Quantity, ...]:
    """In order of appearance; points of ln G at all times are one quantity, decades of a spectrum another."""
    groups: dict[tuple[str, str], list[TwinRow]] = {}
    for row in rows:
        groups.setdefault((row.part, _pooled(row)), []).append(row)
    return tuple(_quantity(part, name, of) for (part, name), of in groups.items())


def verdict(quantities: Sequence[Quantity], notes: Iterable[str] = ()) -> list[str]:
    """The answer first, then what differs and by how much, then what scatters too much to tell."""
    if not quantities:
        return ["Nothing was measured that a twin can be compared with.", *map(_sentence, notes)]
    wrong = [one for one in quantities if one.differs]
    told = [_answer(quantities, wrong), *(_difference(one) for one in wrong[:NAMED])]
    right = [_agreement(one) for one in quantities if not one.differs]
    if wrong and right:
        told.append(f"It agrees in {_listed(right)}.")
    vague = [one.name for one in quantities if not one.differs and 2 * one.scatter > one.compared]
    if vague:
        told.append(f"{_capital(_listed(vague))}: beyond the tolerance, but among the twins, which scatter as widely.")
    return [*told, *map(_sentence, notes)]


def _agreement(one: Quantity) -> str:
    """A quantity that agrees, and of how many where some are outside, no more than chance has it."""
    return one.name if not one.differ else f"{one.name} ({one.compared - one.differ} of {one.compared})"


def _answer(quantities: Sequence[Quantity], wrong: Sequence[Quantity]) -> str:
    compared, differ = sum(one.compared for one in quantities), sum(one.differ for one in quantities)
    if not wrong:
        if not differ:
            return f"The twin is a twin: {counted(compared, 'comparison')} with the measurement agree."
        return (
            f"The twin is a twin: {compared - differ} of {compared} comparisons with the measurement agree, and no "
            "more are outside than chance has it."
        )
    return f"The twin is not a twin: it differs in {_listed([one.name for one in wrong])}."


def _difference(of: Quantity) -> str:
    worst = of.worst
    places = "decades" if of.name == LEVEL else PLACES[of.part]
    share = "" if of.compared == 1 else f" in {of.differ} of {of.compared} {places}, most"
    by = f", {ratio_text(worst.ratio)} times" if math.isfinite(worst.ratio) else ""
    measured, twin = (value_text(value, worst.unit) for value in (worst.measured, worst.twin))
    differs = f"{of.name} differs{share} {_where(worst.of)}" if share else f"{of.name} of {worst.of} differs"
    name = "" if of.name == worst.quantity else f" ({worst.quantity})"
    return f"{_capital(differs)}{name}: measured {measured}, twin {twin} ({range_text(worst)}){by}."


def value_text(value: float, unit: str) -> str:
    """With its unit: 210 nS, 12 % of the cells, -1.02."""
    if unit == "S":
        return quantity_text(value, "S", 3)
    if unit == "of the cells":
        return f"{100 * value:.2g} %"
    return f"{value:.3g}{' ' + unit if unit.startswith('S^2') else ''}"


def range_text(row: TwinRow) -> str:
    """Central 95 % of the twins, the unit once where both ends have it: `1.24 to 1.42 uS`."""
    low, high = (value_text(end, row.unit) for end in (row.low, row.high))
    unit = high.partition(" ")[2]
    return f"{low.removesuffix(f' {unit}') if unit else low} to {high}"


def _where(of: str) -> str:
    return of if of.startswith("at ") else f"in {of}" if of.startswith(("cell", "the", "pulses")) else f"at {of}"


def _pooled(row: TwinRow) -> str:
    if row.quantity.startswith("spectrum from"):
        return LEVEL
    if row.quantity.endswith("of ln G"):
        return "change of ln G over time"
    return row.quantity


def _quantity(part: str, name: str, rows: Sequence[TwinRow]) -> Quantity:
    outcomes = [row.outcome for row in rows]
    agree, scatter, differ = (outcomes.count(outcome) for outcome in get_args(Outcome))
    return Quantity(part, name, len(rows), agree, scatter, differ, sum(map(_clear, rows)), max(rows, key=_distance))


def _clear(row: TwinRow) -> bool:
    """Whether it differs, by twice what the twins do."""
    low, high = 2 * row.low - row.twin, 2 * row.high - row.twin
    return row.outcome == "differs" and not low <= row.measured <= high


def _distance(row: TwinRow) -> tuple[int, float]:
    """What to name first: what differs, the farthest off in units of the twins' scatter and, of ratios, the largest."""
    rank = get_args(Outcome).index(row.outcome)
    if math.isfinite(row.ratio):
        return rank, abs(math.log(row.ratio))
    width = max(row.high - row.low, 1e-300)
    distance = abs(row.measured - row.twin) / width
    return rank, distance if math.isfinite(distance) else math.inf


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sentence(text: str) -> str:
    return _capital(text) if text.endswith(".") else f"{_capital(text)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
