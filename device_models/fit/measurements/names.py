"""Which cell each row is of: its name, or what tells cells apart, such as die, row and column.

Runs, cycles and temperatures part a cell's reads only where its times would not rise otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from device_models.errors import ConfigError, quoted
from device_models.fit.measurements.body import Body
from device_models.fit.measurements.parts.model import Parts

LONGEST_CELL = 80
KEPT = 38  # letters of either end of the name of a file that is longer
TABLE = "table"


@dataclass(frozen=True)
class Cells:
    """number: which of `names` each row is of. said: how they were named."""

    number: np.ndarray
    names: list[str]
    said: tuple[str, ...] = ()


def cells_of_rows(body: Body, parts: Parts, time_s: np.ndarray, read: np.ndarray) -> Cells:
    """Cells of a table with one read in each row. time_s, read: time and whether there is a read, of each row."""
    named = _numbered(_names(body, parts, parts.names), _of_file(body))
    said = [_said(parts, parts.names)] if parts.names else []
    if len(parts.names) == 1 and parts.headings[parts.names[0]].role != "cell" and _count_up(body, parts.names[0]):
        named = Cells(np.zeros(len(read), dtype=int), [_of_file(body)])
        said = [f"{_titles(parts, parts.names)}: counts the rows, and names no cells"]
    runs = [k for k in parts.runs if len(set(body.texts[k])) > 1]
    tables = len(set(body.table)) > 1
    counted = not np.isfinite(time_s).any()  # at an interval: no time tells where a cell begins
    if (tables and counted) or ((runs or tables) and not _rises(named.number, time_s, read)):
        finer = _numbered(_names(body, parts, [*parts.names, *([] if counted else runs)], tables), _of_file(body))
        if _rises(finer.number, time_s, read):
            parted = ", ".join([*(parts.called[k] for k in runs if not counted), *([TABLE] if tables else [])])
            why = "" if counted else ", as their times begin again"
            named, said = finer, [*said, f"cells parted by {parted}{why}"]
    return _checked(body, Cells(named.number, named.names, tuple(said)))


def _count_up(body: Body, k: int) -> bool:
    """Whether a column counts rows, from 0 or 1."""
    texts = body.texts[k]
    return len(texts) > 1 and any(texts == [str(n + first) for n in range(len(texts))] for first in (0, 1))


def cells_in_rows(body: Body, parts: Parts) -> Cells:
    """Cells of a table that has one in each row, named apart by what the row has of names, or else by its line."""
    texts = _names(body, parts, parts.names)
    at = list(parts.names)
    if len(set(texts)) < len(texts):
        at += [k for k in parts.runs if len(set(body.texts[k])) > 1]
        texts = _names(body, parts, at)
    if len(set(texts)) < len(texts):
        texts = [f"{text or _of_file(body)}:{line}" for text, line in zip(texts, body.lines, strict=True)]
    said = (_said(parts, at),) if at else ("cells named by their lines",)
    return _checked(body, Cells(np.arange(len(texts)), texts, said))


def _names(body: Body, parts: Parts, at: Sequence[int], tables: bool = False) -> list[str]:
    """The name of the cell in each row, blank without columns of names. What is the same for a cell's every row is left
    out where the cell has a name of its own."""
    called = [k for k in at if parts.headings[k].role == "cell"]
    if called and len(called) < len(at):
        own = list(zip(*(body.texts[k] for k in called), strict=True))
        more = [k for k in at if k not in called and not _follows(own, body.texts[k])]
        at = [*called, *more]
    columns = [body.texts[k] for k in at]
    titles = ["" if len(at) == 1 else f"{parts.headings[k].text} " for k in at]
    if len(called) == 1 and called[0] in at:
        titles[list(at).index(called[0])] = ""
    pieces = [[title + text for text in column] for title, column in zip(titles, columns, strict=True)]
    if tables:
        pieces.append([f"{TABLE} {number + 1}" for number in body.table])
    if not pieces:
        return [""] * len(body.lines)
    return pieces[0] if len(pieces) == 1 else [" ".join(row) for row in zip(*pieces, strict=True)]


def _of_file(body: Body) -> str:
    """The name of a cell that has none but that of its file, which may be long."""
    stem = "".join(letter if letter.isprintable() else "?" for letter in body.found.path.stem)
    return stem if len(stem) <= LONGEST_CELL else f"{stem[:KEPT]}...{stem[-KEPT:]}"


def _follows(own: list[tuple[str, ...]], texts: list[str]) -> bool:
    """Whether each name goes with one text only."""
    return len(set(zip(own, texts, strict=True))) == len(set(own))


def _numbered(texts: list[str], otherwise: str) -> Cells:
    numbers: dict[str, int] = {}
    number = np.fromiter((numbers.setdefault(text, len(numbers)) for text in texts), int, len(texts))
    return Cells(number, [text or otherwise for text in numbers])


def _checked(body: Body, cells: Cells) -> Cells:
    """The cells; raises ConfigError for a name that is none, with its line."""
    for number, name in enumerate(cells.names):
        if len(name) > LONGEST_CELL or not name.isprintable():
            line = body.lines[int(np.flatnonzero(cells.number == number)[0])]
            expected = f"expected a name of at most {LONGEST_CELL} printable letters"
            raise ConfigError(f"{body.found.path}:{line}: cell {quoted(name)}: {expected}")
    return cells


def _rises(number: np.ndarray, time_s: np.ndarray, read: np.ndarray) -> bool:
    """Whether the times of every cell rise."""
    at = np.flatnonzero(read)
    order = at[np.argsort(number[at], kind="stable")]
    same = np.diff(number[order]) == 0
    return bool(np.all(np.diff(time_s[order])[same] > 0))


def _titles(parts: Parts, at: Sequence[int]) -> str:
    return ", ".join(parts.called[k] for k in at)


def _said(parts: Parts, at: Sequence[int]) -> str:
    return f"cells named by {_titles(parts, at)}"
