"""The one family of errors that a user can cause. The command line prints them as one line and exits with 2.

An error names the page of the documentation that explains it, where there is one: its kind's, that of the function
whose work it ends (`explained_by`), or one given where it is raised (`see`).
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, Self

from device_models.printable import printable

LONGEST_LINE = 480  # characters; more is what somebody gave, quoted
MOST_MISTAKES = 50


class CrossbarError(Exception):
    """Something a user gave cannot be used; the message says what, where, and the likely fix. One line, whatever was
    in the names that it quotes.

    page: of the documentation, as `crossbar-nsm docs` takes it; tracebacks end with it. None: there is none."""

    page: str | None = None

    def __init__(self, message: str = ""):
        super().__init__(one_line(message))
        self.see(self.page)

    def see(self, page: str | None) -> Self:
        """This error, with the page that explains it."""
        self.page = page
        self.__notes__ = [] if page is None else [more_text(page)]
        return self


class ConfigError(CrossbarError):
    """One or more mistakes in a configuration; `mistakes` holds one line for each, the first MOST_MISTAKES of them."""

    def __init__(self, mistakes: str | Sequence[str]):
        given = [mistakes] if isinstance(mistakes, str) else mistakes
        self.mistakes = [one_line(line) for line in given[:MOST_MISTAKES]]
        if len(given) > MOST_MISTAKES:
            self.mistakes.append("and more mistakes; mend these first")
        Exception.__init__(self, "\n".join(self.mistakes))
        self.see(self.page)

    def __reduce__(self) -> tuple[type[ConfigError], tuple[list[str]], dict[str, Any]]:
        return type(self), (self.mistakes,), vars(self)  # between processes: not the joined text


class CheckpointError(CrossbarError):
    """A checkpoint that is missing, damaged, unsafe or does not describe a network."""

    page = "use_your_network"


class DatasetError(CrossbarError):
    """A data set that is missing, damaged or of the wrong shape."""

    page = "use_your_images"


class TrainingError(CrossbarError):
    """A training run that cannot go on."""

    page = "train_a_network"


class MappingError(CrossbarError):
    """A network that cannot be placed on the configured arrays."""


class FileError(CrossbarError):
    """A file or folder that cannot be read or written: no right to, no room, something in the way."""

    page = "files"


class RecordError(CrossbarError):
    """A file of this program's own that is missing, damaged, or was edited."""

    page = "files"


class ProcessError(CrossbarError):
    """A process in which nothing can be computed."""

    page = "report_a_bug"


class CircuitError(CrossbarError, ValueError):
    """Cells and wires that are no circuit, or one that cannot be solved."""

    page = "add_wires_and_converters"


@contextmanager
def explained_by(page: str) -> Iterator[None]:
    """Within it, and in a function that it decorates, errors that have no page get this one."""
    try:
        yield
    except CrossbarError as error:
        if error.page is None:
            error.see(page)
        raise


def more_text(page: str) -> str:
    """The line that sends to a page."""
    return f"more: crossbar-nsm docs {page}"


def one_line(text: str) -> str:
    """`text` without line ends and control characters, which a name in it could forge a message with, and not longer
    than LONGEST_LINE."""
    return _cut(printable(_cut(text, LONGEST_LINE)), LONGEST_LINE)


def quoted(value: object, most: int = 60) -> str:
    """`value` as Python writes it, on one line, not longer than `most` characters: the middle is left out."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = max(most, 20)
    short.maxlist = short.maxtuple = short.maxdict = short.maxset = 8
    try:
        text = short.repr(value)
    except Exception:  # of whatever was given
        text = f"<{type(value).__name__}>"
    return _cut(printable(_cut(text, 4 * most)), most)


def allowed(names: Iterable[object], given: object = "", most: int = 8) -> str:
    """`did you mean x?` for a name that is close to `given`, or else `allowed: ...`, the first few of many."""
    known = list(map(str, names))
    close = get_close_matches(str(given)[:100], known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    more = len(known) - most
    return f"allowed: {', '.join(known[:most])}" + (f" and {more} more" if more > 0 else "")


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 3]}...{text[len(text) - end :]}"
