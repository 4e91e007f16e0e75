"""Numbers, ranges and counts in the sentences of a verdict."""

from __future__ import annotations

import re

NUMBER = r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf)"
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "day": 86400, "year": 365 * 86400}


def reads(text, value):
    """Whether a text is that of a setting's value; times have three digits and a unit."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text == ("none" if value is None else str(value))
    number, _, unit = text.partition(" ")
    if not re.fullmatch(NUMBER, number):
        return False
    if not unit:
        return float(number) == float(f"{value:g}")
    seconds = UNITS.get(unit) or UNITS[unit.removesuffix("s")]
    return says(number, value / seconds)


def meant(text, values):
    """The one of a setting's values that a text is of."""
    (found,) = {value for value in values if reads(text, value)}
    return found


def says(text, value):
    """Whether a number in a sentence is `value`, rounded to its decimals."""
    digits = len(text.partition(".")[2])
    return abs(float(text) - value) <= 0.5 * 10.0**-digits + 1e-9


def says_range(text, values):
    ends = text.split(" to ")
    return says(ends[0], min(values)) and says(ends[-1], max(values)) and len(set(ends)) == len(ends)


def is_(direction):
    return "significant" if direction else "not significant"


def some(count, of):
    return {0: f"none of {of}", of: f"all {of}"}.get(count, f"{count} of {of}")
