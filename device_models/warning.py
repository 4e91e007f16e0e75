"""Warnings that point to the user's line, however many functions of this project lie between, and notes, which are no
warnings: the command line prints them, in Python they are messages of the logger `crossbar_nsm` (level INFO)."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

BETWEEN = (
    "crossbar_nsm",
    "device_models",
    "contextlib",
    "numpy",
    "torch",
)  # which decorate and call some of their functions


NOTES = logging.getLogger("crossbar_nsm")
_said: ContextVar[set[str] | None] = ContextVar("said", default=None)


@contextmanager
def each_warning_once() -> Iterator[None]:
    """Inside, `warn` says a text once: what holds for all chips of a command is no news at the second."""
    token = _said.set(set())
    try:
        yield
    finally:
        _said.reset(token)


@contextmanager
def unsaid() -> Iterator[None]:
    """Inside, nothing warns, and what would have been said is news still: for chips that are made to look at them."""
    with each_warning_once(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def note(text: str) -> None:
    """Say what was understood or chosen where nothing is wrong with it."""
    NOTES.info("%s", text)


def warn(text: str) -> None:
    """Warn at the nearest line outside this project that led here."""
    said = _said.get()
    if said is not None:
        if text in said:
            return
        said.add(text)
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in BETWEEN:
        level, frame = level + 1, frame.f_back
    warnings.warn(text, stacklevel=level)
