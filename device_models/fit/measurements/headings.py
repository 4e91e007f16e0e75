"""The heading of a column: what its numbers are, in which unit, and which cell or time stands in the heading itself.

A unit in brackets, `target [uS]` or `time (ms)`, behind a stroke or a comma, `I / nA`, is read as written: S is
siemens, s is seconds. A unit behind an underscore, `target_us`, takes its dimension from the column, as in the names of
this project (`g_max_s`, `window_s`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from device_models.errors import ConfigError, quoted
from device_models.fit.measurements.units import (
    QUANTUM_S,
    Unit,
    allowed,
    is_other,
    is_scale_free,
    is_temperature,
    plain_text,
    read_unit,
)
from device_models.fit.measurements.words import LEVELS, NO_NUMBERS, kind_of, of_another_thing, role_of, words_of

LONGEST_HEADING = 80
NO_UNIT = " has no unit"
MEASURED = ("conductance", "resistance", "current")  # what a conductance is computed of
OF_PAIRS = ("target", "target_low", "target_high", "programmed")
OF_NUMBERS = (*OF_PAIRS, "time", "measured", "voltage", "before", "after")
NAMES = ("cell", "address", "run")
BRACKETS = re.compile(r"(.*?)[\s_]*[\[({<]([^\[\](){}<>]*)[\])}>]", re.DOTALL)
BEHIND = re.compile(r"(.+?)\s*(?:/|,|;|\s+in\s)\s*(\S+)", re.DOTALL)
TAIL = re.compile(r"(.+?)[\s_.\-]+([^\s_.\-]+)", re.DOTALL)
# G0 is the conductance quantum
NORMALISED = re.compile(
    r"(?:\u0394|\u2206|d|delta\s?)?[GRI]\s?/\s?(?:[RI]_?0|[GRI](?:_?(?:max|min|init|initial|i|ref|on|off|start))?)",
    re.IGNORECASE,
)
OF_ARRAYS = re.compile(r"(\[\d{1,3}\])+$")  # `Smu1.V[1][1]`, the first of its list
AGAIN = re.compile(r"(.*[\])}])\.\d{1,3}", re.DOTALL)
LOGARITHM = re.compile(r"log_?10[\s_]*\(?(.*?)\)?", re.IGNORECASE | re.DOTALL)
AT = re.compile(
    r"(.*?)[\s_]*(?:@|\bat\b|\bt\s*=)?[\s_]*(\d+\.?\d*(?:e[+-]?\d+)?)\s*([a-z]+)", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class Heading:
    """What a column holds. role: the part it plays (`OF_NUMBERS`, `NAMES`, index), nothing for what is not known.

    kind: of quantity; at_s: time [s] that the heading gives, of a read of the cell in each row. problem: why it cannot
    be used although it would be, mostly its unit. stem: the name with its numbers (numbered) left out, alike for
    `cell 1` and `cell 2`. again: which of several columns of one heading it is, from 1.
    """

    text: str
    role: str = ""
    kind: str = ""
    unit: Unit | None = None
    log10: bool = False
    at_s: float | None = None
    problem: str = ""
    stem: str = ""
    numbered: str = ""
    again: str = ""

    @property
    def bare(self) -> bool:
        """Whether it is a unit alone, as in a line of units below the names."""
        return self.at_s is None and not self.stem

    @property
    def said(self) -> str:
        """The unit in words."""
        unit = self.unit.text if self.unit else "no unit"
        if self.unit and self.unit.factor == QUANTUM_S:
            unit += " (the conductance quantum, 77.5 uS)"
        return f"log10 of {unit}" if self.log10 else unit


@dataclass(frozen=True)
class Column:
    """A column of conductances in a table of cells, and how its numbers become siemens."""

    name: str
    factor: float = 1.0
    resistance: bool = False
    header: str = ""

    def si(self, number: float) -> float:
        """`number` in S; infinite for no resistance at all."""
        number *= self.factor
        if not self.resistance:
            return number
        return 1 / number if number else np.inf  # also where the least of numbers vanish in the unit


def read_header(text: str, place: str) -> Column:
    """The column of conductances or resistances that a heading such as `conductance [uS]` declares; `place` is
    file:line, for errors."""
    heading = read_heading(text)
    if heading.problem:
        fix = "; write the unit of its numbers in brackets, such as uS or kohm" if heading.problem == NO_UNIT else ""
        raise ConfigError(f"{place}: column `{heading.text}`{heading.problem}{fix}")
    if heading.unit is None or heading.kind not in ("conductance", "resistance") or heading.log10:
        raise ConfigError(f"{place}: column `{heading.text}`: expected conductances, such as `conductance [S]`")
    name = "conductance" if heading.role == "measured" else heading.role
    return Column(name, heading.unit.factor, heading.kind == "resistance", heading.text)


def told_apart(headings: list[Heading]) -> list[Heading]:
    """Columns of one heading, numbered in their order, also as pandas writes them, `G [uS]`, `G [uS].1`."""
    plain = [AGAIN.sub(r"\1", heading.text) for heading in headings]
    count = Counter(plain)
    seen: Counter[str] = Counter()
    told = []
    for text, heading in zip(plain, headings, strict=True):
        if text and count[text] > 1:
            seen[text] += 1
            number, one = str(seen[text]), read_heading(text)
            heading = replace(one, text=heading.text, numbered=f"{one.numbered}-{number}".strip("-"), again=number)
        told.append(heading)
    return told


@lru_cache(4096)
def read_heading(text: str) -> Heading:
    """What a heading says; nothing is raised, as many headings are of no matter."""
    shown = quoted(text)[1:-1]
    if len(text) > LONGEST_HEADING:
        return Heading(shown, problem=f" has {len(text)} characters; {LONGEST_HEADING} at most")
    plain = plain_text(text).replace("\\mu", "u").replace("$", "")  # as LaTeX writes them
    plain = OF_ARRAYS.sub("", plain)
    if NORMALISED.fullmatch(plain):
        problem = " is normalised; multiply by the scale that it was divided by, in S"
        return Heading(shown, "measured", "conductance", problem=problem)
    if (logarithm := LOGARITHM.fullmatch(plain)) and logarithm[1]:
        return replace(read_heading(logarithm[1]), text=shown, log10=True)
    name, unit_text, exact = split_heading(plain)
    if (moment := _moment(name, unit_text)) is not None:
        head = read_heading(moment[0]) if moment[0] else Heading("", "measured")
        unit = read_unit(unit_text) if moment[2] else None
        made = replace(head, text=shown, role="measured", at_s=moment[1], problem=head.problem if head.kind else "")
        return made if unit is None else replace(made, unit=unit, kind=unit.kind, problem="")
    return _heading(shown, name, unit_text, exact)


def _heading(shown: str, name: str, unit_text: str, exact: bool) -> Heading:
    words = words_of(name)
    kind, role = kind_of(words), role_of(words)
    wanted = kind or ("conductance" if role in (*OF_PAIRS, "measured", "before", "after") else "")
    unit = read_unit(unit_text, "" if exact else wanted) if unit_text else None
    given = unit.kind if unit else ""
    stem, numbered = re.sub(r"\d+", "#", name.lower()), "-".join(re.findall(r"\d+", name))
    if of_another_thing(kind or given, words) or (role == "measured" and not kind and NO_NUMBERS & set(words)):
        return Heading(shown)
    if unit_text and is_other(unit_text) and not _measures(kind):
        return Heading(shown, "run" if role == "run" or is_temperature(unit_text) else "")
    if role in NAMES and not unit_text and (kind in ("", "temperature") or role == "cell"):
        return Heading(shown, role, stem=stem, numbered=numbered)
    part = _part(role, kind, given)
    if not part:
        of_rows = role if role in ("run", "index") and not given else ""
        return Heading(shown, of_rows, kind, unit, stem=stem, numbered=numbered)
    expected = {"time": "time", "voltage": "voltage"}.get(
        part, wanted if wanted in MEASURED else given or "conductance"
    )
    problem = _problem(unit_text, unit, expected, part)
    if part in OF_PAIRS and not given and (LEVELS & {*words, *words_of(unit_text)}):
        problem = " counts levels, and is no conductance; give the conductance that was aimed at, with its unit"
    if {"log", "ln", "lg"} & set(words):
        problem = ': of which logarithm? say --columns "log10 resistance [ohm]=2", or give the numbers themselves'
    fits = given == expected or (part not in ("time", "voltage") and _measures(given))
    return Heading(shown, part, given if fits else expected, unit, problem=problem, stem=stem, numbered=numbered)


def _part(role: str, kind: str, given: str) -> str:
    """The part that a column of numbers plays: what it was called, or else what its unit is of."""
    quantity = kind or given
    if role in (*OF_PAIRS, "before", "after") and kind not in ("time", "voltage", "temperature"):
        return role
    if quantity in ("time", "voltage"):
        return quantity if given in ("", quantity) or kind else ""
    return "measured" if _measures(quantity) or role == "measured" else ""


def _measures(kind: str) -> bool:
    return kind in MEASURED


def _problem(unit_text: str, unit: Unit | None, expected: str, part: str) -> str:
    """Why a column cannot be used by its unit; nothing where it can."""
    if not unit_text:
        return NO_UNIT
    if is_scale_free(unit_text):
        return f": {quoted(unit_text)} is no unit of conductance; multiply by the scale that it was divided by, in S"
    if unit is None:
        return f": unknown unit {quoted(unit_text)}; {allowed(expected)}"
    if unit.kind != expected and not (part not in ("time", "voltage") and unit.kind in MEASURED):
        return f": {unit.text} is a unit of {unit.kind}, not of {expected}; {allowed(expected)}"
    return ""


def split_heading(text: str) -> tuple[str, str, bool]:
    """Name, unit, and whether the unit's case counts (not behind an underscore)."""
    if found := BRACKETS.fullmatch(text):
        return found[1].strip(" _"), found[2].strip(), True
    if (found := BEHIND.fullmatch(text)) and (read_unit(found[2]) or is_scale_free(found[2]) or is_other(found[2])):
        return found[1].strip(" _"), found[2], True
    if found := TAIL.fullmatch(text):
        if found[1] in ("T", "Temp", "temp", "Temperature") and is_temperature(found[2]):
            return "temp", found[2], True
        words = words_of(found[1])
        kind = kind_of(words)
        if role_of(words) in (*OF_PAIRS, "measured", "before", "after"):
            kind = kind or "conductance"
        if kind in OF_KINDS and read_unit(found[2], kind):
            return found[1], found[2], False
        if len(found[2]) > 1 and (unit := read_unit(found[2])) and unit.kind != "time":
            return found[1], found[2], True
    if not kind_of(words_of(text)) and role_of(words_of(text)) in ("", "index") and read_unit(text):
        return "", text, True
    return text, "", True


OF_KINDS = ("time", *MEASURED, "voltage")


def _moment(name: str, unit_text: str) -> tuple[str, float, bool] | None:
    """What stands before a time in a heading, the time [s], and whether the unit is one beside it: `G @ 1 h [uS]`,
    `g_S@0.01s`, `R (10 s)`."""
    for text, beside in ((name, True), (unit_text, False)):
        found = AT.fullmatch(text)
        unit = read_unit(found[3]) if found else None
        if (
            found
            and unit is not None
            and unit.kind == "time"
            and not (beside and unit_text and not read_unit(unit_text))
        ):
            head = found[1].strip(" _(") if beside else name
            return head, float(found[2]) * unit.factor, beside and bool(unit_text)
    return None
