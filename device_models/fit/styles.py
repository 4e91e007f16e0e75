"""What spreadsheets add when they export: a first line `sep=;`, blank last columns, decimal commas."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from device_models.errors import ConfigError

ONE_STYLE = "write decimals with a point and no thousands separators"
NUMBER = re.compile(r"[\d.,+\-eE]+")
DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)")
SEPARATOR_LINE = re.compile(r'\s*"?sep=."?[\s;,]*', re.IGNORECASE)

Fields = list[str]


def without_separator_line(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Numbered lines without a first `sep=;`, which tells Excel the delimiter."""
    return lines[1:] if lines and SEPARATOR_LINE.fullmatch(lines[0][1]) else lines


def without_blank_columns(header: Fields, rows: list[tuple[int, Fields]]) -> tuple[Fields, list[tuple[int, Fields]]]:
    """Header and numbered rows without the last columns that have no name, where these hold nothing."""
    named = max((k for k, name in enumerate(header, 1) if name), default=0)
    return header[:named], [
        (line, fields if any(fields[named : len(header)]) else fields[:named] + fields[len(header) :])
        for line, fields in rows
    ]


def with_points(rows: list[tuple[int, Fields]], numbers: Collection[int], path: Path) -> list[tuple[int, Fields]]:
    """Numbered rows with decimal points for the decimal commas in columns `numbers`, of a file not delimited by commas.

    Raises ConfigError for a file with commas and points, where either may part thousands.
    """
    commas, points = (list(_with(mark, rows, numbers)) for mark in ",.")
    if commas and points:
        (line, comma), (other, point) = commas[0], points[0]
        raise ConfigError(f"{path}:{line}: {comma!r} has a comma, {point!r} in line {other} a point; {ONE_STYLE}")
    return [(line, [_point(text) if k in numbers else text for k, text in enumerate(fields)]) for line, fields in rows]


def _with(mark: str, rows: list[tuple[int, Fields]], numbers: Collection[int]) -> Iterator[tuple[int, str]]:
    for line, fields in rows:
        for k, text in enumerate(fields):
            if mark in text and k in numbers and NUMBER.fullmatch(text):
                yield line, text


def _point(text: str) -> str:
    match = DECIMAL_COMMA.fullmatch(text)
    return f"{match[1]}.{match[2]}" if match else text
