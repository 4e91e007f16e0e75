"""`crossbar-nsm docs`."""

from __future__ import annotations

import os
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossbar_nsm.cli.completion import pages
from crossbar_nsm.cli.options import Json
from crossbar_nsm.cli.output import print_json, say
from device_models.errors import ConfigError

if TYPE_CHECKING:
    from crossbar_nsm.cli.pages import DocPage

WIDEST = 100  # characters in a line of a page
TITLES = {
    "tutorials": "Tutorials", "how_to": "How to", "reference": "Reference", "explanation": "Explanation",
    "results": "Results", "": "Others",
}  # fmt: skip


def docs(
    page: Annotated[
        str | None, typer.Argument(help="print this one: use_your_network, ...", metavar="[PAGE]", autocompletion=pages)
    ] = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="WORD", help="list the pages with a word, and its lines")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the pages of the documentation; print one, or search.

    The pages come with the package and need no network.
    """
    from crossbar_nsm.cli.pages import doc_page, doc_pages

    if page is not None and search is not None:
        raise ConfigError("--search: looks through all pages; leave PAGE out")
    if page is not None:
        _show(doc_page(page), as_json)
    elif search is not None:
        _list_lines(doc_pages(), search, as_json)
    else:
        _list(doc_pages(), as_json)


def _list(pages: list[DocPage], as_json: bool) -> None:
    if as_json:
        print_json({"config": None, "rows": [_row(page) for page in pages]})
        return
    width = max(len(page.short_name) for page in pages) + 2
    for section, group in groupby(pages, key=lambda page: page.section):
        print(f"{TITLES.get(section, section)}:")
        for page in group:
            say(f"  {page.short_name.ljust(width)}{page.title}")
    print("crossbar-nsm docs PAGE prints one of them, crossbar-nsm docs --search WORD what they say of a word")


def _list_lines(pages: list[DocPage], word: str, as_json: bool) -> None:
    found = [(page, list(page.lines_with(word))) for page in pages]
    found = [(page, lines) for page, lines in found if lines]
    if as_json:
        rows = [_row(page) | {"line": number, "text": text} for page, lines in found for number, text in lines]
        print_json({"config": None, "rows": rows})
        return
    for page, lines in found:
        say(f"{page.name}: {page.title}")
        for number, text in lines:
            say(f"  {number}: {text}")
    if not found:
        say(f"no page has {word!r}")


def _show(page: DocPage, as_json: bool) -> None:
    """Markdown as it is in a pipe, drawn on a terminal."""
    if as_json:
        print_json({"config": None, "rows": [_row(page) | {"text": page.text}]})
    elif sys.stdout.isatty():
        _draw(page.text)
    else:
        sys.stdout.write(page.text)


def _draw(text: str) -> None:
    """On a terminal, by pages where it is longer than that and somebody can turn them."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=min(WIDEST, Console().width))
    drawn = Markdown(text, hyperlinks=False)
    long = len(console.render_lines(drawn)) >= console.height
    if not (long and sys.stdin.isatty()):
        console.print(drawn)
        return
    os.environ.setdefault("LESS", "-R")  # which shows colours
    with console.pager(styles=True):
        console.print(drawn)


def _row(page: DocPage) -> dict[str, Any]:
    return {"page": page.name, "section": page.section, "title": page.title}
