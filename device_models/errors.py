"""The one family of errors that a user can cause. The command line prints them as one line and exits with 2."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence


class CrossbarError(Exception):
    """Something a user gave cannot be used; the message says what, where, and the likely fix."""


class ConfigError(CrossbarError):
    """One or more mistakes in a configuration; `mistakes` holds one line for each."""

    def __init__(self, mistakes: str | Sequence[str]):
        self.mistakes = [mistakes] if isinstance(mistakes, str) else list(mistakes)
        super().__init__("\n".join(self.mistakes))


class CheckpointError(CrossbarError):
    """A checkpoint that is missing, damaged, unsafe or does not describe a network."""


class DatasetError(CrossbarError):
    """A data set that is missing, damaged or of the wrong shape."""


class TrainingError(CrossbarError):
    """A training run that cannot go on."""


class MappingError(CrossbarError):
    """A network that cannot be placed on the configured arrays."""


class FileError(CrossbarError):
    """A file or folder that cannot be written: no right to, no room, something in the way."""


class ProcessError(CrossbarError):
    """A process in which nothing can be computed."""


class CircuitError(CrossbarError, ValueError):
    """Cells and wires that are no circuit, or one that cannot be solved."""


def quoted(value: object, most: int = 60) -> str:
    """`value` as Python writes it, on one line, not longer than `most` characters: the middle is left out."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = max(most, 20)
    short.maxlist = short.maxtuple = short.maxdict = short.maxset = 8
    try:
        text = short.repr(value)
    except Exception:  # of whatever was given
        text = f"<{type(value).__name__}>"
    return _cut("".join(map(_shown, _cut(text, 4 * most))), most)


def _shown(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 3]}...{text[len(text) - end :]}"
