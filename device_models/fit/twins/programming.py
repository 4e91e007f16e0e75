"""The twin's cells programmed to the measured targets: median error and spread at each, share of cells far off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from device_models.device import Device
from device_models.fit.across_cells.programming import ProgrammingFit
from device_models.fit.twins.comparison import Tolerance, TwinRow, compare, within
from device_models.number_text import quantity_text
from device_models.shown import shown
from device_models.streams import Stream

PART = "programming"
MOST_TWINS, FEWEST_TWINS, MOST_VALUES = 200, 40, 4_000_000
MOST_TARGETS, MOST_GROUPS, FEWEST_PAIRS = 40, 10, 8
SPREAD, FAR = within(0.15), Tolerance("0.5 % of the cells", absolute=0.005)
FAR_SPREADS = 6.0
ROUNDED = (
    1e-6  # of the ends of the range: a preset has them with few digits, the targets that they are made of have all
)


@shown
@dataclass(frozen=True)
class ProgrammingPair:
    """Errors by target, for figures. target_s: middle of each group; spread_s: half of the distance of the 16 and 84 %
    points [S] as measured, median of the twins and their central 95 %. error_s: of one twin at every measured target
    (pair_target_s)."""

    target_s: np.ndarray
    spread_s: np.ndarray
    twin_spread_s: np.ndarray
    twin_spread_range_s: tuple[np.ndarray, np.ndarray]
    pair_target_s: np.ndarray
    measured_error_s: np.ndarray
    twin_error_s: np.ndarray


def compare_programming(
    device: Device, fit: ProgrammingFit, seed: int
) -> tuple[list[TwinRow], ProgrammingPair | None, list[str]]:
    """Comparisons, a pair for figures (None: no target in the range), and notes."""
    low, high = device.conductance.g_min_s, device.conductance.g_max_s
    inside = (fit.target_s >= (1 - ROUNDED) * low) & (fit.target_s <= (1 + ROUNDED) * high)
    notes = [] if inside.all() else [f"{np.count_nonzero(~inside)} targets outside the range of the preset: left out"]
    if not inside.any():
        return [], None, notes
    target, programmed = fit.target_s[inside], fit.programmed_s[inside]
    order = np.argsort(target, kind="stable")
    target, error = target[order], (programmed - fit.target_s[inside])[order]
    count = int(np.clip(MOST_VALUES // len(target), FEWEST_TWINS, MOST_TWINS))
    there = np.broadcast_to(np.clip(target, low, high), (count, len(target)))
    written = device.program(there, Stream(seed=seed, layer="twin programming"))
    twins = written.g_s - target
    groups = _groups(target)
    rows = [row for group in groups for row in _of_group(target[group], error[group], twins[:, group])]
    far, far_twins = _far(error, groups), _far(twins, groups)
    text = f"share more than {FAR_SPREADS:g} spreads off"
    rows.append(compare(PART, text, "all targets", float(far), far_twins, FAR, "of the cells"))
    spreads = [row for row in rows if row.quantity == "spread of the error"]
    measured, middle, least, most = (np.array([getattr(row, name) for row in spreads])
                                     for name in ("measured", "twin", "low", "high"))  # fmt: skip
    at = np.array([float(np.median(target[group])) for group in groups])
    return rows, ProgrammingPair(at, measured, middle, (least, most), target, error, twins[0]), notes


def _groups(target: np.ndarray) -> list[slice]:
    """Slices of the sorted targets: of each target, or of neighbouring ones where they are many or have few pairs."""
    _, starts, counts = np.unique(target, return_index=True, return_counts=True)
    if len(starts) <= MOST_TARGETS and counts.min() >= FEWEST_PAIRS:
        ends = np.append(starts[1:], len(target))
        return [slice(int(first), int(last)) for first, last in zip(starts, ends, strict=True)]
    groups = max(1, min(MOST_GROUPS, len(target) // (2 * FEWEST_PAIRS)))
    edges = np.linspace(0, len(target), groups + 1).round().astype(int)
    return [slice(int(first), int(last)) for first, last in pairwise(edges)]


def _of_group(target: np.ndarray, error: np.ndarray, twins: np.ndarray) -> Iterator[TwinRow]:
    if target[0] == target[-1]:
        of = f"target {quantity_text(float(target[0]), 'S', 3)}"
    else:
        of = f"targets {quantity_text(float(target[0]), 'S', 3)} to {quantity_text(float(target[-1]), 'S', 3)}"
    spread = float(_spread(error))
    middle = Tolerance(SPREAD.text + " of the spread", absolute=SPREAD.relative * spread)
    yield compare(PART, "median error", of, float(np.median(error)), np.median(twins, axis=-1), middle, "S")
    yield compare(PART, "spread of the error", of, spread, _spread(twins), SPREAD, "S")


def _spread(errors: np.ndarray) -> np.ndarray:
    """Half of the distance of the 16 and 84 % points: the sd of a normal law, whatever a few cells do."""
    low, high = np.percentile(errors, (15.865, 84.135), axis=-1)
    half: np.ndarray = (high - low) / 2
    return half


def _far(errors: np.ndarray, groups: list[slice]) -> np.ndarray:
    """Share of the cells more than FAR_SPREADS spreads from the median of their group; (..., cells) to (...)."""
    far = np.zeros(errors.shape[:-1])
    for group in groups:
        part = errors[..., group]
        middle, spread = np.median(part, axis=-1)[..., None], _spread(part)[..., None]
        far = far + np.count_nonzero(np.abs(part - middle) > FAR_SPREADS * np.maximum(spread, 1e-300), axis=-1)
    share: np.ndarray = far / errors.shape[-1]
    return share
