"""The twin's cells left alone: percentiles over cells of the change of ln G since the first read, at every time.

A twin has as many cells as were measured, each programmed to where its measured one stood at the first read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from device_models.cells import Cells
from device_models.device import Device
from device_models.fit.across_cells.bakes import BakesFit, bake_text
from device_models.fit.across_cells.common_times import gathered
from device_models.fit.across_cells.drift import CellDrift
from device_models.fit.twins.comparison import Tolerance, TwinRow, compare
from device_models.fit.twins.simulation import conditions
from device_models.number_text import time_text
from device_models.reads import CellReads
from device_models.shown import shown
from device_models.streams import Stream

PART = "ageing"
POINTS = (5.0, 25.0, 50.0, 75.0, 95.0)  # per cent over cells
INNER = (25.0, 50.0, 75.0)
MANY, SOME = 20, 8  # cells from which the outer, the inner points are compared
MOST_TWINS, FEWEST_TWINS, MOST_VALUES = 100, 40, 2_000_000
SHARE = 0.15  # of the distance of the outermost points
SMALLEST = 1e-6  # change of ln G that is none


@dataclass(frozen=True)
class LeftAlone:
    """Conductances [S] of cells at times since programming [s], (times, cells); NaN where a cell was not read."""

    time_s: np.ndarray
    g_s: np.ndarray

    @classmethod
    def of(cls, cells: Sequence[CellDrift]) -> LeftAlone:
        """Of cells with times of their own."""
        return cls(*gathered([(cell.time_s, cell.g_s) for cell in cells]))


@shown
@dataclass(frozen=True)
class AgeingPair:
    """Percentiles of ln G(t) / G(first), for figures: points (per cent), (times, points) as measured, median of the
    twins, and the ends of their central 95 %. cells: how many were measured at each time."""

    time_s: np.ndarray
    first_s: float
    points: tuple[float, ...]
    cells: np.ndarray
    measured: np.ndarray
    twin: np.ndarray
    twin_range: tuple[np.ndarray, np.ndarray]


def compare_ageing(device: Device, cells: LeftAlone, seed: int) -> tuple[list[TwinRow], AgeingPair | None, list[str]]:
    """Comparisons at every time after the first, a pair for figures (None: fewer than two times), and notes."""
    time_s, g_s = cells.time_s, cells.g_s
    known = np.isfinite(g_s[0]) & (g_s[0] > 0)
    if len(time_s) < 2 or not known.any():
        return [], None, ["too few common times to compare what cells do after programming"]
    g_s, notes = g_s[:, known], []
    if not known.all():
        notes.append(f"{np.count_nonzero(~known)} cells without a read at the first time: left out")
    count = int(np.clip(MOST_VALUES // (len(time_s) * g_s.shape[1]), FEWEST_TWINS, MOST_TWINS))
    start = np.broadcast_to(g_s[0].astype(np.float32), (count, g_s.shape[1]))
    twins = _changes(aged_reads(device, start, time_s, seed))
    twins[~np.broadcast_to(np.isfinite(g_s)[:, None], twins.shape)] = np.nan
    points = POINTS if g_s.shape[1] >= MANY else INNER if g_s.shape[1] >= SOME else (50.0,)
    with np.errstate(invalid="ignore", divide="ignore"):
        measured = _changes(g_s)
    seen = _percentiles(measured, points)
    seen_twins = _percentiles(twins, points)
    rows = [
        row
        for index in range(1, len(time_s))
        for row in _at(f"at {time_text(time_s[index])}", points, seen[index], seen_twins[index])
    ]
    least, median, most = np.nanpercentile(seen_twins, (2.5, 50, 97.5), axis=1)
    pair = AgeingPair(time_s, float(time_s[0]), points, np.isfinite(g_s).sum(axis=1), seen, median, (least, most))
    return rows, pair, notes


def compare_bakes(device: Device, bakes: BakesFit, seed: int) -> list[TwinRow]:
    """Comparisons after every bake, of cells baked from where the measured ones stood; noise of the two reads is in the
    measured changes, of which the preset is made, and not made again."""
    rows: list[TwinRow] = []
    for bake, (temperature_k, time_s) in enumerate(zip(bakes.temperature_k, bakes.time_s, strict=True)):
        hot = device.model_copy(update={"temperature_k": float(temperature_k)})
        seen = np.isfinite(bakes.log_change[:, bake])
        start = bakes.start_s[seen].astype(np.float32)
        count = int(np.clip(MOST_VALUES // len(start), FEWEST_TWINS, MOST_TWINS))
        cells = Cells(np.tile(start, (count, 1)), Stream(seed=seed, layer=f"twin bake {bake}"))
        with np.errstate(divide="ignore"):
            twins = np.log(hot.aged_s(cells, float(time_s)) / start)
        points = POINTS if len(start) >= MANY else INNER
        measured = np.percentile(bakes.log_change[seen, bake], points)
        place = f"after {bake_text(temperature_k, time_s)}"
        rows += _at(place, points, measured, np.percentile(twins, points, axis=1).T)
    return rows


def aged_reads(device: Device, start_s: np.ndarray, time_s: np.ndarray, seed: int) -> np.ndarray:
    """Reads [S] of cells at `time_s` since programming to `start_s` [S], (times, *cells); slow noise goes on between
    them (see `simulation`: a long way is one more read that nobody sees)."""
    stream = Stream(seed=seed, layer="twin ageing")
    cells, rng = Cells(np.ascontiguousarray(start_s), stream), stream.generator("twin reads")
    gaps = [later - earlier for earlier, later in pairwise(time_s)]
    short_s = min(gaps) / 2
    laws = [device.read_law(cells, conditions(device, short_s, float(age_s))) for age_s in time_s]
    state = device.initial_state(laws[0], stream)
    seen = []
    for index, law in enumerate(laws):
        if index and law.slow:
            between = CellReads(law, state, gaps[index - 1] - short_s, rng)
            between.reads = 1
            between.read()
        reads = CellReads(law, state, short_s, rng)
        reads.reads = index
        seen.append(reads.read())
    return np.stack(seen)


def _changes(g_s: np.ndarray) -> np.ndarray:
    """ln G(t) / G(first); NaN for cells at or below 0 S."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.where(g_s > 0, np.log(np.maximum(g_s, 1e-300)), np.nan)
    changes: np.ndarray = logs - logs[0]
    return changes


def _percentiles(changes: np.ndarray, points: tuple[float, ...]) -> np.ndarray:
    """Over cells, the last axis; (times, ..., cells) to (times, ..., points)."""
    return np.moveaxis(np.nanpercentile(changes, points, axis=-1), 0, -1)


def _at(place: str, points: tuple[float, ...], measured: np.ndarray, twins: np.ndarray) -> Iterator[TwinRow]:
    """`measured`: (points); `twins`: (twins, points)."""
    width = float(measured[-1] - measured[0])
    text = f"{100 * SHARE:g} % of the spread"
    tolerance = Tolerance(text, absolute=max(SHARE * width, SMALLEST))
    for index, point in enumerate(points):
        name = "median of ln G" if point == 50 else f"{point:g} % point of ln G"
        yield compare(PART, name, place, float(measured[index]), twins[:, index], tolerance)
