"""What spreadsheets add when they export: a first line `sep=;`, blank last columns, decimal commas."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from device_models.errors import CrossbarError, quoted

ONE_STYLE = "write decimals with a point and no thousands separators"
NUMBER = re.compile(r"[\d.,+\-eE]+", re.ASCII)
DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)
BOTH = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})*([.,])\d+(?:[eE][+-]?\d+)?", re.ASCII)  # 1.234,56
GROUPED = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3})+", re.ASCII)
SEPARATOR_LINE = re.compile(r'\s*"?sep=."?[\s;,]*', re.IGNORECASE)

Fields = list[str]


def separator_line(line: str) -> bool:
    """Whether a first line is `sep=;`, which tells Excel the delimiter."""
    return SEPARATOR_LINE.fullmatch(line) is not None


def named_columns(header: Fields) -> int:
    """How many columns there are without the last ones that have no name."""
    return max((k for k, name in enumerate(header, 1) if name), default=0)


class DecimalCommas:
    """Decimal points for the decimal commas in a file.

    A number with both, `1.234,56`, says which of them parts thousands. Without one, a file with commas and points is
    refused, where either may; of columns that are parted by commas, numbers in quotes whose commas might do so.
    """

    def __init__(self, path: Path, error: type[CrossbarError], among_commas: bool = False):
        self.path, self.error, self.wary = path, error, among_commas
        self.first: dict[str, tuple[int, str]] = {}
        self.thousands = ""  # the mark that parts them, once a number has said it

    def with_points(self, line: int, fields: Fields, numbers: Collection[int]) -> Fields:
        """One row of the file, with points in the columns `numbers`; raises `error` when it brings the other style."""
        return [self.point(line, text) if k in numbers else text for k, text in enumerate(fields)]

    def point(self, line: int, text: str) -> str:
        """One number, or whatever else the text is, as it was."""
        if not NUMBER.fullmatch(text):
            return text
        grouped = BOTH.fullmatch(text)
        if grouped and grouped[1] != grouped[2] and grouped[1] not in self.first:
            self.thousands = grouped[1]
        if self.thousands and (grouped or GROUPED.fullmatch(text)):
            text = text.replace(self.thousands, "")
        for mark in ",.":
            if mark in text:
                self.first.setdefault(mark, (line, text))
        if len(self.first) == 2:
            (here, comma), (other, point) = self.first[","], self.first["."]
            both = f"{quoted(comma)} has a comma, {quoted(point)} in line {other} a point"
            raise self.error(f"{self.path}:{here}: {both}; {ONE_STYLE}")
        if "," in text and self.wary and not self.thousands and THOUSANDS.fullmatch(text):
            return text
        self.wary = self.wary and "," not in text
        match = DECIMAL_COMMA.fullmatch(text)
        return f"{match[1]}.{match[2]}" if match else text
