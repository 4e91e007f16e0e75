"""What a user should know before relying on a fit: the gravest first, what cells have in common said once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from device_models.fit.across_cells.drift import DriftFit
from device_models.fit.across_cells.programming import ProgrammingFit
from device_models.number_text import quantity_text

FAR_OFF = 0.25  # mean error over the range of the targets, from which targets are probably no conductances
WORTH_TELLING = 0.002  # sd of ln G beside a drift
GRAVE = (
    "is a unit wrong",
    "no conductances",
    "does not follow",
    "follows no law",
    "no law of",
    "did not take",
    "misses the spread",
    "not that of the law",
    "beside the drift",
    "bend (",
)
OF_CELL = re.compile(r"cell ([^:]{1,80}): (.*)", re.DOTALL)
FIGURES = re.compile(r"\d[\d.,]*(?:e[+-]?\d+)?")


def ordered(lines: Iterable[str]) -> list[str]:
    """The gravest first, otherwise as they come."""
    return sorted(lines, key=lambda line: not any(words in line for words in GRAVE))


def pooled(lines: Iterable[str]) -> Iterator[str]:
    """Lines of single cells that differ in their numbers alone as one, with those of the first."""
    alike: dict[str, dict[str, str]] = {}
    for line in lines:
        found = OF_CELL.fullmatch(line)
        cell, said = (found[1], found[2]) if found else ("", line)
        alike.setdefault(FIGURES.sub("#", said) if found else line, {}).setdefault(cell, said)
    for same in alike.values():
        cell, said = next(iter(same.items()))
        more = f" (and {len(same) - 1} more alike)" if len(same) > 1 else ""
        yield f"cell {cell}{more}: {said}" if cell else said


def far_off(programming: ProgrammingFit) -> Iterator[str]:
    """A question where cells lie far off their targets in the mean, as where levels were taken for conductances."""
    low, high = programming.valid_s
    middle = float(np.median(programming.programmed_s - programming.target_s))
    if high > low and abs(middle) > FAR_OFF * (high - low):
        where = f"{quantity_text(abs(middle), 'S', 3)} {'above' if middle > 0 else 'below'}"
        yield (
            f"programming: cells lie {where} their targets (median), which span {quantity_text(high - low, 'S', 3)}: "
            "are targets levels, weights or shares, and no conductances?"
        )


def beside_the_drift(drift: DriftFit, reads_fitted: bool) -> Iterator[str]:
    """How far reads scatter around their drift, where no fit of noise has it."""
    scatter = float(np.sqrt(np.mean(np.square([cell.residual_sd for cell in drift.cells]))))
    if not reads_fitted and scatter > WORTH_TELLING:
        yield (
            f"drift: reads lie {100 * scatter:.2g} % (sd) beside the drift of their cell; that is not in the preset, "
            "whose reads are exact: measure read noise too, or set device.read_noise"
        )


def all_doubts(
    notes: Sequence[str],
    fits: Iterable[Sequence[str]],
    programming: ProgrammingFit | None,
    drift: DriftFit | None,
    reads_fitted: bool,
) -> list[str]:
    """Every doubt. notes: of the files; fits: the warnings of each part; reads_fitted: whether read noise has a fit."""
    own = [
        *(far_off(programming) if programming else ()),
        *(beside_the_drift(drift, reads_fitted) if drift else ()),
    ]
    return ordered([*notes, *own, *pooled(line for warnings in fits for line in warnings)])
