"""The one family of errors that a user can cause. The command line prints them as one line and exits with 2."""

from __future__ import annotations

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


class CircuitError(CrossbarError, ValueError):
    """Cells and wires that are no circuit, or one that cannot be solved."""
