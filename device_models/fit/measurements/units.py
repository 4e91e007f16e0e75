"""Columns that a measurement file may have, and the units that stand in its header.

A unit in brackets, `target [uS]` or `time (ms)`, is read as written: S is siemens, s is seconds. A unit after an
underscore, `target_us`, takes its dimension from the column, as in the names of this project (`g_max_s`, `window_s`).
Siemens, ohm and seconds take the prefixes of the SI, small or capital where that cannot be mistaken (only m and M can).
Columns of conductance may hold resistances, G = 1/R, or multiples of the conductance quantum G0.

No unit is ever proposed that was not written: a guess would be wrong by a power of ten, and taken.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from device_models.constants import ELEMENTARY_CHARGE_C, PLANCK_J_S
from device_models.errors import ConfigError, quoted

LONGEST_HEADER = 80
COLUMNS = {
    "target": "conductance",
    "programmed": "conductance",
    "conductance": "conductance",
    "time": "time",
    "cell": "",
}
OTHER_NAMES = {
    **dict.fromkeys(("t", "timestamp", "elapsed", "elapsed time"), "time"),
    **dict.fromkeys(("g", "cond", "read", "r", "resistance"), "conductance"),
    **dict.fromkeys(("device", "dut", "id", "cell id", "cell_id", "cell name", "device id", "device_id"), "cell"),
    **dict.fromkeys(("measured", "actual", "achieved", "final", "result", "g_measured", "g_programmed"), "programmed"),
    **dict.fromkeys(("goal", "desired", "wanted", "nominal", "g_target"), "target"),
}
CURRENTS = ("i", "current", "read current", "i_read")
NUMBERED = re.compile(r"(cell|device|dut|channel|ch)[ _#.-]*\d+")
WIDE = (
    "; a column for each cell is the wide layout: write one row per read in the columns `time [s]`, "
    "`conductance [uS]` and `cell`, or one file per cell"
)
SHOWN = {"conductance": "uS, kohm or G0", "time": "s, ms or h"}
PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
LONG_PREFIXES = {
    "femto": "f", "pico": "p", "nano": "n", "micro": "u", "milli": "m", "kilo": "k", "meg": "M", "mega": "M",
    "giga": "G", "tera": "T",
}  # fmt: skip
SIEMENS, OHM, SECOND = ("siemens", "mhos", "mho", "\u2127"), ("ohms", "ohm"), ("seconds", "second", "sec")
LONGER_TIMES = {"min": 60.0, "h": 3600.0, "hour": 3600.0, "hours": 3600.0, "d": 86400.0, "days": 86400.0}
QUANTUM_S = 2 * ELEMENTARY_CHARGE_C**2 / PLANCK_J_S


@dataclass(frozen=True)
class Column:
    """A column's name, and how its numbers become SI: number * factor, or the reciprocal of that for a resistance."""

    name: str
    factor: float = 1.0
    resistance: bool = False
    header: str = ""

    def si(self, number: float) -> float:
        """`number` in S or s; infinite for no resistance at all."""
        number *= self.factor
        if not self.resistance:
            return number
        return 1 / number if number else np.inf  # also where the least of numbers vanish in the unit


def read_header(text: str, place: str) -> Column:
    """The column that a header such as `target [uS]` or `time_ms` declares; `place` is file:line, for errors."""
    header_text = quoted(text)[1:-1]
    if len(text) > LONGEST_HEADER:
        raise ConfigError(f"{place}: column `{header_text}` has {len(text)} characters; {LONGEST_HEADER} at most")
    name, unit, exact = _split(_plain(text))
    if name not in COLUMNS:
        raise ConfigError(f"{place}: unknown column `{header_text}`{_suggest(name or text, unit)}")
    dimension = COLUMNS[name]
    if not dimension:
        if unit.isdecimal():
            raise ConfigError(f"{place}: column `{header_text}`{WIDE}")
        if unit:
            raise ConfigError(f"{place}: column `{header_text}`: {name} has no unit; write `{name}`")
        return Column(name, header=header_text)
    if not unit:
        fix = f"write the unit of its numbers in brackets, `{name} [...]`, such as {SHOWN[dimension]}"
        raise ConfigError(f"{place}: column `{header_text}` has no unit; {fix}")
    kind, factor = _unit(unit, None if exact else dimension)
    if kind == "resistance" and dimension == "conductance":
        return Column(name, factor, True, header_text)
    if kind != dimension:
        what = f"{unit} is a unit of {kind}, not of {dimension}" if kind else f"unknown unit {quoted(unit)}"
        raise ConfigError(f"{place}: column `{header_text}`: {what}; {_allowed(dimension)}")
    return Column(name, factor, header=header_text)


def _plain(text: str) -> str:
    """One way to write micro and ohm."""
    return unicodedata.normalize("NFKC", text).strip().replace("\u03bc", "u").replace("\u03a9", "ohm")


def _split(text: str) -> tuple[str, str, bool]:
    """Name, unit, and whether the unit's case counts (in brackets)."""
    opened = min((at for at in (text.find("["), text.find("(")) if at >= 0), default=-1)
    if opened >= 0 and text[-1] in "])":
        return text[:opened].rstrip(" _").lower(), text[opened + 1 : -1].strip(), True
    head, _, tail = "_".join(text.split()).rpartition("_")
    if text.lower() not in COLUMNS | OTHER_NAMES and head.lower() in COLUMNS | OTHER_NAMES:
        return head.lower(), tail, False
    return text.lower(), "", True


def _unit(text: str, dimension: str | None) -> tuple[str, float]:
    """Kind and SI factor of a unit, ("", 0) of an unknown one. With a `dimension` s and S both belong to it, and
    prefixes to them are small: `target_MS` is what others write `target_ms`."""
    text = "".join(text.split())
    if text.lower().replace("_", "") == "g0":
        return "conductance", QUANTUM_S
    if text.lower() in LONGER_TIMES:
        return "time", LONGER_TIMES[text.lower()]
    for kind, names in (("conductance", SIEMENS), ("resistance", OHM), ("time", SECOND)):
        for name in names:
            if text.lower().endswith(name):
                return _prefixed(kind, text[: -len(name)])
    if dimension is not None and text[-1:] in "sS":
        return _prefixed(dimension, text[:-1].lower())
    return _prefixed({"S": "conductance", "s": "time"}.get(text[-1:], ""), text[:-1])


def _prefixed(kind: str, prefix: str) -> tuple[str, float]:
    prefix = LONG_PREFIXES.get(prefix.lower(), prefix)
    if prefix not in PREFIXES:  # K, U, N and g can only be k, u, n and G
        prefix = next((known for known in PREFIXES if known.lower() == prefix.lower()), prefix)
    return (kind, PREFIXES[prefix]) if kind and prefix in PREFIXES else ("", 0.0)


def _allowed(dimension: str) -> str:
    prefixes = " ".join(prefix for prefix in PREFIXES if prefix)
    if dimension == "time":
        return f"a time is in s (with {prefixes} in front), min, h or d"
    return f"a conductance is in S or ohm (with {prefixes} in front) or G0"


def _suggest(name: str, unit: str) -> str:
    name = " ".join(name.lower().split())
    if name in CURRENTS or (unit[-1:] == "A" and name not in OTHER_NAMES):
        return "; a current is no conductance: divide by the read voltage and write `conductance [uS]`"
    if NUMBERED.fullmatch(name) or (unit and name[-1:].isdecimal()):
        return WIDE
    close = [OTHER_NAMES[name]] if name in OTHER_NAMES else difflib.get_close_matches(name, COLUMNS, n=1)
    known = f"columns: {', '.join(COLUMNS)}"
    return f", did you mean `{close[0]}`?" if close else f"; delete it or rename it ({known})"
