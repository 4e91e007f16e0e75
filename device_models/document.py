"""YAML documents that remember where each value was written, and overrides on top of them.

The loader reads numbers the YAML 1.2 way (`1e-4` is a number, `no` is text) and refuses repeated keys.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from device_models.errors import ConfigError

Path_ = tuple[str | int, ...]
MAX_NODES = 100_000


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

    def copy(self) -> Document:
        return Document(copy.deepcopy(self.data), dict(self.where))

    def drop(self, path: Path_) -> None:
        """Remove the value at `path` and every remembered place below it."""
        del _at(self.data, path[:-1])[path[-1]]
        self._forget(path)

    def clear(self, path: Path_) -> None:
        """The same, but the key stays where it is among the others, with nothing in it."""
        _at(self.data, path[:-1])[path[-1]] = None
        self._forget(path)

    def _forget(self, path: Path_) -> None:
        self.where = {key: place for key, place in self.where.items() if key[: len(path)] != path}


class _Yaml12Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalar rules of YAML 1.2."""


_Yaml12Loader.yaml_implicit_resolvers = {}
_SCALARS = [
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("float", r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", "-+."),
]
for _tag, _pattern, _first in _SCALARS:
    _Yaml12Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _yaml12_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node), 10)


def _yaml12_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(re.sub(r"\.(inf|nan)$", r"\1", loader.construct_scalar(node).lower()))


_Yaml12Loader.add_constructor("tag:yaml.org,2002:int", _yaml12_int)
_Yaml12Loader.add_constructor("tag:yaml.org,2002:float", _yaml12_float)


def load_document(path: str | Path) -> Document:
    """Read a YAML file whose top level is a mapping.

    Raises ConfigError when the file is missing, is not YAML, or repeats a key.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from None
    return parse_document(text, str(path))


def parse_document(text: str, name: str) -> Document:
    """Read YAML text; `name` stands in front of line numbers."""
    document = Document(where={(): f"{name}:1"})
    try:
        loader = _Yaml12Loader(text)
        root = loader.get_single_node()
        if root is not None:
            document.data = _Builder(loader, name, document.where).build(root, ())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ConfigError(f"{name}{line}: not valid YAML ({problem})") from None
    except RecursionError:
        raise ConfigError(f"{name}: nested too deeply (an alias that contains itself?)") from None
    if not isinstance(document.data, dict):
        raise ConfigError(f"{name}:1: expected `key: value` lines at the top level")
    return document


class _Builder:
    """Turns YAML nodes into plain data and notes the line of each."""

    def __init__(self, loader: yaml.SafeLoader, name: str, where: dict[Path_, str]):
        self.loader, self.name, self.where, self.nodes = loader, name, where, 0

    def build(self, node: yaml.Node, path: Path_) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ConfigError(f"{self.name}: more than {MAX_NODES} values (nested aliases?)")
        self.where.setdefault(path, self._place(node))
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            raise ConfigError(f"{self._place(node)}: tags such as {node.tag} are not allowed")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        try:
            return self.loader.construct_object(node, deep=True)
        except ValueError:
            name = ".".join(map(str, path))
            raise ConfigError(f"{self._place(node)}: {name}: {str(node.value)[:40]!r} is not a usable number") from None

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if key == "<<":
                raise ConfigError(f"{self._place(key_node)}: merge keys (<<) are not supported; write the keys out")
            if not isinstance(key, str) or key in result:
                problem = f"key {key!r} is given twice" if isinstance(key, str) else "keys must be plain text"
                raise ConfigError(f"{self._place(key_node)}: {problem}")
            self.where[(*path, key)] = self._place(key_node)
            result[key] = self.build(value_node, (*path, key))
        return result

    def _place(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}"


def parse_override(text: str) -> tuple[Path_, Any]:
    """Split ``dotted.key=value``; the value is read as YAML (numbers, lists and mappings work)."""
    key, separator, value = text.partition("=")
    if not separator or not all(key.strip().split(".")):
        raise ConfigError(f"--set {text}: expected dotted.key=value, for example read.engine=moments")
    try:
        data = parse_document(f"value: {value}", "--set").data
    except ConfigError as error:
        raise ConfigError(f"--set {text}: {error.mistakes[0].partition(': ')[2]}") from None
    if data.keys() != {"value"}:
        raise ConfigError(f"--set {text}: expected one value; quote line breaks")
    parts = key.strip().split(".")
    if parts[0] == "sweep" and len(parts) > 1:  # the keys of a sweep are dotted themselves
        parts = ["sweep", ".".join(parts[1:])]
    return tuple(parts), data["value"]


def overlay(base: Document, top: Document, alternatives: Iterable[tuple[Path_, list[set[str]]]] = ()) -> Document:
    """`base` with `top` laid over it, mapping by mapping. An empty mapping on top takes all underneath away: the
    section is then what its defaults say.

    `alternatives` lists, per path, groups of keys that exclude one another: writing a key of one group on top removes
    the keys of the other groups underneath, so that an override replaces a law instead of contradicting it.
    """
    result = base.copy()
    exclusive = dict(alternatives)
    _overlay_mapping(result, top, (), exclusive)
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
        target[key] = copy.deepcopy(value)
        result.where[here] = top.place(here)
        result.where.update({p: place for p, place in top.where.items() if p[: len(here)] == here})


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
