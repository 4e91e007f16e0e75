"""What a page of a built site loads and leads to, and which of that is not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "link": "href"}
ELSEWHERE = ("http", "https", "mailto")  # schemes that a reader may follow
INSIDE = ("", "data")  # what a page may load


@dataclass
class Page(HTMLParser):
    """loads: addresses that the browser asks for by itself; leads: those of links; anchors: what can be led to."""

    loads: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given[name] or "" for name in ("id", "name") if name in given}
        if (address := given.get(LOADED.get(tag, ""))) is not None:
            self.loads.append(address)
        if tag == "a" and given.get("href") is not None:
            self.leads.append(given["href"] or "")


@cache
def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def dead(path: Path) -> list[str]:
    """Addresses of a page that lead to no file of the site, or to no place of it."""
    page = read(path)
    return [address for address in [*page.leads, *page.loads] if not _there(path, address)]


def _there(path: Path, address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme in (*ELSEWHERE, "data"):
        return True
    file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not file.is_file() or parts.scheme or parts.netloc:
        return False
    return file.suffix != ".html" or not parts.fragment or unquote(parts.fragment) in read(file).anchors


def from_elsewhere(path: Path) -> list[str]:
    """What a page loads that is not a file of the site."""
    return [address for address in read(path).loads if _network(address)]


def _network(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in INSIDE
