"""Traces of the twin's cells beside the measured ones: sd of all samples and of successive ones, shape, spectrum.

Every twin of a cell is another cell of the preset at the same level, with traps and amplitudes of its own, so that the
twins scatter as the preset says that cells do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from device_models.device import Device
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.twins.comparison import Outcome, Tolerance, TwinRow, compare, within
from device_models.fit.twins.simulation import Grid, Progress, reads_s, without_ageing
from device_models.fit.twins.spectra import decades, level, periodogram, slope
from device_models.number_text import quantity_text
from device_models.shown import shown
from device_models.streams import Stream

PART = "reads"
TWINS = 40
MOST_CELLS = 12
MOST_READS = 100_000  # of a trace
MOST_VALUES = 25_000_000  # simulated reads that are held at once
SD, SLOPE, LEVEL = within(0.15, power=2), Tolerance("0.2", absolute=0.2), within(0.3, power=1)
SHAPE = Tolerance("15 % of the spread", absolute=0.15)
POINTS = (5.0, 25.0, 50.0, 75.0, 95.0)  # per cent


@shown
@dataclass(frozen=True)
class TracePair:
    """One cell as measured and one of its twins, for figures. measured_s, twin_s: reads [S] at time_s. Spectra
    [S^2/Hz] at frequency_hz: measured, median of the twins and the ends of their central 95 %; empty for short
    traces."""

    cell: str
    time_s: np.ndarray
    measured_s: np.ndarray
    twin_s: np.ndarray
    frequency_hz: np.ndarray
    density: np.ndarray
    twin_density: np.ndarray
    twin_density_range: tuple[np.ndarray, np.ndarray]


def chosen(traces: Sequence[TraceFit]) -> list[TraceFit]:
    """Traces that are compared: at most MOST_CELLS, and no more than there is room for, evenly over the levels."""
    longest = max(min(len(trace.g_s), MOST_READS) for trace in traces)
    most = max(1, min(MOST_CELLS, MOST_VALUES // (TWINS * longest)))
    if len(traces) <= most:
        return list(traces)
    order = sorted(range(len(traces)), key=lambda index: traces[index].level_s.value)
    kept = {order[round(place)] for place in np.linspace(0, len(traces) - 1, most)}
    return [trace for index, trace in enumerate(traces) if index in kept]


def compare_traces(
    device: Device, traces: Sequence[TraceFit], still: Collection[str], seed: int, progress: Progress
) -> tuple[list[TwinRow], list[TracePair]]:
    """Comparisons and pairs of every trace of `traces`, in their order. still: names of cells that do not age."""
    groups: dict[object, list[int]] = {}
    grids = [Grid.of(trace.time_s[:MOST_READS], trace.interval_s) for trace in traces]
    for index, grid in enumerate(grids):
        groups.setdefault((grid.key, traces[index].cell in still), []).append(index)
    total = sum(len(grids[members[0]].steps) for members in groups.values())
    found: dict[int, tuple[list[TwinRow], TracePair]] = {}
    done = 0
    for number, members in enumerate(groups.values()):
        grid = grids[members[0]]
        levels = np.array([_level_s(traces[index]) for index in members])
        stream = Stream(seed=seed, layer=f"twin {number}")
        before = done
        seen = reads_s(
            without_ageing(device) if traces[members[0]].cell in still else device,
            np.repeat(levels[:, None], TWINS, axis=1),
            grid,
            stream,
            lambda at, _of, before=before: progress(before + at, total),  # type: ignore[misc]
        )
        done += len(grid.steps)
        for place, index in enumerate(members):
            found[index] = _compare_one(traces[index], grid.interval_s, seen[:, place])
    rows = [row for index in range(len(traces)) for row in found[index][0]]
    return rows, [found[index][1] for index in range(len(traces))]


def _level_s(trace: TraceFit) -> float:
    """Where the cell stands at the first read, but for its traps and noise; of a level that steps, and jumps no more
    than its noise, the median of all reads."""
    level = float(trace.fitted_s[0]) if trace.trend is not None and trace.jumps is None else trace.level_s.value
    return float(np.median(trace.g_s)) if (trace.steps and trace.jumps is None) or not level > 0 else level


def _compare_one(trace: TraceFit, interval_s: float, seen: np.ndarray) -> tuple[list[TwinRow], TracePair]:
    """`seen`: (reads, twins)."""
    measured = trace.g_s[: len(seen)]
    frequency_hz, densities = periodogram(np.column_stack([measured, seen]), interval_s)
    density, twins = densities[:, 0], densities[:, 1:]
    rows = [*_sds(trace.cell, measured, seen), _shape(trace.cell, measured, seen)]
    if len(frequency_hz):
        rows += _spectra(trace.cell, frequency_hz, density, twins)
    median, low, high = np.percentile(twins, (50, 2.5, 97.5), axis=1) if len(twins) else (np.zeros(0),) * 3
    shown_twin = seen[:, _typical(seen)].astype(float)
    time_s = trace.time_s[: len(seen)]
    return rows, TracePair(trace.cell, time_s, measured, shown_twin, frequency_hz, density, median, (low, high))


def _typical(seen: np.ndarray) -> int:
    """The twin whose sd is the median one."""
    return int(np.argsort(seen.std(axis=0))[seen.shape[1] // 2])


def _sds(cell: str, measured: np.ndarray, seen: np.ndarray) -> Iterator[TwinRow]:
    for name, of in (("sd of all samples", _total_sd), ("sd from sample to sample", _step_sd)):
        yield compare(PART, name, _named(cell), float(of(measured)), of(seen), SD, "S")


def _total_sd(reads: np.ndarray) -> np.ndarray:
    return reads.std(axis=0, dtype=np.float64)


def _step_sd(reads: np.ndarray) -> np.ndarray:
    """sd of successive differences over sqrt 2."""
    sd: np.ndarray = np.diff(reads, axis=0).std(axis=0, dtype=np.float64) / np.sqrt(2)
    return sd


def _shape(cell: str, measured: np.ndarray, seen: np.ndarray) -> TwinRow:
    """Largest distance of the 5, 25, 75 and 95 % points, around the median and in units of the distance of the outer
    ones, from their medians over the twins."""
    points = _standard_points(np.column_stack([measured, seen]))
    usual = np.median(points[:, 1:], axis=1, keepdims=True)
    distances = np.abs(points - usual).max(axis=0)
    farthest = float(np.percentile(distances[1:], 95))
    outcome: Outcome = "agrees"
    if distances[0] > SHAPE.absolute:
        outcome = "within scatter" if distances[0] <= farthest else "differs"
    return TwinRow(
        PART, "shape of the histogram", _named(cell), float(distances[0]), float(np.median(distances[1:])), 0.0,
        farthest, "of the 5 to 95 % width", SHAPE.text, outcome,
    )  # fmt: skip


def _standard_points(reads: np.ndarray) -> np.ndarray:
    points = np.percentile(reads, POINTS, axis=0)
    width = points[-1] - points[0]
    standard: np.ndarray = (points - points[2]) / np.where(width > 0, width, 1.0)
    return standard


def _spectra(cell: str, frequency_hz: np.ndarray, density: np.ndarray, twins: np.ndarray) -> Iterator[TwinRow]:
    of = _named(cell)
    yield compare(PART, "slope of the spectrum", of, float(slope(frequency_hz, density)), slope(frequency_hz, twins),
                  SLOPE)  # fmt: skip
    for decade in decades(frequency_hz):
        name = f"spectrum from {quantity_text(decade[0], 'Hz')} to {quantity_text(decade[1], 'Hz')}"
        measured = float(level(frequency_hz, density, decade))
        yield compare(PART, name, of, measured, level(frequency_hz, twins, decade), LEVEL, "S^2/Hz")


def _named(cell: str) -> str:
    return f"cell {cell}" if cell else "the cell"
