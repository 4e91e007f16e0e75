"""Samples that are no measurement: blank cells, words, and the numbers that instruments give in place of one.

SCPI instruments answer 9.9E37 for an overflow, -9.9E37 for a negative one and 9.91E37 for "not a number" (SCPI-1999,
vol. 1, section 7.2); others give 1E38 or 199.999E99. No conductance, resistance or time is that large in any unit.
What is smaller, and still no cell's, `plausible` knows.
"""

from __future__ import annotations

import math

import numpy as np

from device_models.files.table_text import is_number

LARGEST = 1e30
NOT_A_NUMBER_CODE = 9.91e37
SPREADSHEET_ERRORS = {"#n/a", "#div/0!", "#value!", "#name?", "#ref!", "#num!", "#null!"}
NOT_NUMBERS = {"nan", "na", "n/a", "null", "none", "-", "--", "---", "?", "x", *SPREADSHEET_ERRORS}
OVERFLOWS = {"inf", "infinity", "overflow", "overload", "overrange", "ovfl", "ovl", "ovld", "over", "ol", "o.l", "o.l."}


def lost(text: str) -> str:
    """Why the sample `text` is no measurement; nothing for one, and for what cannot be read at all."""
    if not text:
        return "blank"
    number = float(text) if is_number(text) else math.nan
    if math.isfinite(number):
        return code(number)
    word = text.lower().lstrip("+-") or text
    if word in NOT_NUMBERS:
        return f"not a number ({word})"
    return f"instrument overflow ({word})" if word in OVERFLOWS or math.isinf(number) else ""


def code(number: float) -> str:
    """What an instrument means by a number that is none, nothing for others."""
    if abs(number) / NOT_A_NUMBER_CODE == 1:
        return "not a number (9.91E37)"
    return f"instrument overflow ({number:.3g})" if abs(number) >= LARGEST else ""


def codes(numbers: np.ndarray) -> np.ndarray:
    """Which numbers mean none."""
    with np.errstate(invalid="ignore"):
        return np.abs(numbers) >= LARGEST
