"""Samples that are no measurement: blank cells, words, and the numbers that instruments give in place of one.

SCPI instruments answer 9.9E37 for an overflow, -9.9E37 for a negative one and 9.91E37 for "not a number" (SCPI-1999,
vol. 1, section 7.2); others give 1E38 or 199.999E99. No conductance, resistance or time is that large in any unit, nor
is a conductance as small as the reciprocal of one.
"""

from __future__ import annotations

import math

from device_models.files.table_text import is_number
from device_models.fit.measurements.units import Column

LARGEST, SMALLEST_S = 1e30, 1e-30
NOT_A_NUMBER_CODE = 9.91e37
NOT_NUMBERS = {"nan", "na", "n/a", "#n/a", "null", "none", "-", "--", "---"}
OVERFLOWS = {"inf", "infinity", "overflow", "overload", "overrange", "ovfl", "ovl", "ovld", "over", "ol", "o.l", "o.l."}


def lost(text: str, column: Column) -> str:
    """Why the sample `text` is no measurement; nothing for one, and for what cannot be read at all."""
    if not text:
        return "blank"
    number = float(text) if is_number(text) else math.nan
    if math.isfinite(number):
        return _code(number, column)
    word = text.lower().lstrip("+-") or text
    if word in NOT_NUMBERS:
        return f"not a number ({word})"
    return f"instrument overflow ({word})" if word in OVERFLOWS or math.isinf(number) else ""


def _code(number: float, column: Column) -> str:
    if abs(number) / NOT_A_NUMBER_CODE == 1:
        return "not a number (9.91E37)"
    small = column.name != "time" and 0 < abs(column.si(number)) < SMALLEST_S
    return f"instrument overflow ({number:.3g})" if abs(number) >= LARGEST or small else ""
