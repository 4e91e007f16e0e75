"""Lines, fields and numbers of tables that a user wrote (CSV), each bounded before it is held.

A number is what a table means by one: digits of ASCII with a point and an exponent, where Python would also take `1_0`,
digits of other scripts, and words such as `infinity`.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from device_models.errors import CrossbarError
from device_models.files.reading import open_regular, size_text

MOST_BYTES = 2**28
LONGEST_LINE, MOST_LINES = 4000, 10_000_000
COMMENTS = ("#", "%", "//")
PACKED: dict[bytes, tuple[str, Callable[[Any], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZh": ("bzip2", bz2.open),
    b"\xfd7zXZ\0": ("xz", lzma.open),
}
MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}  # fmt: skip
NO_TEXT = {
    b"PK\x03\x04": "a workbook or zip archive", b"\xd0\xcf\x11\xe0": "a workbook of Excel", b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "an array of numpy", b"MATLAB 5.0": "a MATLAB file", b"%PDF": "a PDF",
}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_IN_PAIRS, _HIGH = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xfe]{2})*"), re.compile(rb"[\xa1-\xfe]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)


class TableText:
    """Numbered lines of a text file, without blank ones. Raises `error` for what is no text, no regular file or too
    large, also once it is unpacked (.gz, .bz2, .xz), and for a line of more than `longest` characters.

    The text is in UTF-8, UTF-16 or UTF-32; single lines that are not are taken for GB18030 where all high bytes come in
    pairs, else for Latin-1 (Windows' cp1252), in which instruments write micro and degrees. said: the form, where it is
    not plain UTF-8, as far as the text has been read.
    """

    def __init__(self, path: str | Path, error: type[CrossbarError], longest: int = LONGEST_LINE):
        self.path, self.error, self.longest = path, error, longest
        self.said: dict[str, None] = {}

    def __iter__(self) -> Iterator[tuple[int, str]]:
        damaged = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)
        try:
            with open_regular(self.path, self.error) as packed, self._decoded(self._unpacked(packed)) as file:
                yield from self._lines(file)
        except UnicodeError:
            raise self._not_text() from None
        except damaged as problem:
            raise self.error(f"{self.path}: its packed data are damaged or end early ({problem})") from None
        except OSError as problem:
            raise self.error(f"{self.path}: cannot be read ({problem.strerror or problem})") from None

    def _unpacked(self, file: BinaryIO) -> BinaryIO:
        if (size := file.seek(0, io.SEEK_END)) > MOST_BYTES:
            raise self.error(f"{self.path}: {size_text(size)}, at most {size_text(MOST_BYTES)} are read of a table")
        file.seek(0)
        start = file.peek(8)  # type: ignore[attr-defined]
        for mark, (name, opened) in PACKED.items():
            if start.startswith(mark):
                self.said[name] = None
                return io.BufferedReader(opened(file))
        return file

    def _decoded(self, file: BinaryIO) -> io.TextIOWrapper:
        start = file.peek(512)[:512]  # type: ignore[attr-defined]
        for mark, what in NO_TEXT.items():
            if start.startswith(mark):
                raise self.error(f"{self.path}: is {what}; export the table as CSV")
        code = next((code for mark, code in MARKS.items() if start.startswith(mark)), "")
        if not code and len(start) > 3:
            odd, even = start[1::2].count(0), start[::2].count(0)
            half = len(start) // 2
            code = (
                "utf-16-le" if odd > 0.8 * half and not even else "utf-16-be" if even > 0.8 * half and not odd else ""
            )
        if code not in ("", "utf-8-sig"):
            self.said[code[:6].upper()] = None
        return io.TextIOWrapper(file, code or "utf-8", "strict" if "16" in code or "32" in code else "surrogateescape")

    def _lines(self, file: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
        n = total = 0
        while line := file.readline(self.longest + 1):
            n += 1
            total += len(line)
            if n > MOST_LINES:
                raise self.error(f"{self.path}:{n}: more than {MOST_LINES} lines, comments and blank ones counted")
            if total > MOST_BYTES:
                raise self.error(
                    f"{self.path}:{n}: more than {size_text(MOST_BYTES)}, which is all that is read of a table"
                )
            if "\0" in line:
                raise self._not_text()
            if len(line) > self.longest:
                where = f"{self.path}:{n}"
                raise self.error(f"{where}: a line of more than {self.longest} characters; is each row on its own?")
            if not line.isspace():
                yield n, (line if line.isascii() else self._latin(line)).strip("\n")

    def _latin(self, line: str) -> str:
        """The line, with those of its bytes that were no UTF-8 read as Latin-1."""
        raw = line.encode("utf-8", "surrogateescape")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            pairs = _IN_PAIRS.fullmatch(raw) and len(_HIGH.findall(raw)) > 3
            self.said["GB18030" if pairs else "Latin-1"] = None
            return raw.decode("gb18030" if pairs else "cp1252", "replace")

    def _not_text(self) -> CrossbarError:
        return self.error(f"{self.path}: not a text file; export the table as CSV (UTF-8)")


def is_comment(line: str) -> bool:
    """Whether a line of a table is none of its rows."""
    return line.lstrip().startswith(COMMENTS)


def table_lines(path: str | Path, error: type[CrossbarError]) -> Iterator[tuple[int, str]]:
    """Numbered lines, no blank ones and no comments."""
    return ((n, line) for n, line in TableText(path, error) if not is_comment(line))


def fields(line: str, delimiter: str, place: str, error: type[CrossbarError]) -> list[str]:
    """The fields of one line, without spaces around them. Raises `error` for control characters and open quotes."""
    check_printable(line, place, error)
    try:
        return [text.strip() for text in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]
    except csv.Error as problem:
        raise error(f"{place}: not a row of CSV ({problem})") from None


def check_printable(line: str, place: str, error: type[CrossbarError]) -> None:
    """Raises `error` for control characters, which could forge what is told of the line."""
    if not line.isprintable() and (control := _CONTROL.search(line)):
        raise error(f"{place}: the control character {control[0]!r}; delete it")


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
