"""What a page is made of."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from crossbar_nsm.report.page.table import PageTable


@dataclass(frozen=True)
class PageFigure:
    """image: SVG text, or the bytes of a PNG. name: of the file that a reader saves, without ending. caption: below the
    figure, and its text for those who do not see it unless `alt` says it better. wide: takes the whole width."""

    name: str
    image: str | bytes
    caption: str
    alt: str = ""
    wide: bool = False

    @property
    def file_name(self) -> str:
        return f"{self.name}.{'svg' if isinstance(self.image, str) else 'png'}"

    @property
    def data_uri(self) -> str:
        """The image as the address of an <img>: a document of its own, so ids of several SVGs cannot meet, and no
        script in it runs."""
        kind, content = ("svg+xml", self.image.encode()) if isinstance(self.image, str) else ("png", self.image)
        return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


@dataclass(frozen=True)
class Listing:
    """Text in fixed-width letters that a reader may want to copy."""

    title: str
    text: str


@dataclass(frozen=True)
class Section:
    """Text, then figures, tables and listings under a heading. paragraphs: plain text."""

    title: str
    paragraphs: tuple[str, ...] = ()
    figures: tuple[PageFigure, ...] = ()
    tables: tuple[PageTable, ...] = ()
    listings: tuple[Listing, ...] = ()
    tables_first: bool = False


@dataclass(frozen=True)
class LeftOut:
    """What a page has no section for: a few words, and how to get it."""

    what: str
    how: str

    def __str__(self) -> str:
        return f"{self.what} ({self.how})"


@dataclass(frozen=True)
class Page:
    """What stands before the contents, in order: notices, which a reader must know before all else (a study that is not
    finished); answer, sentences, the conclusion first, with a small table; remarks. left_out: named behind the last
    section. versions: for the footer, by name."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    notices: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    answer_table: PageTable | None = None
    remarks: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
