"""Numbers and times as text, in tables, figures and pages alike."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

TIME_UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))
DURATION_UNITS = (  # name, size, up to which duration [s], decimals
    ("s", 1.0, 100.0, 0),
    ("min", 60.0, 5400.0, 0),
    ("h", 3600.0, 172_800.0, 1),
    ("days", 86_400.0, math.inf, 1),
)


def time_unit(longest_s: float) -> tuple[str, float]:
    """The unit of time in which `longest_s` is at least 1, and its size in seconds; below a nanosecond that."""
    return next((unit for unit in TIME_UNITS if longest_s >= unit[1] * (1 - 1e-9)), TIME_UNITS[-1])


def time_text(seconds: float, digits: int = 3) -> str:
    """2e-7 -> 200 ns; never 1e+03."""
    if seconds == 0:
        return "0"
    unit, size = time_unit(seconds)
    return f"{rounded(seconds / size, digits)} {unit}"


def duration_text(seconds: float) -> str:
    """How long work takes, with two digits where that is enough: 0.52 s, 48 s, 12 min, 3.4 h."""
    if seconds < 10.0:
        return f"{seconds:.2g} s"
    unit, size, _, decimals = next(entry for entry in DURATION_UNITS if seconds < entry[2])
    return f"{seconds / size:.{decimals}f} {unit}"


def rounded(value: float, digits: int) -> str:
    """To so many significant digits, without an exponent where %g has none."""
    return f"{float(f'{value:.{digits}g}'):g}"


def number(value: float | None, form: str, factor: float = 1.0) -> str:
    """In the format `form`; `-` for what is not known (NaN), empty for what there is none of (None)."""
    if value is None:
        return ""
    return "-" if math.isnan(value) else format(factor * value, form)


def signed(value: float, digits: int) -> str:
    """With its sign, so many decimals, and no -0."""
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def interval(low: float | None, high: float | None, factor: float, digits: int) -> str:
    """`[-0.24, +0.04]`; empty without one."""
    if low is None or high is None:
        return ""
    return f"[{signed(factor * low, digits)}, {signed(factor * high, digits)}]"


def lowest_median_highest(values: np.ndarray) -> list[float]:
    """Values may be infinite."""
    return [float(values.min()), float(np.median(values)), float(values.max())]


def range_text(values: Iterable[float]) -> str:
    """`0.9 .. 1.2 .. 1.5`."""
    return " .. ".join(f"{value:.3g}" for value in values)


def counted(number: int, noun: str) -> str:
    """`1 chip`, `2 chips`; a noun that takes an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
