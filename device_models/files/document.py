"""YAML documents that remember where each value was written, and overrides on top of them.

The loader reads numbers the YAML 1.2 way (`1e-4` is a number, `no` is text) and refuses repeated keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from pydantic import BaseModel

from device_models.errors import ConfigError, quoted
from device_models.files.reading import read_text
from device_models.files.yaml_text import MAX_NODES, MOST_CHARACTERS, MOST_DEPTH, Path_, is_text, read_yaml

SEVERAL = (Mapping, list, tuple, range)


@dataclass
class Document:
    """Nested plain data, and for each path into it the place ("file.yaml:14" or "--set ...") where it was written."""

    data: dict[str, Any] = field(default_factory=dict)
    where: dict[Path_, str] = field(default_factory=dict)

    def place(self, path: Path_) -> str:
        """Where `path`, or its nearest written ancestor, comes from."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.where:
                return self.where[path[:end]]
        return "configuration"

    def get(self, path: Path_) -> Any:
        """The value at `path`; None where there is none."""
        value: Any = self.data
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def copy(self) -> Document:
        return Document(_copied(self.data), dict(self.where))

    def drop(self, path: Path_) -> None:
        """Remove the value at `path` and every remembered place below it."""
        self.clear(path)
        del _at(self.data, path[:-1])[path[-1]]

    def clear(self, path: Path_) -> None:
        """The same, but the key stays where it is among the others, with nothing in it."""
        parent = _at(self.data, path[:-1])
        for below in paths(parent[path[-1]]):
            self.where.pop((*path, *below), None)
        parent[path[-1]] = None

    def part(self, path: Path_) -> Document:
        """The section at `path` as a document of its own, sharing its data."""
        data = _at(self.data, path)
        inside = (((*path, *below), below) for below in paths(data))
        return Document(data, {below: self.where[key] for key, below in inside if key in self.where})

    def lay_over(self, top: Document, alternatives: Iterable[tuple[Path_, list[set[str]]]] = ()) -> None:
        """Lay `top` over this document, in place; see `overlay`."""
        _overlay_mapping(self, top, (), dict(alternatives))


def plain_data(value: Any, place: str = "mapping") -> Any:
    """A mapping given in Python as if it had been read at `place`: text as keys, numbers of numpy as Python's, lists
    for tuples and arrays, paths as text, and for sections of settings, a device say, what is in them.

    Raises ConfigError for other keys and values, for what is nested too deeply, and for more values than a document may
    have.
    """
    return _plain(value, place, (), count(1))


def _plain(value: Any, place: str, path: Path_, values: Iterator[int]) -> Any:
    if len(path) > MOST_DEPTH:
        raise ConfigError(f"{place}: nested more than {MOST_DEPTH} levels deep (does it contain itself?)")
    size = value.size if isinstance(value, np.ndarray) else len(value) if isinstance(value, SEVERAL) else 0
    if next(values) > MAX_NODES or size > MAX_NODES:
        raise ConfigError(f"{place}: more than {MAX_NODES} values")
    value = _as_read(value)
    if isinstance(value, dict):
        wrong = [key for key in value if not isinstance(key, str) or not is_text(key)]
        if wrong:
            raise ConfigError(f"{place}: key {quoted(wrong[0])}: keys must be plain text")
        return {key: _plain(entry, place, (*path, key), values) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry, place, (*path, index), values) for index, entry in enumerate(value)]
    if value is not None and not isinstance(value, (bool, int, float, str)):
        where = ".".join(map(str, path)) or "mapping"
        raise ConfigError(f"{place}: {where}: expected a number, text, list or section, got {quoted(value)}")
    return value


def _as_read(value: Any) -> Any:
    """A value of Python as the nearest kind that a YAML file has."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, Mapping) and not isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, (tuple, range)) else value


def _copied(data: Any) -> Any:
    """Nested data with mappings and lists of its own (copy.deepcopy is several times slower)."""
    if isinstance(data, dict):
        return {key: _copied(value) for key, value in data.items()}
    return [_copied(value) for value in data] if isinstance(data, list) else data


def paths(data: Any) -> Iterator[Path_]:
    """The path of every value in nested data, () first."""
    yield ()
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, dict):
        inside = data.items()
    elif isinstance(data, list):
        inside = enumerate(data)
    for key, value in inside:
        for below in paths(value):
            yield (key, *below)


def load_document(path: str | Path) -> Document:
    """Read a YAML file whose top level is a mapping.

    Raises ConfigError when the file is missing, is not YAML, is too large, or repeats a key.
    """
    return parse_document(read_text(path, ConfigError, MOST_CHARACTERS), str(path))


def parse_document(text: str, name: str) -> Document:
    """Read YAML text; `name` stands in front of line numbers."""
    data, where = read_yaml(text, name)
    if not isinstance(data, dict):
        raise ConfigError(f"{name}:1: expected `key: value` lines at the top level")
    return Document(data, where)


def parse_override(text: str) -> tuple[Path_, Any]:
    """Split ``dotted.key=value``; the value is read as YAML (numbers, lists and mappings work)."""
    if not isinstance(text, str):
        raise ConfigError(f"override {quoted(text)}: expected text, dotted.key=value")
    place, (key, separator, value) = override_place(text), text.partition("=")
    parts = key.strip().split(".")
    if not separator or not all(parts) or not is_text(key):
        raise ConfigError(f"{place}: expected dotted.key=value, for example read.engine=moments")
    if len(parts) > MOST_DEPTH:
        raise ConfigError(f"{place}: {len(parts)} keys deep, more than the {MOST_DEPTH} that are read")
    try:
        data = parse_document(f"value: {value}", "--set").data
    except ConfigError as error:
        raise ConfigError(f"{place}: {error.mistakes[0].partition(': ')[2]}") from None
    if data.keys() != {"value"}:
        raise ConfigError(f"{place}: expected one value; quote line breaks")
    return key_path(parts), data["value"]


def key_path(parts: Sequence[str]) -> Path_:
    """Where the value of a dotted key belongs; the keys of a sweep are dotted themselves."""
    return ("sweep", ".".join(parts[1:])) if parts[0] == "sweep" and len(parts) > 1 else tuple(parts)


def override_place(text: str) -> str:
    """How an override is called where a mistake in it is told."""
    return f"--set {text}" if len(text) <= 100 else f"--set {text[:60]}...{text[-30:]}"


def overlay(base: Document, top: Document, alternatives: Iterable[tuple[Path_, list[set[str]]]] = ()) -> Document:
    """`base` with `top` laid over it, mapping by mapping. An empty mapping on top takes all underneath away: the
    section is then what its defaults say.

    `alternatives` lists, per path, groups of keys that exclude one another: writing a key of one group on top removes
    the keys of the other groups underneath, so that an override replaces a law instead of contradicting it.
    """
    result = base.copy()
    result.lay_over(top, alternatives)
    return result


def _overlay_mapping(result: Document, top: Document, path: Path_, exclusive: Mapping[Path_, list[set[str]]]) -> None:
    source, target = _at(top.data, path), _at(result.data, path)
    for group in exclusive.get(path, []):
        if group & source.keys():
            others = set().union(*(other for other in exclusive[path] if other is not group))
            for key in (others - source.keys()) & target.keys():
                result.drop((*path, key))
    for key, value in source.items():
        here = (*path, key)
        below = target.get(key)
        if isinstance(value, dict) and value and isinstance(below, dict) and not _other_law(key, value, below):
            _overlay_mapping(result, top, here, exclusive)
            continue
        if key in target:
            result.clear(here)
        target[key] = _copied(value)
        result.where[here] = top.place(here)
        below = ((*here, *inside) for inside in paths(value))
        result.where.update({path: top.where[path] for path in below if path in top.where})


def _other_law(key: str, new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Whether `new` chooses another law than `old` by its name: none of the old parameters may then stay."""
    return key == "law" and new.get("name", old.get("name")) != old.get("name")


def _at(data: Any, path: Path_) -> Any:
    for key in path:
        data = data[key]
    return data


def nested(path: Path_, value: Any, place: str) -> Document:
    """A document that holds nothing but `value` at `path`."""
    data = value
    for key in reversed(path):
        data = {key: data}
    return Document(data, {path[:end]: place for end in range(1, len(path) + 1)})
