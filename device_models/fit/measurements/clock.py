"""Times that instruments and spreadsheets write as date and clock, to seconds after the first of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

MOMENT = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
    r"(?:[T ]+\d{1,2}(?::\d\d(?::\d\d(?:[.,]\d+)?)?|\.\d\d\.\d\d))?\s*(?:Z|[+-]\d\d:?\d\d|[AaPp][Mm])?|"
    r"\d{1,3}:\d\d:\d\d(?:[.,]\d+)?|\d{1,3}:\d\d[.,]\d+",
    re.ASCII,
)
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y")
CLOCKS = (" %H:%M:%S.%f", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M:%S.%f %p", " %H.%M.%S", "")
OF_DAY = re.compile(r"(\d{1,3}):(\d{1,3}):(\d\d(?:\.\d+)?)", re.ASCII)
MINUTES = re.compile(r"\d{1,3}:\d\d\.\d+", re.ASCII)  # a fraction only seconds have
DAY_S = 86400.0


def is_moment(text: str) -> bool:
    """Whether a field is a date, with or without a clock, or a clock."""
    return MOMENT.fullmatch(text.strip()) is not None


def moments(texts: Sequence[str]) -> np.ndarray:
    """Seconds after the first of the moments; NaN for those that are none. Raises ValueError where days and months
    could be meant either way and the times differ."""
    begun = next(iter(texts), "").replace(",", ".")
    if found := OF_DAY.fullmatch(begun):
        return _of_day(texts, int(found[1]) < 24)
    if MINUTES.fullmatch(begun):
        return _of_day([f"00:{text}" if text else "" for text in texts], wraps=False)
    plain = [" ".join(text.replace("T", " ").replace(",", ".").split()) for text in texts]
    first = next(text for text in plain if text)
    read = [seconds for form in _forms(first) if (seconds := _read(plain, form)) is not None]
    if not read:
        read = [_iso(plain)]
    for other in read[1:]:
        if not np.allclose(other - other[0], read[0] - read[0][0], atol=1e-6, equal_nan=True):
            raise ValueError("days and months could be meant either way; write dates as 2024-03-01")
    return read[0] - np.nanmin(read[0])


def _forms(first: str) -> list[str]:
    return [date + clock for date in DATES for clock in CLOCKS if _one(first, date + clock) is not None]


def _one(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None


def _read(texts: Sequence[str], form: str) -> np.ndarray | None:
    """Seconds since 1970 by one form, None where it is not that of all."""
    whole = form.removesuffix(".%f")
    seconds = np.full(len(texts), np.nan)
    for k, text in enumerate(texts):
        if text:
            moment = _one(text, form) or (_one(text, whole) if whole != form else None)
            if moment is None:
                return None
            seconds[k] = moment.timestamp()
    return seconds


def _iso(texts: Sequence[str]) -> np.ndarray:
    """Seconds since 1970 of ISO 8601, with time zones; NaN for what is none."""
    seconds = np.full(len(texts), np.nan)
    for k, text in enumerate(texts):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        seconds[k] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return seconds


def _of_day(texts: Sequence[str], wraps: bool) -> np.ndarray:
    """Clocks without a date; where `wraps`, one that falls by half a day and more is of the next day."""
    seconds = np.full(len(texts), np.nan)
    for k, text in enumerate(texts):
        if found := OF_DAY.fullmatch(text.replace(",", ".")):
            seconds[k] = 3600 * int(found[1]) + 60 * int(found[2]) + float(found[3])
    if wraps:
        falls = np.diff(seconds, prepend=seconds[:1]) < -DAY_S / 2
        seconds += DAY_S * np.cumsum(falls)
    return seconds - np.nanmin(seconds)
