"""What users add by name beside laws: data sets and circuits, each kind in a registry, which knows their files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

from device_models.errors import ConfigError, quoted

MODULE_OF_FILE = "user_laws:"  # begins the name of the module that a file of the user's becomes
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """noun: what sentences call an entry. taken: names that come with this package."""

    def __init__(self, noun: str, taken: Iterable[str]):
        self.noun, self._taken = noun, frozenset(taken)
        self.entries: dict[str, tuple[Entry, Callable[..., Any]]] = {}
        _ALL.append(self)

    def add(self, name: str, entry: Entry, function: Callable[..., Any]) -> None:
        """Make an entry, which `function` of the user's stands for, known under `name`; the same function, defined
        again, takes its place. Raises ConfigError for a name that is none, or another's."""
        if not isinstance(name, str) or not NAME.fullmatch(name):
            rule = "a name has letters, digits, _ and -, 60 at most, and begins with a letter"
            raise ConfigError(f"{self.noun} {quoted(name)}: {rule}")
        other = self.entries.get(name)
        if name in self._taken or (other is not None and _home(other[1]) != _home(function)):
            raise ConfigError(f"{self.noun} {quoted(name)}: there is one of this name already; choose another name")
        self.entries = {**self.entries, name: (entry, function)}

    def get(self, name: str) -> Entry | None:
        """None for a name that no user has given."""
        found = self.entries.get(name)
        return None if found is None else found[0]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.entries)

    def file_of(self, name: str) -> Path | None:
        """The file that an entry is from; None where it was registered in a running program, or by nobody."""
        found = self.entries.get(name)
        home = "" if found is None else _home(found[1])[0]
        return Path(home.removeprefix(MODULE_OF_FILE)) if home.startswith(MODULE_OF_FILE) else None


_ALL: list[Registry[Any]] = []
Contents = dict[Registry[Any], dict[str, Any]]


def contents() -> Contents:
    """What users have registered, by registry."""
    return {registry: registry.entries for registry in _ALL if registry.entries}


def restore(earlier: Contents) -> None:
    """Forget what was registered since."""
    for registry in _ALL:
        registry.entries = earlier.get(registry, {})


def _home(function: Callable[..., Any]) -> tuple[str, str, int]:
    """Where a function was defined; of those without a name the line, too."""
    name = getattr(function, "__qualname__", type(function).__qualname__)
    line = function.__code__.co_firstlineno if "<lambda>" in name else 0
    return str(getattr(function, "__module__", "")), name, line
