"""How a table of text is made to fit a width: columns go, the least important first; then headings and names are broken
onto several lines. A number is never cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, chop_cells

STRONG = re.compile(r"(?<= )(?=[^%])|(?<=[/,;])(?=[^\W\d])")  # where text is broken rather than elsewhere
WEAK = re.compile(r"(?<=[._=:(-])(?=[^\W\d_])")
NUMBER = re.compile(r"[\[(]?[-+±]?[\d.,]+(e[-+]?\d+)?[\]),;:]*( ?\D)?", re.IGNORECASE)
ROOMY, TIGHT = 3, 2  # characters between columns
SHORTEST = 8  # a word is cut only where it is longer than this, and than a third of the width


@dataclass(frozen=True)
class TextColumn:
    """A heading and the cells below it; line ends break them. right: where they are aligned."""

    heading: str
    cells: tuple[str, ...]
    right: bool = True

    @property
    def width(self) -> int:
        return _longest([self.heading, *self.cells])

    @property
    def width_of_cells(self) -> int:
        """With the heading on several lines."""
        return max(_longest(self.cells), _longest(pieces(self.heading, cell_len(self.heading))))

    def narrowest(self, limit: int) -> int:
        """With every text on several lines, words longer than `limit` cut."""
        return max((_longest(pieces(text, limit)) for text in (self.heading, *self.cells)), default=0)

    def broken(self, width: int) -> TextColumn:
        return replace(
            self,
            heading="\n".join(broken(self.heading, width)),
            cells=tuple("\n".join(broken(text, width)) for text in self.cells),
        )


@dataclass(frozen=True)
class Fitted:
    """columns: those that are left, as they are printed. left_out: the headings of the others. gap: characters between
    columns."""

    columns: list[TextColumn]
    left_out: list[str]
    gap: int

    @property
    def width(self) -> int:
        return _total([column.width for column in self.columns], self.gap)


def fit(columns: Sequence[TextColumn], drop: Sequence[str], width: int) -> Fitted:
    """The columns that fit `width` characters, in as few lines as may be. drop: headings of the columns to leave out,
    the first of them first; the first column always stays."""
    kept, left_out = list(columns), []
    for heading in (None, *drop):
        going = [column for column in kept[1:] if column.heading == heading]
        kept = [column for column in kept if column not in going]
        left_out += [column.heading for column in going]
        if _total([column.width for column in kept], ROOMY) <= width:
            return Fitted(kept, left_out, ROOMY)
        widths = [column.width_of_cells for column in kept]
        if widths:  # a long name may take half of the width, and goes on in the next line
            widths[0] = min(widths[0], max(width // 2, kept[0].narrowest(width // 2)))
        if _total(widths, TIGHT) <= width:
            return Fitted(_broken(kept, widths), left_out, TIGHT)
    while True:
        widths = _shrunk(kept, width)
        if _total(widths, TIGHT) <= width or len(kept) <= 2:
            return Fitted(_broken(kept, widths), left_out, TIGHT)
        left_out.append(kept.pop().heading)


def broken(text: str, width: int) -> list[str]:
    """Text in lines of at most `width` characters, broken between words, after commas and slashes, or within names."""
    lines = [""]
    for piece in pieces(text, width):
        if cell_len(lines[-1]) + cell_len(piece.rstrip()) > width and lines[-1]:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def pieces(text: str, limit: int) -> list[str]:
    """What text may be broken into; what is longer than `limit` is broken within words, if it is no number."""
    found: list[str] = []
    for word in STRONG.split(text):
        for part in [word] if cell_len(word.rstrip()) <= limit else WEAK.split(word):
            whole = cell_len(part.rstrip()) <= limit or NUMBER.fullmatch(part.strip())
            found += [part] if whole else chop_cells(part, max(limit, 1))
    return found


def _shrunk(columns: Sequence[TextColumn], width: int) -> list[int]:
    """Widths of columns of which always the widest gives way, until they fit or none can."""
    limit = max(SHORTEST, width // 3)
    widths, narrowest = [column.width for column in columns], [column.narrowest(limit) for column in columns]
    while _total(widths, TIGHT) > width:
        wide = [index for index, least in enumerate(narrowest) if widths[index] > least]
        if not wide:
            break
        widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _broken(columns: Sequence[TextColumn], widths: Sequence[int]) -> list[TextColumn]:
    return [column.broken(width) for column, width in zip(columns, widths, strict=True)]


def _longest(texts: Sequence[str]) -> int:
    return max((cell_len(line.rstrip()) for text in texts for line in text.split("\n")), default=0)


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)
