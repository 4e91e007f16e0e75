"""The rows of a table that was found: numbers as an array, names and moments as text, each row with its line.

Rows are read in pieces, so that a file takes little more memory than its numbers; their count is bounded.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter

import numpy as np

from device_models.errors import ConfigError, quoted
from device_models.files.table_text import is_comment, is_number
from device_models.fit.measurements.found import Found, Line, is_value, split
from device_models.fit.measurements.headings import OF_NUMBERS, read_heading
from device_models.fit.measurements.parts.model import shown
from device_models.fit.measurements.styles import DecimalCommas
from device_models.fit.measurements.units import behind_number

MOST_ROWS = 1_000_000
MOST_VALUES = 10_000_000
PIECE_VALUES, PIECE_CHARACTERS = 200_000, 2**22
FORTRAN = re.compile(r"[+-]?[\d.]+[dD][+-]?\d+", re.ASCII)
SPACED = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f'\u2019](?=\d{3}(?!\d))")  # thousands, as French and Swiss write them
SUMMARY = re.compile(
    r"(?:mean|average|avg|median|std|stdev|std\.? ?dev|sd|rms|min|max|minimum|maximum|sum|total|count|mittelwert|"
    r"moyenne|media)\.?\s*:?",
    re.IGNORECASE,
)
ROWS_OF_A_BLOCK = 3
FIRST_OF_NUMBERS = tuple("0123456789+-.")  # of most of them: others are looked at
LONGEST_WORD, LONGEST_TEXT = 60, 80


class Body:
    """values: (rows, columns) numbers, NaN where there is none; words: what stands there instead, by row and column,
    but for blanks. texts: fields of the other columns. table: how many times the heading came again before each row."""

    def __init__(self, found: Found, numbers: Sequence[int], texts: Sequence[int]):
        self.found, self.numbers = found, list(numbers)
        self._place = {k: place for place, k in enumerate(self.numbers)}
        self.lines, self.table = array("q"), array("q")
        self.words: dict[tuple[int, int], str] = {}
        self.texts: dict[int, list[str]] = {k: [] for k in texts}
        self.commas = DecimalCommas(found.path, ConfigError, among_commas=found.delimiter == ",")
        self.said: list[str] = []
        self.incomplete = 0
        self._tables = self._gaps = 0
        self._blocks, self._summaries = array("q"), list[int]()
        self._pieces: list[np.ndarray] = []
        self._read()
        self.values = np.concatenate(self._pieces) if self._pieces else np.zeros((0, len(self.numbers)))

    def columns(self, at: Sequence[int]) -> np.ndarray:
        """Numbers of some columns of the file, (rows, columns); a copy."""
        return self.values[:, [self._place[k] for k in at]]

    def words_in(self, at: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """What stands in some columns in place of a number: row, which of the columns, text."""
        places = {self._place[k]: n for n, k in enumerate(at)}
        return ((row, places[k], text) for (row, k), text in self.words.items() if k in places)

    @property
    def decimals(self) -> str:
        """Which decimal marks the file has."""
        return "commas" if "," in self.commas.first else "points"

    def _read(self) -> None:
        found, rows = self.found, list[list[str]]()
        at_once = max(1, PIECE_VALUES // max(1, found.width))
        characters = 0
        odd: list[tuple[int, list[str]]] = []
        for n, line in self._lines():
            cells = split(line, found.delimiter, f"{found.path}:{n}")
            if len(cells) > found.width and not any(map(str.strip, cells[found.width :])):
                del cells[found.width :]
            if found.uneven and len(cells) < found.width:
                cells += [""] * (found.width - len(cells))
            if SUMMARY.fullmatch(next(filter(None, map(str.strip, cells)), "")):
                self._summaries.append(n)
                continue
            if len(cells) != found.width or self._no_row(cells):
                odd = [*odd[:3], (n, cells)]
            elif self.table and self._tables > self.table[-1]:
                odd = []  # they stood above a heading that came again
            if odd and ((len(cells) == found.width and not self._no_row(cells)) or not self.lines):
                raise self._of_another_width(*odd[0])
            if odd:
                continue
            self._check_size(n)
            self.lines.append(n)
            self.table.append(self._tables)
            self._blocks.append(self._gaps)
            rows.append(cells)
            characters += len(line)
            if len(rows) >= at_once or characters > PIECE_CHARACTERS:
                self._take(rows)
                rows, characters = [], 0
        self._take(rows)
        self._pass_over(odd)
        self._tell_tables()

    def _no_row(self, cells: list[str]) -> bool:
        """Whether a word is where the first number is, as in settings above a heading that comes again."""
        if not self.numbers or cells[self.numbers[0]].strip()[:1] in FIRST_OF_NUMBERS:
            return False
        return not is_value(cells[self.numbers[0]])

    def _lines(self) -> Iterator[Line]:
        """Lines but comments and headings that come again, which are counted, and so are blank lines in between."""
        heading, last = "".join(self.found.heading.split()), 0
        for n, line in self.found.body:
            self._gaps += bool(self.lines) and n > last + 1
            last = n
            if is_comment(line):
                continue
            if heading and "".join(line.split()) == heading:
                self._tables += 1
                continue
            yield n, line

    def _tell_tables(self) -> None:
        """What stood between rows, told; blank lines are as good as a heading where they leave blocks of rows."""
        if self._summaries:
            count = len(self._summaries)
            lines = f"line {self._summaries[0]}" if count == 1 else f"{count} lines from line {self._summaries[0]} on"
            self.said.append(f"{lines} passed over: a mean or the like, no row")
        if self._tables:
            self.said.append(f"{self._tables + 1} tables below each other")
        elif ROWS_OF_A_BLOCK * (self._gaps + 1) <= len(self.lines):
            self.table = self._blocks

    def _check_size(self, n: int) -> None:
        if len(self.lines) >= min(MOST_ROWS, MOST_VALUES // max(1, len(self.numbers))):
            few = f"{MOST_ROWS} rows" if len(self.lines) >= MOST_ROWS else f"{MOST_VALUES} numbers"
            fix = "give fewer reads, or the cells in several files"
            raise ConfigError(f"{self.found.path}:{n}: more than {few}; {fix}")

    def _pass_over(self, odd: list[tuple[int, list[str]]]) -> None:
        """Lines of another width at the end: words below the table, or one row that was cut off. Raises ConfigError for
        others."""
        if not odd:
            return
        n, cells = odd[0]
        if not any(is_number(cell.strip()) for _, cells in odd for cell in cells):
            self.said.append(f"below the table, from line {n} on, passed over")
        elif len(odd) == 1 and len(cells) < self.found.width:
            self.incomplete = 1
        else:
            raise self._of_another_width(n, cells)

    def _of_another_width(self, n: int, cells: list[str]) -> ConfigError:
        if len(cells) == self.found.width:
            another = any(read_heading(cells[k].strip()).role in OF_NUMBERS for k in self.numbers)
            fix = "; if another table begins there, put it into a file of its own" if another else ""
            first = self.numbers[0]
            problem = f"column {shown(self.found, first)}: {quoted(cells[first].strip())} is not a number{fix}"
            return ConfigError(f"{self.found.path}:{n}: {problem}")
        fix = "; write decimals with a point" if len(cells) > self.found.width else ""
        return ConfigError(f"{self.found.path}:{n}: {len(cells)} values in a table of {self.found.width} columns{fix}")

    def _take(self, rows: list[list[str]]) -> None:
        for k, texts in self.texts.items():
            texts += [row[k].strip() for row in rows]
            long = next((n for n, text in enumerate(texts[-len(rows) :]) if len(text) > LONGEST_TEXT), None)
            if rows and long is not None:
                problem = f"{quoted(texts[long - len(rows)])}: expected a name of at most {LONGEST_TEXT} letters"
                raise ConfigError(f"{self.found.path}:{self.lines[long - len(rows)]}: {problem}")
        if not rows or not self.numbers:
            return
        for k in self.found.suffixes.keys() & self._place.keys():
            suffix = self.found.suffixes[k]
            for place, row in enumerate(rows, len(self.lines) - len(rows)):
                text = row[k].strip()
                here = "no unit" if is_number(text) and float(text) != 0 else ""
                if behind := behind_number(text):
                    here = f"the unit {behind[0]}" if behind[0] != suffix else ""
                if here:
                    problem = f"{quoted(text)} has {here}, others have {suffix}; write one for all rows"
                    raise ConfigError(f"{self.found.path}:{self.lines[place]}: {problem}")
                row[k] = text.removesuffix(suffix).rstrip()
        if len(self.numbers) == 1:
            flat = [row[self.numbers[0]] for row in rows]
        else:
            flat = list(chain.from_iterable(map(itemgetter(*self.numbers), rows)))
        first = len(self.lines) - len(rows)
        values = self._quickly(flat, first)
        if values is None:
            values = np.fromiter((self._slowly(i, text, first) for i, text in enumerate(flat)), float, len(flat))
        for i in np.flatnonzero(~np.isfinite(values)):
            if text := flat[i].strip():
                self.words[divmod(first * len(self.numbers) + int(i), len(self.numbers))] = text[:LONGEST_WORD]
        values[~np.isfinite(values)] = np.nan
        self._pieces.append(values.reshape(len(rows), len(self.numbers)))

    def _quickly(self, flat: list[str], first: int) -> np.ndarray | None:
        """All numbers of a piece, None where one is not plain. `float` also takes `1_0` and digits of other scripts."""
        together = "".join(flat)
        if not together.isascii() or "_" in together or (self.commas.thousands == "." and "." in together):
            return None
        try:
            values = np.fromiter(map(float, flat), float, len(flat))
        except ValueError:
            return None
        if "." in together and "." not in self.commas.first:
            i = next(i for i, text in enumerate(flat) if "." in text)
            self.commas.point(self.lines[first + i // len(self.numbers)], flat[i].strip())
        return values

    def _slowly(self, i: int, text: str, first: int) -> float:
        text = SPACED.sub("", text.strip().replace("\u2212", "-"))
        if "," in text or "." in text:
            text = self.commas.point(self.lines[first + i // len(self.numbers)], text)
        if not is_number(text) and FORTRAN.fullmatch(text):
            text = text.upper().replace("D", "E")
        return float(text) if is_number(text) else math.nan
