"""How a table of text is made to fit a width: columns go, the least important first; then headings and names are broken
onto several lines. A number is never cut, nor parted from its unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from rich.cells import cell_len, chop_cells

UNIT = r"(?:%|[afnpum]?[sASV]\b|h\b|min\b|days?\b|years?\b|ohm\b)"
BREAKS = (  # where text is broken, rather at the first of these
    re.compile(rf"(?<= )(?=[^%])(?!(?<=\d ){UNIT})|(?<=[/,;])(?=[^\W\d])"),
    re.compile(r"(?<=[.=:(])(?=[^\W\d_])|(?<==)(?=\d)"),
    re.compile(r"(?<=[_-])(?=[^\W\d_])"),
)
NUMBER = re.compile(rf"[\[(]?[-+±]?[\d.,]+(e[-+]?\d+)?[\]),;:]*( ?(?:{UNIT}[\]),;:]*|\D))?", re.IGNORECASE)
ROOMY, TIGHT = 3, 2  # characters between columns
LOOKED_AT = 200  # of the rows of a long table, to tell which column had better be narrower
SHORTEST = 8  # a word is cut only where it is longer than this, and than a third of the width


@dataclass(frozen=True)
class TextColumn:
    """A heading and the cells below it; line ends break them. right: where they are aligned."""

    heading: str
    cells: tuple[str, ...]
    right: bool = True

    @cached_property
    def width(self) -> int:
        return _longest([self.heading, *self.cells])

    @cached_property
    def width_of_cells(self) -> int:
        """With the heading on several lines."""
        return max(_longest(self.cells), _longest(pieces(self.heading, 0, cut=False)))

    def narrowest(self, limit: int) -> int:
        """With every text on as many lines as it has words, those longer than `limit` cut."""
        words = [word for text in (self.heading, *self.cells) for word in pieces(text, 0, cut=False)]
        return _longest([piece for word in words for piece in pieces(word, limit)])

    def broken(self, width: int) -> TextColumn:
        return replace(
            self,
            heading="\n".join(broken(self.heading, width)),
            cells=tuple("\n".join(broken(text, width)) for text in self.cells),
        )


@dataclass(frozen=True)
class Fitted:
    """columns: those that are left, as they are printed. left_out: the headings of the others. gap: characters between
    columns. ellipsis: what `...` stands for in names, if they have it."""

    columns: list[TextColumn]
    left_out: list[str]
    gap: int
    ellipsis: str = ""

    @property
    def width(self) -> int:
        return _total([column.width for column in self.columns], self.gap)


def fit(columns: Sequence[TextColumn], drop: Sequence[str], width: int) -> Fitted:
    """The columns that fit `width` characters, in as few lines as may be. drop: headings of the columns to leave out,
    the first of them first; the first column always stays. Where that is not enough, `device/` before all names that
    have a slash becomes `.../`, texts are broken, those of the first column last unless it is a wide one, and columns
    go from the right until two are left."""
    whole = _fit_whole(columns, drop, width)
    short, ellipsis = _with_ellipsis(columns)
    if whole is not None and not (ellipsis and any("\n" in cell for cell in whole.columns[0].cells)):
        return whole
    fitted = (_fit_whole(short, drop, width) if ellipsis else None) or _fit_broken(short, drop, width)
    return replace(fitted, ellipsis=ellipsis)


def _fit_whole(columns: Sequence[TextColumn], drop: Sequence[str], width: int) -> Fitted | None:
    """With as few columns left out as make the others fit; None where no number of them does."""
    for count in range(len(drop) + 1):
        kept, left_out = _without(columns, drop[:count])
        if _total([column.width for column in kept], ROOMY) <= width:
            return Fitted(kept, left_out, ROOMY)
        widths = _with_names_broken(kept, width)
        if _total(widths, TIGHT) <= width:
            return Fitted(_broken(kept, widths), left_out, TIGHT)
    return None


def _fit_broken(columns: Sequence[TextColumn], drop: Sequence[str], width: int) -> Fitted:
    kept, left_out = _without(columns, drop)
    while True:
        widths = _shrunk(kept, width, with_names=False)
        if _total(widths, TIGHT) > width:
            widths = _shrunk(kept, width)
        if _total(widths, TIGHT) <= width or len(kept) <= 2:
            return Fitted(_broken(kept, widths), left_out, TIGHT)
        left_out.append(kept.pop().heading)


def _without(columns: Sequence[TextColumn], headings: Sequence[str]) -> tuple[list[TextColumn], list[str]]:
    kept = [column for index, column in enumerate(columns) if not index or column.heading not in headings]
    gone = {column.heading for column in columns} - {column.heading for column in kept}
    return kept, [heading for heading in headings if heading in gone]


def _with_ellipsis(columns: Sequence[TextColumn]) -> tuple[list[TextColumn], str]:
    """The columns with `...` for what all names of the first that have a slash have before it, there and in other
    columns of names that all have it, and what that is."""
    before = _before_slash(columns[0])
    if len(before) != 1 or cell_len(ellipsis := next(iter(before))) <= len("..."):
        return list(columns), ""
    return [
        replace(column, cells=tuple(text.replace(f"{ellipsis}/", ".../", 1) for text in column.cells))
        if _before_slash(column) == before
        else column
        for column in columns
    ], ellipsis


def _before_slash(column: TextColumn) -> set[str]:
    return {text.split("/", 1)[0] for text in column.cells if "/" in text}


def broken(text: str, width: int) -> list[str]:
    """Text in lines of at most `width` characters, broken between words, after commas and slashes, or within names."""
    lines = [""]
    for piece in pieces(text, width):
        if cell_len(lines[-1]) + cell_len(piece.rstrip()) > width and lines[-1]:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def pieces(text: str, limit: int, breaks: Sequence[re.Pattern[str]] = BREAKS, cut: bool = True) -> list[str]:
    """What text is broken into so that no piece is longer than `limit`, but numbers and, unless `cut`, words."""
    if cell_len(text.rstrip()) <= limit or NUMBER.fullmatch(text.strip()):
        return [text]
    if not breaks:
        return chop_cells(text, max(limit, 1)) if cut else [text]
    return [piece for part in breaks[0].split(text) for piece in pieces(part, limit, breaks[1:], cut)]


def _with_names_broken(columns: Sequence[TextColumn], width: int) -> list[int]:
    """Widths with headings on no more lines than they must, and names that take more than their share on several."""
    share = _share(columns, width)
    widths = [
        column.width_of_cells if column.right else min(column.width_of_cells, max(share, column.narrowest(share)))
        for column in columns
    ]
    lines = max((len(broken(column.heading, wide)) for column, wide in zip(columns, widths, strict=True)), default=0)
    for fewer in range(1, lines):  # as few lines for headings as there is room for
        wider = [max(wide, _width_for(column.heading, fewer)) for column, wide in zip(columns, widths, strict=True)]
        if _total(wider, TIGHT) <= width:
            return wider
    return widths


def _share(columns: Sequence[TextColumn], width: int) -> int:
    """Of a column of names: of two thirds of the width, with a second one half."""
    return 2 * width // (3 * max(1, sum(not column.right for column in columns)))


def _width_for(text: str, lines: int) -> int:
    """The least width at which text has no more than so many lines."""
    return next(width for width in range(1, cell_len(text) + 2) if len(broken(text, width)) <= lines)


def _shrunk(columns: Sequence[TextColumn], width: int, with_names: bool = True) -> list[int]:
    """Widths of columns of which always that one gives way that leaves the fewest lines, the widest of several, until
    they fit or none can. with_names: the first column too, which otherwise gives way above its share alone."""
    limit = max(SHORTEST, width // 3)
    narrowest = [column.narrowest(limit) for column in columns]
    if not with_names and columns[0].width_of_cells <= _share(columns, width):
        narrowest[0] = columns[0].width_of_cells
    widths = [max(column.width_of_cells, least) for column, least in zip(columns, narrowest, strict=True)]

    @cache
    def lines(index: int, wide: int) -> list[int]:
        column = columns[index]
        return [
            len(broken(text, wide)) for text in (column.heading, *column.cells[:: 1 + len(column.cells) // LOOKED_AT])
        ]

    def lines_without(index: int) -> tuple[int, int]:
        of_columns = [lines(at, wide - (at == index)) for at, wide in enumerate(widths)]
        return sum(map(max, zip(*of_columns, strict=True))), -widths[index]

    while _total(widths, TIGHT) > width:
        wide = [index for index, least in enumerate(narrowest) if widths[index] > least]
        if not wide:
            break
        widths[min(wide, key=lines_without)] -= 1
    return widths


def _broken(columns: Sequence[TextColumn], widths: Sequence[int]) -> list[TextColumn]:
    return [column.broken(width) for column, width in zip(columns, widths, strict=True)]


def _longest(texts: Sequence[str]) -> int:
    return max((cell_len(line.rstrip()) for text in texts for line in text.split("\n")), default=0)


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)
