"""Where in a file its table is: what parts columns, which line is the heading, what stands above.

Instruments write settings above a table, numpy a heading behind #, others a line of units below it. Every line and
every delimiter is tried: the heading is the line with numbers below that has the most known columns and units.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, dropwhile, islice, takewhile
from pathlib import Path

from device_models.errors import ConfigError
from device_models.files.table_text import TableText, check_printable, fields, is_comment
from device_models.fit.measurements.clock import is_moment
from device_models.fit.measurements.headings import NAMES, NO_UNIT, OF_NUMBERS, Heading, read_heading, told_apart
from device_models.fit.measurements.missing import lost
from device_models.fit.measurements.styles import separator_line
from device_models.fit.measurements.units import Unit, behind_number, is_other, is_scale_free, read_unit

DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "strokes", " ": "spaces"}
WIDEST_LINE = 2**23
MOST_COLUMNS = 200_000
LOOKED_AT, LOOKED_AT_CHARACTERS = 400, 2**23  # lines in which the heading is
COLUMNS_LOOKED_AT = 60
ROWS_LOOKED_AT = 20
FEWEST_ROWS = 3  # that make a table, where there are as many lines
MOST_UNEVEN = 20_000_000  # values of lines, filled up to the longest
SETTINGS = 5  # lines alike, of which a table has more than settings have
LONGEST_HEADING_LINE = 2000  # whose fields may be parted by another mark than those of rows
SAMPLE_CHARACTERS = 2**20
END_OF_SETTINGS = "***End_of_Header***"  # of LabVIEW, above which no table is
UNITS_ROW = ("units", "unit", "units:")
FITS = 1000  # what numbers below a heading count, before everything else
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+|\d{1,3}([.,]\d{3})+[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
PIECES = re.compile(r'"[^"]*"|[^\s\[({]*[\[({][^\])}]*[\])}]|[^\s\[({]+')

Line = tuple[int, str]
Form = tuple[str, int, str]


@dataclass
class Found:
    """A table in a file. headings: of all its columns, none where numbers begin at once; line: of the heading.

    above: how many lines stand above it. said: what was found between heading and numbers. first: the fields of the
    first row, empty where there is none. sample: first fields of the rows looked at, as wide as the first.
    suffixes: units that stand behind the numbers of a column. heading: the line as it stands. uneven: how many values
    lines have that differ in it, as the reads of cells in a row each may; width is that of the longest.
    """

    path: Path
    text: TableText
    delimiter: str
    headings: list[Heading]
    width: int
    line: int
    above: int
    said: list[str]
    first: list[str]
    sample: list[list[str]] = field(repr=False)
    suffixes: dict[int, str]
    heading: str
    uneven: str
    body: Iterator[Line] = field(repr=False)

    @property
    def place(self) -> str:
        """File and line of the heading, or of the first numbers."""
        return f"{self.path}:{self.line}"


def split(line: str, delimiter: str, place: str) -> list[str]:
    """The fields of one line, with spaces around them where that is no matter (of numbers)."""
    check_printable(line, place, ConfigError)
    if '"' in line:
        return fields(line, delimiter, place, ConfigError)
    return line.split() if delimiter == " " else line.split(delimiter)


def find_table(path: Path, names: Sequence[str] = (), numbered: bool = False, times_in_heading: bool = False) -> Found:
    """The table of a file. names: headings that it must have; numbered: a user gave the numbers of columns, so that
    headings are of less matter; times_in_heading: and said that its first line of numbers is one. Raises ConfigError
    where there is none."""
    text = TableText(path, ConfigError, WIDEST_LINE)
    lines = iter(text)
    head = _head(lines)
    if not head:
        raise ConfigError(f"{path}: empty file; expected a heading such as `time [s],conductance [uS]` and rows")
    if head[0][1].lstrip().startswith(("{", "[{", "<")):
        raise ConfigError(f"{path}:{head[0][0]}: JSON, XML or HTML and no table; export the table as CSV")
    best = max(
        (found for mark in DELIMITERS for found in _headed(head, mark, names, str(path))),
        key=lambda found: found[0],
        default=None,
    )
    if best is None or (numbered and (best[0] < FITS + 2 or times_in_heading)):
        delimiter, above, first, texts = _unheaded(head, path)
        if times_in_heading and not texts:
            texts, first = _heading_fields(head[first][1], delimiter, f"{path}:{head[first][0]}"), first + 1
    else:
        delimiter, at, mark = best[1]
        texts, above, first = _heading_fields(head[at][1], mark, f"{path}:{head[at][0]}"), at, at + 1
    if len(texts) > MOST_COLUMNS:
        raise ConfigError(f"{path}:{head[above][0]}: more than {MOST_COLUMNS} columns")
    texts, first, said = _with_units(head, first, texts, delimiter, str(path))
    row = next((line for _, line in head[first:] if not is_comment(line)), "")
    begun = [cell.strip() for cell in _roughly(row, delimiter)] if row else []
    widths = [] if texts else _uneven_widths(text, head, first, delimiter)
    begun += [""] * (max(widths, default=0) - len(begun))
    sample = _sample(head[first:], delimiter, len(begun), bool(widths))
    if texts and len(begun) == len(texts) + 1 and row.lstrip().startswith('"'):  # names of rows, as R writes them
        texts = ["", *texts]
    lengths = f"{min(widths)} to {max(widths)}" if widths else ""
    n, line = head[above]
    line = line if texts else ""
    behind = {k: found for k, cell in enumerate(begun) if (found := behind_number(cell))}
    if behind and not texts:
        _check_no_heading(head[first : first + 2], delimiter, behind, path)
    if behind and len(begun) == len(texts or begun):
        units = [behind[k][1] if k in behind else None for k in range(len(begun))]
        texts = [_with_unit(text, unit) for text, unit in zip(texts or [""] * len(begun), units, strict=True)]
        said.append(f"units behind the numbers: {', '.join(dict.fromkeys(suffix for suffix, _ in behind.values()))}")
    suffixes = {k: suffix for k, (suffix, _) in behind.items()}
    width, body = len(texts) or len(begun), chain(head[first:], lines)
    headings = told_apart([read_heading(text) for text in texts])
    return Found(path, text, delimiter, headings, width, n, above, said, begun, sample, suffixes, line, lengths, body)


def _check_no_heading(rows: list[Line], delimiter: str, behind: Collection[int], path: Path) -> None:
    """Raises ConfigError for quantities above numbers that have no unit: `cell,5 uS,10 uS` over `c1,5.1,10.2`."""
    below = [cell.strip() for cell in _roughly(rows[-1][1], delimiter)]
    if len(rows) == 2 and all(k < len(below) and NUMBER.fullmatch(below[k]) for k in behind):
        fix = "targets in a heading? write a row for each number, with columns `target` and `programmed`"
        raise ConfigError(f"{path}:{rows[0][0]}: units behind the numbers of the first line alone; {fix}")


def _with_unit(text: str, unit: Unit | None) -> str:
    """A heading with the unit that stands behind its numbers, where it has none itself."""
    if unit is None or (text and read_heading(text).problem != NO_UNIT):
        return text
    return f"{text} [{unit.text}]"


def is_value(text: str) -> bool:
    """Whether a field may be one of a column of numbers."""
    text = text.strip()
    return _is_figure(text) or bool(lost(text))


def _is_figure(text: str) -> bool:
    text = text.strip()
    return NUMBER.fullmatch(text) is not None or is_moment(text) or behind_number(text) is not None


def _head(lines: Iterator[Line]) -> list[Line]:
    head: list[Line] = []
    characters = 0
    for n, line in lines:
        if line.startswith(END_OF_SETTINGS):
            head.clear()
        elif head or not separator_line(line):
            head.append((n, line))
            characters += len(line)
        if len(head) >= LOOKED_AT or characters > LOOKED_AT_CHARACTERS:
            break
    return head


def _plain(line: str) -> str:
    """A comment without its mark."""
    return line.lstrip().lstrip("#%/ ") if is_comment(line) else line


def _heading_fields(line: str, delimiter: str, place: str) -> list[str]:
    """The fields of a heading, where spaces part them one for `time (s)`; without blank last ones."""
    line = _plain(line)
    if delimiter != " ":
        try:
            texts = [text.strip() for text in split(line, delimiter, place)]
        except ConfigError:
            if not is_comment(line):
                raise
            return []
    else:
        texts = []
        for piece in PIECES.findall(line):
            if piece[0] in "[({" and texts and texts[-1][-1:] not in "])}":
                texts[-1] += f" {piece}"
            else:
                texts.append(piece.strip('"'))
    while texts and not texts[-1]:
        texts.pop()
    if texts[:1] == ["X_Value"] and texts[-1] == "Comment":  # LabVIEW: a column that hardly any row has
        texts.pop()
    return texts


def _uneven_widths(text: TableText, head: list[Line], first: int, delimiter: str) -> list[int]:
    """How many values each line has, where they differ; nothing where most have as many as the first. Raises
    ConfigError for more than memory holds once they are filled up."""
    widths = _widths(head[first:], delimiter)
    if 2 * widths.count(widths[0] if widths else 0) >= len(widths):
        return []
    widths = _widths(text, delimiter, head[first][0])
    if len(widths) * max(widths) > MOST_UNEVEN:
        problem = f"{len(widths)} lines of {min(widths)} to {max(widths)} values"
        raise ConfigError(f"{text.path}:{head[first][0]}: {problem}; a table has rows of one width")
    return widths


def _widths(lines: Iterable[Line], delimiter: str, first: int = 0) -> list[int]:
    """How many values each line has, from line `first` on."""
    return [len(_roughly(line, delimiter)) for n, line in lines if n >= first and not is_comment(line)]


def _sample(lines: list[Line], delimiter: str, width: int, uneven: bool) -> list[list[str]]:
    """The first fields of rows of one width, or of at most that."""
    rows, characters = list[list[str]](), 0
    for _, line in lines:
        characters += len(line)
        if characters > SAMPLE_CHARACTERS and rows:
            break
        cells = [] if is_comment(line) else _roughly(line, delimiter)
        if len(cells) == width or (uneven and 0 < len(cells) < width):
            rows.append([cell.strip()[:COLUMNS_LOOKED_AT] for cell in cells[:COLUMNS_LOOKED_AT]])
    return rows


def _headed(head: list[Line], delimiter: str, names: Sequence[str], path: str) -> Iterator[tuple[float, Form]]:
    """Lines that may be the heading: how well, what parts the columns below, which line, what parts its own fields."""
    for at, (n, line) in enumerate(head):
        for mark in _marks(line, delimiter):
            texts = _heading_fields(line, mark, f"{path}:{n}")
            if not texts or _are_values(texts[:COLUMNS_LOOKED_AT]) or _are_settings(texts, mark):
                continue
            read = [read_heading(text) for text in texts[:COLUMNS_LOOKED_AT]]
            numbers = [k for k, heading in enumerate(read) if heading.role in OF_NUMBERS]
            units = sum(not read[k].problem and not read[k].bare for k in numbers)
            known = len(numbers) + sum(heading.role in NAMES for heading in read)
            given = sum(name in texts for name in names)
            below = _below(head, at, delimiter, len(texts))
            fits = below is not None and any(_is_figure(below[k]) for k in numbers)
            if mark != delimiter and not (fits and 1 < units == known == len(texts)):
                continue
            if given or (known and (fits or (numbers and units == len(numbers) and not is_comment(line)))):
                figures = any(NUMBER.fullmatch(text) for text in texts[:COLUMNS_LOOKED_AT])
                rows = _rows_below(head, at, delimiter, len(texts)) if fits else 0
                score = 3 * units + known + FITS * fits + 4 * given - 2 * figures + 0.1 * rows - 0.001 * at
                yield score, (delimiter, at, mark)


def _marks(line: str, delimiter: str) -> Iterator[str]:
    """What may part the fields of a heading: what parts the rows, or, as numpy writes `# time (s), G (S)` above rows
    that are parted by spaces, another mark."""
    if delimiter in line or (delimiter == "\t" and not any(mark in line for mark in ",;|")):
        yield delimiter
    if len(line) <= LONGEST_HEADING_LINE:
        yield from (mark for mark in DELIMITERS if mark != delimiter and mark in _plain(line))


def _are_settings(texts: list[str], mark: str) -> bool:
    """Whether fields are of a line such as `read_voltage: 0.1`, or parted by something else than spaces."""
    return any(text.endswith(":") or (mark == " " and text.strip(",;") != text) for text in texts)


def _are_values(texts: list[str]) -> bool:
    """Whether fields are those of a row: numbers, or one with a unit behind it. Times may be a heading, `1 s,10 s`."""
    behind = [found[1].kind for text in texts if (found := behind_number(text))]
    times = all(read_heading(text).at_s is not None for text in texts)
    return (all(map(is_value, texts)) and not times) or any(kind != "time" for kind in behind)


def _below(head: list[Line], at: int, delimiter: str, width: int) -> list[str] | None:
    """The fields of the first row of numbers below a heading of `width` columns, within three lines."""
    below = [line for _, line in head[at + 1 : at + 6] if not is_comment(line)]
    for line in below[:3]:
        cells = _roughly(line, delimiter)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) == width + 1 and line.lstrip().startswith('"'):
            del cells[0]
        if len(cells) == width and any(map(_is_figure, cells)):
            return cells
    return None


def _rows_below(head: list[Line], at: int, delimiter: str, width: int) -> int:
    """How many rows with numbers stand below a heading one after the other, of the first few."""
    rows = (_roughly(line, delimiter) for _, line in head[at + 1 :] if not is_comment(line))
    filled = (len(row) == width and any(map(_is_figure, row)) for row in islice(rows, 3 + SETTINGS))
    return sum(takewhile(bool, islice(dropwhile(lambda fits: not fits, filled), SETTINGS)))


def _with_units(
    head: list[Line], first: int, texts: list[str], delimiter: str, path: str
) -> tuple[list[str], int, list[str]]:
    """Headings with the units of a line below them, where the numbers begin, and what was passed over."""
    said: list[str] = []
    while texts and first + 1 < len(head):
        n, line = head[first]
        below = _heading_fields(line, delimiter, f"{path}:{n}")
        below += [""] * (len(texts) - len(below))
        if len(below) != len(texts) or any(map(_is_figure, below)):
            break
        bare = [text.strip("[](){}<> ") for text in below]
        if bare[0].lower() in UNITS_ROW:  # Origin names its rows in the first column
            bare[0] = ""
        if any(map(read_unit, bare)) and all(not unit or _any_unit(unit) for unit in bare):
            texts = [f"{name} [{unit}]" if unit else name for name, unit in zip(texts, bare, strict=True)]
            said.append(f"units in line {n}")
        elif not is_comment(line):
            if not _below(head, first, delimiter, len(texts)):
                break
            said.append(f"line {n} passed over")
        first += 1
    return texts, first, said


def _any_unit(text: str) -> bool:
    return read_unit(text) is not None or is_scale_free(text) or is_other(text)


def _roughly(line: str, delimiter: str) -> list[str]:
    """The fields of a line, whatever is in it."""
    if '"' in line:
        try:
            return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
        except (csv.Error, StopIteration):
            return []
    return line.split() if delimiter == " " else line.split(delimiter)


def _unheaded(head: list[Line], path: Path) -> tuple[str, int, int, list[str]]:
    """Delimiter, line of the heading or the first numbers, line of the first numbers, texts of a heading of unknown
    words."""
    rows = [at for at, (_, line) in enumerate(head) if not is_comment(line)]
    best: tuple[float, int, str, int] | None = None
    for delimiter in DELIMITERS:
        cells = {at: _roughly(head[at][1], delimiter) for at in rows}
        for k, at in enumerate(rows):
            share = _numeric([cells[other] for other in rows[k : k + ROWS_LOOKED_AT]])
            if share >= 0.5 and (len(rows) - k >= FEWEST_ROWS or len(rows) < FEWEST_ROWS):
                if best is None or (share, len(cells[at])) > best[:2]:
                    best = (share, len(cells[at]), delimiter, at)
                break
    if best is None and (uneven := _uneven(head, rows)):
        return *uneven, []
    if best is None:
        where = f"{path}:{head[0][0]}"
        raise ConfigError(
            f"{where}: no table of numbers; expected a heading such as `time [s],conductance [uS]` and rows"
        )
    _, width, delimiter, first = best
    for at in range(first - 1, max(first - 3, -1), -1):
        texts = _heading_fields(head[at][1], delimiter, f"{path}:{head[at][0]}")
        if len(texts) == width and any(texts) and not any(is_value(text) for text in texts if text):
            return delimiter, at, first, texts
    return delimiter, first, first, []


def _uneven(head: list[Line], rows: list[int]) -> tuple[str, int, int] | None:
    """Delimiter, and twice the line of the first numbers, of lines that differ in their number of values."""
    for delimiter in DELIMITERS:
        cells = [_roughly(head[at][1], delimiter) for at in rows]
        filled = [at for at, row in zip(rows, cells, strict=True) if len(row) > 2 and _numeric([row]) >= 0.5]
        if 2 * len(filled) > len(rows) and len(filled) >= FEWEST_ROWS:
            return delimiter, filled[0], filled[0]
    return None


def _numeric(rows: list[list[str]]) -> float:
    """Which share of the fields are values, in rows of which most are as wide as the first; 0 where that has none."""
    alike = [row[:COLUMNS_LOOKED_AT] for row in rows if len(row) == len(rows[0])]
    if 2 * len(alike) <= len(rows) or not any(map(_is_figure, alike[0])):
        return 0.0
    looked = [cell.strip() for row in alike for cell in row]
    return sum(map(_is_figure, looked)) / len(looked)
