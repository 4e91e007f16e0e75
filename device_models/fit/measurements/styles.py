"""What spreadsheets add when they export: a first line `sep=;`, blank last columns, decimal commas."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from device_models.errors import CrossbarError, quoted

ONE_STYLE = "write decimals with a point and no thousands separators"
NUMBER = re.compile(r"[\d.,+\-eE]+", re.ASCII)
DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)")
SEPARATOR_LINE = re.compile(r'\s*"?sep=."?[\s;,]*', re.IGNORECASE)

Fields = list[str]


def separator_line(line: str) -> bool:
    """Whether a first line is `sep=;`, which tells Excel the delimiter."""
    return SEPARATOR_LINE.fullmatch(line) is not None


def named_columns(header: Fields) -> int:
    """How many columns there are without the last ones that have no name."""
    return max((k for k, name in enumerate(header, 1) if name), default=0)


class DecimalCommas:
    """Decimal points for the decimal commas in columns `numbers` of a file that is not delimited by commas.

    Refuses a file with commas and points, where either may part thousands.
    """

    def __init__(self, path: Path, numbers: Collection[int], error: type[CrossbarError]):
        self.path, self.numbers, self.error = path, numbers, error
        self.first: dict[str, tuple[int, str]] = {}

    def with_points(self, line: int, fields: Fields) -> Fields:
        """One row of the file; raises `error` when it brings the other style."""
        return [self._point(line, text) if k in self.numbers else text for k, text in enumerate(fields)]

    def _point(self, line: int, text: str) -> str:
        if not NUMBER.fullmatch(text):
            return text
        for mark in ",.":
            if mark in text:
                self.first.setdefault(mark, (line, text))
        if len(self.first) == 2:
            (here, comma), (other, point) = self.first[","], self.first["."]
            both = f"{quoted(comma)} has a comma, {quoted(point)} in line {other} a point"
            raise self.error(f"{self.path}:{here}: {both}; {ONE_STYLE}")
        match = DECIMAL_COMMA.fullmatch(text)
        return f"{match[1]}.{match[2]}" if match else text
