"""Lines, fields and numbers of tables that a user wrote (CSV), each bounded before it is held.

A number is what a table means by one: digits of ASCII with a point and an exponent, where Python would also take `1_0`,
digits of other scripts, and words such as `infinity`.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from device_models.errors import CrossbarError
from device_models.files.reading import GZIP, open_regular, size_text

MOST_BYTES = 2**28
LONGEST_LINE, MOST_LINES = 4000, 10_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)


def table_lines(path: str | Path, error: type[CrossbarError]) -> Iterator[tuple[int, str]]:
    """Numbered lines of a text file, no blank ones and no comments (#). Raises `error` for what is no text in UTF-8, no
    regular file or too large, and for a line of more than LONGEST_LINE characters."""
    not_text = error(f"{path}: not a text file in UTF-8; export the table as CSV (UTF-8)")
    with io.TextIOWrapper(open_regular(path, error), "utf-8-sig") as file:
        if (size := os.fstat(file.fileno()).st_size) > MOST_BYTES:
            raise error(f"{path}: {size_text(size)}, at most {size_text(MOST_BYTES)} are read of a table")
        n = 0
        try:
            while line := file.readline(LONGEST_LINE + 1):
                n += 1
                if n > MOST_LINES:
                    raise error(f"{path}:{n}: more than {MOST_LINES} lines, comments and blank ones counted")
                if "\0" in line:
                    raise not_text
                if len(line) > LONGEST_LINE:
                    raise error(f"{path}:{n}: a line of more than {LONGEST_LINE} characters; is each row on its own?")
                if line.strip() and not line.lstrip().startswith("#"):
                    yield n, line.strip("\n")
        except UnicodeDecodeError as problem:
            if n == 0 and problem.object.startswith(GZIP):
                raise error(f"{path}: is gzipped; unpack it first (gunzip)") from None
            raise not_text from None
        except OSError as problem:
            raise error(f"{path}: cannot be read ({problem.strerror or problem})") from None


def fields(line: str, delimiter: str, place: str, error: type[CrossbarError]) -> list[str]:
    """The fields of one line, without spaces around them. Raises `error` for control characters and open quotes."""
    if control := _CONTROL.search(line):
        raise error(f"{place}: the control character {control[0]!r}; delete it")
    try:
        return [text.strip() for text in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]
    except csv.Error as problem:
        raise error(f"{place}: not a row of CSV ({problem})") from None


def is_number(text: str) -> bool:
    """Whether `float` reads `text` as a table means it."""
    return _NUMBER.fullmatch(text) is not None


def number(text: str) -> float:
    """`text` as a table means it; raises ValueError for what is no number."""
    if not is_number(text):
        raise ValueError(text)
    return float(text)


def is_index(text: str) -> bool:
    """Whether `text` is a whole number from 0 that fits 64 bits."""
    return _WHOLE.fullmatch(text) is not None
