"""Columns that a measurement file may have, and the units that stand in its header.

A unit in brackets, `target [uS]` or `time (ms)`, is read as written: S is siemens, s is seconds. A unit after an
underscore, `target_us`, takes its dimension from the column, as in the names of this project (`g_max_s`, `window_s`).
Columns of conductance may hold resistances: G = 1/R.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from device_models.errors import ConfigError

EXAMPLES = {"target": "uS", "programmed": "uS", "conductance": "uS", "time": "s"}
COLUMNS = {
    "target": "conductance",
    "programmed": "conductance",
    "conductance": "conductance",
    "time": "time",
    "cell": "",
}
UNITS: dict[str, dict[str, float]] = {
    "conductance": {"S": 1.0, "mS": 1e-3, "uS": 1e-6, "nS": 1e-9},
    "resistance": {"ohm": 1.0, "kohm": 1e3, "Mohm": 1e6},
    "time": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0},
}


@dataclass(frozen=True)
class Column:
    """A column's name, and how its numbers become SI: number * factor, or the reciprocal of that for a resistance."""

    name: str
    factor: float = 1.0
    resistance: bool = False

    def si(self, number: float) -> float:
        """`number` in S or s; infinite for no resistance at all."""
        if not self.resistance:
            return number * self.factor
        return 1 / (number * self.factor) if number else np.inf


def read_header(text: str, place: str) -> Column:
    """The column that a header such as `target [uS]` or `time_ms` declares; `place` is file:line, for errors."""
    name, unit, exact = _split(_plain(text))
    if name not in COLUMNS:
        raise ConfigError(f"{place}: unknown column `{text}`{_suggest(name or text)}")
    if not COLUMNS[name]:
        if unit:
            raise ConfigError(f"{place}: column `{text}`: {name} has no unit; write `{name}`")
        return Column(name)
    if not unit:
        raise ConfigError(f"{place}: column `{text}` has no unit; write `{name} [{EXAMPLES[name]}]`")
    return _with_unit(name, unit, exact, text, place)


def _plain(text: str) -> str:
    """One way to write micro and ohm."""
    text = unicodedata.normalize("NFKC", text).strip().replace("\u03bc", "u").replace("\u03a9", "ohm")
    return re.sub(r"ohms?\b", "ohm", text, flags=re.IGNORECASE)


def _split(text: str) -> tuple[str, str, bool]:
    """Name, unit, and whether the unit's case counts (in brackets)."""
    brackets = re.fullmatch(r"(.*?)[\s_]*[\[(](.*)[\])]", text)
    if brackets:
        return brackets[1].strip().lower(), brackets[2].strip(), True
    head, _, tail = re.sub(r"\s+", "_", text).rpartition("_")
    if text.lower() not in COLUMNS and head.lower() in COLUMNS:
        return head.lower(), tail, False
    return text.lower(), "", True


def _with_unit(name: str, unit: str, exact: bool, text: str, place: str) -> Column:
    dimension = COLUMNS[name]
    allowed = [dimension, "resistance"] if dimension == "conductance" else [dimension]
    for kind in allowed:
        names = UNITS[kind] if exact or kind == "resistance" else {key.lower(): key for key in UNITS[kind]}
        key = unit if exact or kind == "resistance" else unit.lower()
        if key in names:
            written = key if key in UNITS[kind] else str(names[key])
            return Column(name, UNITS[kind][written], kind == "resistance")
    choices = [key for kind in allowed for key in UNITS[kind]]
    fix = f"write `{name} [{_nearest(unit, choices) or EXAMPLES[name]}]` (units: {', '.join(choices)})"
    for kind, units in UNITS.items():
        if unit in units:
            raise ConfigError(f"{place}: column `{text}`: {unit} is a unit of {kind}, not of {dimension}; {fix}")
    raise ConfigError(f"{place}: column `{text}`: unknown unit {unit!r}; {fix}")


def _nearest(unit: str, choices: list[str]) -> str:
    same = [choice for choice in choices if choice.lower() == unit.lower()]
    return (same or difflib.get_close_matches(unit, choices, n=1, cutoff=0.7) or [""])[0]


def _suggest(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), COLUMNS, n=1)
    known = f"columns: {', '.join(COLUMNS)}"
    return f", did you mean `{close[0]}`?" if close else f"; delete it or rename it ({known})"
