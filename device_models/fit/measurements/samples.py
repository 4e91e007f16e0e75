"""The rows of one file to samples in SI: pairs, and reads of cells over time; what is no measurement is counted."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.measurements.body import Body
from device_models.fit.measurements.columns import Columns, Reasons, any_of
from device_models.fit.measurements.found import find_table
from device_models.fit.measurements.layout import IN_HEADING, Layout
from device_models.fit.measurements.names import Cells, cells_in_rows, cells_of_rows
from device_models.fit.measurements.parts.choice import find_parts
from device_models.fit.measurements.parts.model import Parts
from device_models.fit.measurements.plausible import SMALL_SHARE, negative_beyond_noise
from device_models.fit.measurements.row_units import check_row_units, unit_columns
from device_models.fit.measurements.temperatures import temperatures_k

OPEN = 0.01  # lower end of a window over its upper one, from which it has no middle
MOST_NEGATIVE = 0.4  # of all reads: more is no noise around 0


@dataclass
class Reads:
    """Times [s], conductances [S], temperatures [K] (NaN: not told), line and number of the cell of every read; cells:
    their names."""

    time_s: np.ndarray
    g_s: np.ndarray
    temperature_k: np.ndarray
    line: np.ndarray
    number: np.ndarray
    cells: list[str]

    def keep(self, which: np.ndarray) -> None:
        """Leave out the others."""
        for name in ("time_s", "g_s", "temperature_k", "line", "number"):
            setattr(self, name, getattr(self, name)[which])


@dataclass
class Samples:
    """What one file holds; dropped: how many samples were, by reason. said: what was understood beside columns."""

    path: Path
    body: Body
    parts: Parts
    reads: Reads | None = None
    target_s: np.ndarray | None = None
    programmed_s: np.ndarray | None = None
    pair_line: np.ndarray | None = None
    dropped: Counter[str] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)

    def drop(self, reasons: Reasons, worth: np.ndarray) -> None:
        """Count what is dropped of those that are `worth` it, each for its first reason."""
        told = ~worth
        for why, which in reasons.items():
            if count := int(np.count_nonzero(which & ~told)):
                self.dropped[why] += count
            told |= which

    @property
    def kept(self) -> int:
        """How many samples are left."""
        return len(self.reads.g_s if self.reads else ()) + len(() if self.target_s is None else self.target_s)


def read_samples(path: Path, layout: Layout) -> Samples:
    """Raises ConfigError, with file, line and fix, for a file that cannot be used."""
    given = [named.heading for named in layout.columns if named.heading not in ("", IN_HEADING)]
    in_heading = any(named.heading == IN_HEADING for named in layout.columns)
    found = find_table(path, given, bool(layout.columns) and not given, in_heading)
    parts = find_parts(found, layout)
    texts = {*parts.names, *parts.runs, *(parts.time if parts.moments else ())}
    units = [k for k in unit_columns(found) if k not in parts.numbers]
    body = Body(found, sorted(parts.numbers), sorted({*texts, *units}))
    check_row_units(body, parts, units)
    samples = Samples(path, body, parts, said=[*found.said, *body.said])
    if body.incomplete:
        samples.dropped["incomplete last row"] = 1
    columns = Columns(body, parts, layout.read_voltage_v)
    if parts.of_pair:
        _pairs(samples, columns)
    if parts.measured:
        _reads(samples, columns, layout)
    samples.said += columns.said
    if not samples.kept:
        lost_rows = f" ({tally(samples.dropped)} dropped)" if samples.dropped else ""
        raise ConfigError(f"{path}: no rows of data below the header{lost_rows}")
    return samples


def tally(dropped: Counter[str]) -> str:
    """`3 instrument overflow 9.9E37, 1 blank`, the most frequent first."""
    commonest = [f"{count} {reason}" for reason, count in dropped.most_common(3)]
    others = sum(dropped.values()) - sum(count for _, count in dropped.most_common(3))
    return ", ".join(commonest) + (f", {others} of other kinds" if others else "")


def _pairs(samples: Samples, columns: Columns) -> None:
    parts = samples.parts
    if "target" in parts.of_pair:
        (target,), of_target = _one(columns, "target")
    else:
        target, of_target = _middle(samples, columns)
    (programmed,), reasons = _one(columns, "programmed")
    lost_target, lost = any_of(of_target, len(target)), any_of(reasons, len(target))
    _check_filled(samples, target, lost_target, programmed, ("target", "programmed"))
    aimed = np.isfinite(target)
    reasons |= {f"target: {why}": which for why, which in of_target.items()}
    reasons["blank"] = aimed & ~np.isfinite(programmed) & ~lost
    ok = aimed & np.isfinite(programmed)
    reasons["negative"] = ok & ((target < 0) | (programmed < -SMALL_SHARE * np.max(target, initial=0, where=ok)))
    samples.drop(reasons, aimed | lost | lost_target)
    ok &= ~reasons["negative"]
    samples.target_s, samples.programmed_s, samples.pair_line = target[ok], programmed[ok], columns.lines[ok]


def _middle(samples: Samples, columns: Columns) -> tuple[np.ndarray, Reasons]:
    """Targets as the middle of their windows [S]; none where a window is open at one end."""
    (one,), of_one = _one(columns, "target_low")
    (other,), of_other = _one(columns, "target_high")
    low, high = np.minimum(one, other), np.maximum(one, other)
    reasons = {why: np.zeros(len(one), dtype=bool) for why in {**of_one, **of_other}}
    for why, which in (*of_one.items(), *of_other.items()):
        reasons[why] |= which
    reasons["window open at one end"] = low < OPEN * high
    target = np.where(reasons["window open at one end"], np.nan, (low + high) / 2)
    width = (high - low)[np.isfinite(target)]
    if width.size:
        samples.said.append(f"target: the middle of its window, which is {np.median(width):.3g} S wide (median)")
    return target, reasons


def _one(columns: Columns, name: str) -> tuple[np.ndarray, Reasons]:
    """One column of pairs, as the only row of an array."""
    g_s, reasons = columns.conductances([columns.parts.of_pair[name]])
    return g_s.T, {why: which[:, 0] for why, which in reasons.items()}


def _reads(samples: Samples, columns: Columns, layout: Layout) -> None:
    parts, body = samples.parts, samples.body
    g_s, reasons = columns.conductances(parts.measured)
    lost = any_of(reasons, g_s.shape)
    time_s, of_time = _times(columns, g_s.shape)
    counted = not (parts.time or parts.times or parts.times_s)  # at an interval
    if parts.cells == "long" and not counted:
        lost_time = any_of(of_time, g_s.shape)[:, 0]
        _check_filled(samples, time_s[:, 0], lost_time, g_s[:, 0], ("time", "conductance"))
    cells = _cells(body, parts, time_s, np.isfinite(g_s) & np.isfinite(time_s))
    number = np.arange(g_s.shape[1])[None, :] if parts.cells == "columns" else cells.number[:, None]
    number = np.broadcast_to(number, g_s.shape)
    if counted:
        time_s = (layout.interval_s or np.nan) * _places(number)
    there = np.isfinite(time_s) | any_of(of_time, g_s.shape)
    if body.found.uneven:  # rows end where their reads do
        there &= np.cumsum((np.isfinite(g_s) | lost)[:, ::-1], axis=1)[:, ::-1] > 0
    reasons["blank"] = there & ~np.isfinite(g_s) & ~lost
    samples.drop(reasons | of_time, lost | there)
    ok = np.isfinite(g_s) & np.isfinite(time_s)
    kelvin, of_temperature = temperatures_k(body, [*parts.names, *parts.runs])
    line, kelvin = (np.broadcast_to(values[:, None], g_s.shape) for values in (columns.lines, kelvin))
    samples.reads = Reads(time_s[ok], g_s[ok], kelvin[ok], line[ok], number[ok], cells.names)
    samples.said += [*of_temperature, *cells.said]
    _drop_negative(samples, samples.reads)


def _cells(body: Body, parts: Parts, time_s: np.ndarray, read: np.ndarray) -> Cells:
    if parts.cells == "columns":
        return Cells(np.zeros(0, dtype=int), [_title(body, k) for k in parts.measured], ("each column is a cell",))
    if parts.cells == "rows":
        return cells_in_rows(body, parts)
    return cells_of_rows(body, parts, time_s[:, 0], read[:, 0])


A_CELL = re.compile(r"cell[ _#.]+(?=\S)", re.IGNORECASE)


def _title(body: Body, k: int) -> str:
    """The name of a cell that a column is of: its heading without the unit, and without the word that says so."""
    text = body.found.headings[k].text if body.found.headings else ""
    if body.found.headings and (again := body.found.headings[k].again):
        return f"{text.split('[')[0].split('(')[0].strip()} {again}"
    name = text.split("[")[0].split("(")[0].strip()
    return A_CELL.sub("", name) or name or text or f"column {k + 1}"


def _times(columns: Columns, shape: tuple[int, ...]) -> tuple[np.ndarray, Reasons]:
    """Times [s] of all reads, NaN where there is none."""
    parts = columns.parts
    if parts.times:
        time_s, reasons = np.zeros(shape), dict[str, np.ndarray]()
        at = [column for column, k in enumerate(parts.measured) if k in parts.times]
        time_s[:, at], of_columns = columns.times([parts.times[parts.measured[column]] for column in at])
        for why, which in of_columns.items():
            reasons[why] = np.zeros(shape, dtype=bool)
            reasons[why][:, at] = which
        return time_s, reasons
    if parts.times_s:
        return np.broadcast_to(np.array(parts.times_s), shape), {}
    if not parts.time:
        return np.full(shape, np.nan), {}
    time, lost = (columns.moments(), {}) if parts.moments else columns.times([parts.time[0]])
    return np.broadcast_to(time, shape), {why: np.broadcast_to(which, shape) for why, which in lost.items()}


def _places(number: np.ndarray) -> np.ndarray:
    """How many rows of the same cell stand above each."""
    if number.shape[1] > 1:
        return np.broadcast_to(np.arange(len(number))[:, None], number.shape)
    order = np.argsort(number[:, 0], kind="stable")
    start = np.searchsorted(number[order, 0], number[order, 0])
    places = np.empty(len(order), dtype=int)
    places[order] = np.arange(len(order)) - start
    return places[:, None]


def _check_filled(
    samples: Samples, key: np.ndarray, lost: np.ndarray, value: np.ndarray, names: tuple[str, str]
) -> None:
    """Raises ConfigError for the first row with a conductance [S] but no target or time."""
    half = np.flatnonzero(np.isfinite(value) & ~np.isfinite(key) & ~lost)
    if half.size:
        place = f"{samples.path}:{samples.body.lines[half[0]]}"
        problem = f"{names[1]} is {value[half[0]]:.4g} S but {names[0]} is blank; fill both or neither"
        raise ConfigError(f"{place}: {problem}")


def _drop_negative(samples: Samples, reads: Reads) -> None:
    """Drop what is negative in a cell beyond noise around 0."""
    negative = np.flatnonzero(reads.g_s < 0)
    if not negative.size:
        return
    largest = float(np.quantile(np.abs(reads.g_s), 0.95))
    order = np.argsort(reads.number, kind="stable")
    wrong = np.zeros(len(reads.g_s), dtype=bool)
    for cell in np.unique(reads.number[negative]):
        first, last = np.searchsorted(reads.number[order], (cell, cell + 1))
        at = order[first:last]
        wrong[at] = negative_beyond_noise(reads.g_s[at], largest)
    if negative.size > MOST_NEGATIVE * len(reads.g_s):
        many = f"{negative.size} of {len(reads.g_s)} conductances are negative"
        raise ConfigError(f"{samples.path}: {many}; normalised numbers, or an offset that was subtracted?")
    kept = negative.size - np.count_nonzero(wrong)
    if kept:
        samples.said.append(f"{kept} negative conductances kept, as they are noise around 0")
    samples.drop({"negative": wrong}, np.ones(len(wrong), dtype=bool))
    reads.keep(~wrong)
