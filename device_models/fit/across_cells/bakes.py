"""Bakes: cells read before and after they stood at temperatures, as a table of quantiles of the change of ln G.

Every time at every temperature is one bake. Cells of all bakes are put into bins of like conductance together, so that
the bakes have one table (`relaxation_table`). What times at temperatures mean for others: `thermal_activation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from device_models.fit.across_cells.common_times import FEWEST_CELLS, CommonTimes, common_times
from device_models.fit.across_cells.relaxation import LARGEST_ERROR
from device_models.fit.across_cells.relaxation_table import QuantileTable, held_out_error, percentiles, quantile_table
from device_models.fit.across_cells.thermal_activation import (
    SAME_K,
    Activation,
    apparent,
    inverse_ev,
    lengths_differ,
    superposed,
)
from device_models.fit.measurements.table import Trace
from device_models.number_text import time_text
from device_models.parts.temperature import REFERENCE_K
from device_models.shown import shown

MOST_READS = 9  # of a cell: more are a trace of reads
ASSUMED_EV = 1.0
REJECTED = 1e-3
THIRDS = 3
RESAMPLES = 30
LEAST_SPREAD = 1e-6


@shown
@dataclass(frozen=True)
class BakesFit:
    """Bakes (P,), in the order of what they do at the energy of the preset: temperature_k, time_s; the `table`, whose
    times are theirs.

    cells: of all bakes, samples: reads after. conductance_s: medians of thirds of the cells (3,); median, spread: of
    the change of ln G there, half of its 16 to 84 % width, (3, P), with standard errors. energy: activation energy that
    makes time and temperature one, None where the bakes do not tell; energy_ev: that of the preset. apparent: how the
    spread rises with temperature, of bakes of one length. held_out: as of a relaxation. start_s: (N,) conductances
    before, log_change: (N, P), NaN where a cell was not in a bake; measured: (5, P) percentiles.
    """

    cells: int
    samples: int
    files: tuple[str, ...]
    temperature_k: np.ndarray
    time_s: np.ndarray
    table: QuantileTable
    conductance_s: np.ndarray
    median: np.ndarray
    median_se: np.ndarray
    spread: np.ndarray
    log_spread_se: np.ndarray
    energy: Activation | None
    energy_ev: float
    apparent: Activation | None
    held_out: float
    warnings: tuple[str, ...]
    start_s: np.ndarray
    log_change: np.ndarray
    measured: np.ndarray


def bakes_among(traces: Sequence[Trace]) -> list[list[Trace]]:
    """Traces of bakes, those of one temperature together: few reads each, the first at 0 s, and several temperatures,
    or one that is none of a room, or one time only."""
    known = [trace for trace in traces if _is_of_bake(trace)]
    order = sorted(known, key=lambda trace: trace.temperature_k or 0.0)
    groups: list[list[Trace]] = []
    for trace in order:
        if groups and _kelvin(trace) - _kelvin(groups[-1][0]) <= SAME_K:
            groups[-1].append(trace)
        else:
            groups.append([trace])
    groups = [group for group in groups if len(group) >= FEWEST_CELLS]
    hot = any(abs(_kelvin(group[0]) - REFERENCE_K) > 3 * SAME_K for group in groups)
    once = all(len(trace.time_s) == 2 for group in groups for trace in group)
    return groups if len(groups) > 1 or hot or once else []


def _is_of_bake(trace: Trace) -> bool:
    few = 2 <= len(trace.time_s) <= MOST_READS
    return trace.temperature_k is not None and few and bool(trace.time_s[0] <= 0 < trace.time_s[1])


def _kelvin(trace: Trace) -> float:
    assert trace.temperature_k is not None
    return trace.temperature_k


def fit_bakes(groups: Sequence[Sequence[Trace]]) -> BakesFit | None:
    """Of traces by temperature, as `bakes_among` gives; None of none, or where no time has enough cells."""
    found = [(group, common_times(group, fewest_times=1)) for group in groups]
    tables = [(group, table) for group, table in found if table is not None and not table.first_is_reference]
    if not tables:
        return None
    cells = _together([table for _, table in tables])
    kelvin = np.concatenate(
        [np.full(len(table.time_s), np.mean([_kelvin(trace) for trace in group])) for group, table in tables]
    )
    thirds = np.array_split(np.argsort(cells.reference_s, kind="stable"), THIRDS)
    median, spread = _numbers(cells, thirds)
    drawn = _drawn_anew(cells, thirds)
    median_se, log_spread_se = np.maximum([drawn[:, 0].std(axis=0), np.log(drawn[:, 1]).std(axis=0)], LEAST_SPREAD)
    log_spread = np.log(spread)
    values, errors = np.vstack([log_spread, median]), np.vstack([log_spread_se, median_se])
    resampled = [np.vstack([np.log(one[1]), one[0]]) for one in drawn]
    energy = superposed(kelvin, cells.time_s, values, errors, resampled)
    rising = None if lengths_differ(kelvin, cells.time_s) else apparent(kelvin, log_spread, log_spread_se)
    energy_ev = ASSUMED_EV if energy is None else energy.energy.value
    order = np.argsort(np.log(cells.time_s) - energy_ev * inverse_ev(kelvin))
    kelvin, cells = kelvin[order], _ordered(cells, order)
    held_out = held_out_error(cells)
    return BakesFit(
        cells=cells.cells,
        samples=cells.samples,
        files=tuple(dict.fromkeys(trace.file for group, _ in tables for trace in group)),
        temperature_k=kelvin,
        time_s=cells.time_s,
        table=quantile_table(cells),
        conductance_s=np.array([np.median(cells.reference_s[third]) for third in thirds]),
        median=median[:, order],
        median_se=median_se[:, order],
        spread=spread[:, order],
        log_spread_se=log_spread_se[:, order],
        energy=energy,
        energy_ev=energy_ev,
        apparent=rising,
        held_out=held_out,
        warnings=tuple(f"bakes: {note}" for note in _doubts(cells, energy, rising, held_out)),
        start_s=cells.reference_s,
        log_change=cells.log_change,
        measured=percentiles(cells.log_change),
    )


def bake_text(temperature_k: float, time_s: float) -> str:
    """`180 C for 1.46 h`."""
    return f"{temperature_k - 273.15:.4g} C for {time_text(time_s)}"


def _together(tables: Sequence[CommonTimes]) -> CommonTimes:
    """Cells of all tables below each other, times beside each other."""
    cells, times = sum(table.cells for table in tables), sum(len(table.time_s) for table in tables)
    change = np.full((cells, times), np.nan)
    row = column = 0
    for table in tables:
        height, width = table.log_change.shape
        change[row : row + height, column : column + width] = table.log_change
        row, column = row + height, column + width
    return CommonTimes(
        np.concatenate([table.time_s for table in tables]),
        np.concatenate([table.reference_s for table in tables]),
        change,
        first_is_reference=False,
        left_out=sum(table.left_out for table in tables),
        samples=sum(table.samples for table in tables),
    )


def _ordered(cells: CommonTimes, order: np.ndarray) -> CommonTimes:
    return CommonTimes(
        cells.time_s[order], cells.reference_s, cells.log_change[:, order], False, cells.left_out, cells.samples
    )


def _numbers(cells: CommonTimes, groups: Sequence[np.ndarray]) -> np.ndarray:
    """Median and half of the 16 to 84 % width of the change of ln G of groups of cells in each bake: (2, groups, P)."""
    points = [np.nanpercentile(cells.log_change[group], (16, 50, 84), axis=0) for group in groups]
    low, middle, high = np.moveaxis(np.array(points), 1, 0)
    return np.array([middle, np.maximum((high - low) / 2, LEAST_SPREAD)])


def _drawn_anew(cells: CommonTimes, groups: Sequence[np.ndarray]) -> np.ndarray:
    """The same of as many cells of each bake drawn with replacement, RESAMPLES times."""
    rng = np.random.default_rng(0)
    bake = np.argmax(np.isfinite(cells.log_change), axis=1)  # of cells of one temperature the first
    parts = [[group[bake[group] == one] for one in np.unique(bake[group])] for group in groups]
    drawn = ([np.concatenate([rng.choice(part, len(part)) for part in of]) for of in parts] for _ in range(RESAMPLES))
    return np.array([_numbers(cells, one) for one in drawn])


def _doubts(cells: CommonTimes, energy: Activation | None, rising: Activation | None, held_out: float) -> Iterator[str]:
    if energy is None:
        differ = "the bakes do not tell it" if rising is None else "bakes of one length do not tell it"
        yield (
            f"activation energy not measured ({differ}): {ASSUMED_EV:g} eV is assumed for other times and "
            "temperatures; what was baked as measured is as it was, whatever the energy"
        )
    elif energy.p < REJECTED:
        yield (
            f"no law of Arrhenius: no one activation energy makes longer bakes and hotter ones alike (chi-square p = "
            f"{max(energy.p, 1e-300):.1e}); between the bakes the preset is a guess"
        )
    if rising is not None and rising.p < REJECTED:
        steps = ", ".join(f"{step:.2g}" for step in rising.between)
        yield (
            "no law of Arrhenius: the spread does not rise with temperature by one energy (chi-square p = "
            f"{max(rising.p, 1e-300):.1e}), from one temperature to the next by {steps} eV; between the temperatures "
            "the preset is a straight line in 1/T"
        )
    if cells.left_out:
        both = cells.left_out + cells.cells
        yield f"{cells.left_out} of {both} cells fall to 0 S or have no read to begin with: left out"
    if held_out > LARGEST_ERROR:
        yield f"percentiles of cells held out differ by {100 * held_out:.0f} % of their spread: measure more cells"
