"""Names and heavy packages, loaded where they are first needed, and only whole."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from device_models.errors import ProcessError, quoted


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C inside takes effect at the end: a package of which half has been loaded stays broken for the rest of a
    Python session. Elsewhere than in the main thread, which alone is interrupted, nothing is changed."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    pressed: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: pressed.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if pressed:
            handler(*pressed[-1])


def public_name(package: str, homes: Mapping[str, str], name: str) -> Any:
    """What `package` calls `name`, loaded now: the `__getattr__` of a package whose public names live in the modules
    `homes`, or are modules of these packages. Raises AttributeError for another name."""
    if name not in homes:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    with uninterrupted():
        home = importlib.import_module(homes[name])
        if not hasattr(home, name):
            importlib.import_module(f"{homes[name]}.{name}")
        return getattr(home, name)


def public_names(package: str, names: Iterable[str]) -> list[str]:
    """The `__dir__` of such a package: its public names, loaded or not, and those that Python gives it; what completes
    names asks for no more."""
    return sorted({*names, *(name for name in vars(sys.modules[package]) if name.startswith("__"))})


def check_variable(name: str, package: str) -> None:
    """Raises ProcessError where the environment gives the variable `name` a value with which `package`, which alone
    knows what it takes, cannot be imported."""
    given = os.environ.get(name)
    if not given:
        return
    try:
        importlib.import_module(package)
    except ValueError:
        problem = f"{name}={quoted(given)[1:-1]} in the environment: {package} cannot be imported with it; unset it"
        raise ProcessError(problem) from None
