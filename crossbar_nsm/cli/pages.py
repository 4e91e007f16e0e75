"""Pages of the documentation, which come with the package, by name: `how_to/use_your_network`, or its last part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from crossbar_nsm.experiment.config.bundled import bundled_files
from device_models.errors import ConfigError, quoted
from device_models.files.reading import read_text

SECTIONS = ("tutorials", "how_to", "reference", "explanation", "results", "")  # in the order of the list
HIDDEN = re.compile(r"\A---\n.*?^---\n+|<!--.*?-->\n*|^```\{toctree\}.*?^```\n*", re.S | re.M)
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*", re.M)
INCLUDE = re.compile(r"\A```\{include\} (\S+)\n(?::[^\n]*\n)*```\n")  # a page of a checkout with another file's text
NUMBER = re.compile(r"^\d+_")  # in front of a tutorial's name


@dataclass(frozen=True)
class DocPage:
    """name: with its section in front."""

    name: str
    path: Path

    @property
    def section(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def short_name(self) -> str:
        return self.name.rpartition("/")[2]

    @cached_property
    def text(self) -> str:
        """Markdown, without what is there for those who build the site."""
        text = read_text(self.path, ConfigError)
        if (repeated := INCLUDE.match(text)) is not None:
            text = read_text(self.path.parent / repeated[1], ConfigError)
        return CELL.sub("```python\n", HIDDEN.sub("", text)).strip() + "\n"

    @property
    def title(self) -> str:
        """The first heading."""
        return next((line.lstrip("# ") for line in self.text.splitlines() if line.startswith("#")), self.short_name)

    def lines_with(self, word: str) -> Iterator[tuple[int, str]]:
        """Number, from 1, and text of every line that has a word, in capitals or not."""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if word.casefold() in line.casefold():
                yield number, line.strip()


def doc_pages() -> list[DocPage]:
    """Every page but those that list others, section by section. Raises ConfigError where no page is installed."""
    pages = [DocPage(name, path) for name, path in bundled_files("docs", ".md").items()]
    pages = [page for page in pages if page.short_name != "index"]
    if not pages:
        raise ConfigError("docs: this installation has no pages; they are on the project's site, and in its repository")
    order = {section: rank for rank, section in enumerate(SECTIONS)}
    return sorted(pages, key=lambda page: (order.get(page.section, len(order)), page.name))


def doc_page(name: str) -> DocPage:
    """The page of a name, with or without section, `docs/` and `.md`. Raises ConfigError, with the names that are near,
    where there is none."""
    pages, wanted = doc_pages(), name.removeprefix("docs/").removesuffix(".md")
    by_name = {NUMBER.sub("", page.short_name): page for page in pages}
    by_name |= {page.short_name: page for page in pages} | {page.name: page for page in pages}
    if wanted not in by_name:
        near = [by_name[one].name for one in get_close_matches(wanted[:100], by_name, n=3)]
        meant = f"did you mean {' or '.join(dict.fromkeys(near))}? " if near else ""
        hint = f"{meant}`crossbar-nsm docs` lists the pages, and `--search` with a word the lines that have it"
        raise ConfigError(f"{quoted(name)}: no page of the documentation; {hint}")
    return by_name[wanted]
