"""Numbers and times as text, in tables, figures and pages alike."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

TIME_UNITS = (  # name, size and from which time on [s]
    ("years", 31_536_000.0, 31_536_000.0),
    ("days", 86_400.0, 86_400.0),
    ("h", 3600.0, 3600.0),
    ("min", 60.0, 60.0),
    ("s", 1.0, 1.0),
    ("ms", 1e-3, 1e-3),
    ("us", 1e-6, 1e-6),
    ("ns", 1e-9, 0.0),
)


def time_unit(longest_s: float) -> tuple[str, float]:
    """The unit of time for numbers up to `longest_s`, and its size in seconds; below a nanosecond that."""
    return next((unit, size) for unit, size, least_s in TIME_UNITS if longest_s >= least_s * (1 - 1e-9))


def time_text(seconds: float, digits: int = 3) -> str:
    """2e-7 -> 200 ns, 2.925e6 -> 33.9 days; never 1e+03. `-` for what is not known (NaN)."""
    if seconds == 0 or not math.isfinite(seconds):
        return "-" if math.isnan(seconds) else f"{seconds:g}"
    unit, size = time_unit(max(abs(seconds), float(f"{abs(seconds):.{digits}g}")))
    count = rounded(seconds / size, digits)
    return f"{count} {unit.removesuffix('s') if unit in ('days', 'years') and count == '1' else unit}"


def duration_text(seconds: float) -> str:
    """How long work takes, with two digits: 0.52 s, 48 s, 12 min, 3.4 h."""
    return f"{seconds:.2g} s" if seconds < 1 else time_text(seconds, 2)


def counted(count: float, noun: str) -> str:
    """1, "chip" -> 1 chip; 2, "process" -> 2 processes."""
    ending = "" if count == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count:.12g} {noun}{ending}"


def counted_range(counts: Iterable[float], noun: str) -> str:
    """1, 20, 5, "sample" -> 1 to 20 samples; 1, 1, "image" -> 1 image. At least one count."""
    known = list(counts)
    lowest, highest = min(known), max(known)
    return counted(highest, noun) if lowest == highest else f"{lowest:.12g} to {counted(highest, noun)}"


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


class Ends(NamedTuple):
    """Of several values; two columns of CSV, a list of two in JSON."""

    lowest: float
    highest: float


class Range(NamedTuple):
    """Of several values; three columns of CSV, a list of three in JSON."""

    lowest: float
    median: float
    highest: float


def lowest_median_highest(values: np.ndarray) -> Range:
    """Values may be infinite."""
    return Range(float(values.min()), float(np.median(values)), float(values.max()))


def range_text(values: Iterable[float]) -> str:
    """`0.9 .. 1.2 .. 1.5`."""
    return " .. ".join(f"{value:.3g}" for value in values)


PREFIXES = (("", 1.0), ("m", 1e-3), ("u", 1e-6), ("n", 1e-9), ("p", 1e-12), ("f", 1e-15), ("a", 1e-18))


def quantity_text(value: float, unit: str, digits: int = 2) -> str:
    """2.1e-7, "A" -> 210 nA; `-` for what is not known."""
    if math.isnan(value):
        return "-"
    if value == 0 or math.isinf(value):
        return f"{value:g} {unit}"
    shown = float(f"{value:.{digits}g}")
    prefix, size = next((entry for entry in PREFIXES if abs(shown) >= entry[1] * (1 - 1e-9)), PREFIXES[-1])
    return f"{rounded(shown / size, digits)} {prefix}{unit}"


def ratio_text(value: float, digits: int = 2) -> str:
    """How many times: 0.0085, 3.5, 59,000; `-` for what is not known."""
    if math.isnan(value):
        return "-"
    shown = float(f"{value:.{digits}g}")
    return f"{shown:,.0f}" if 10 <= abs(shown) < 1e6 else f"{shown:g}"
