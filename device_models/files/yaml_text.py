"""YAML text as plain data: numbers the YAML 1.2 way, no repeated keys, no tags but those of plain data, bounded size.

PyYAML parses; what a scalar means is decided here, so that no constructor of PyYAML's can be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from device_models.errors import ConfigError, quoted

Path_ = tuple[str | int, ...]
MOST_CHARACTERS = 1_000_000  # of a document
MAX_NODES = 50_000
MOST_DEPTH = 50
MOST_DIGITS = 20  # of a whole number: 64 bits
_TAG = "tag:yaml.org,2002:"


class _Yaml12Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalar rules of YAML 1.2, and bounds that hold while it composes."""

    nodes = depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.nodes, self.depth = self.nodes + 1, self.depth + 1
        if self.nodes > MAX_NODES:
            raise _TooMuch(f"more than {MAX_NODES} values")
        if self.depth > MOST_DEPTH:
            raise _TooMuch(f"nested too deeply, more than {MOST_DEPTH} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _TooMuch(Exception):
    """A bound that a document exceeds."""


_SCALARS = [
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("float", r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", "-+."),
]
_Yaml12Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _SCALARS:
    _Yaml12Loader.add_implicit_resolver(_TAG + _tag, re.compile(_pattern), list(_first))


def _int(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError
    return int(text)


_VALUES: dict[str, Callable[[str], Any]] = {
    "bool": lambda text: text.lower() == "true",
    "null": lambda _text: None,
    "int": _int,
    "float": lambda text: float(re.sub(r"\.(inf|nan)$", r"\1", text.lower())),
    "str": str,
}


def read_yaml(text: str, name: str) -> tuple[Any, dict[Path_, str]]:
    """Plain data, and for each path into it "name:line". Raises ConfigError, naming the line."""
    if len(text) > MOST_CHARACTERS:
        raise ConfigError(f"{name}: {len(text)} characters, at most {MOST_CHARACTERS} are read")
    where: dict[Path_, str] = {(): f"{name}:1"}
    try:
        root = _Yaml12Loader(text).get_single_node()
    except _TooMuch as error:
        raise ConfigError(f"{name}: {error}") from None
    except Exception as error:  # besides its own, PyYAML lets out those of escapes and directives that are no numbers
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ConfigError(f"{name}{line}: not valid YAML ({problem})") from None
    return ({} if root is None else _Builder(name, where).build(root, ())), where


def is_text(text: str) -> bool:
    """Whether `text` can be written to a file and be a name: no NUL, no half of a character (from bytes that are not
    UTF-8, or from an escape)."""
    return "\0" not in text and (text.isascii() or not re.search("[\ud800-\udfff]", text))


class _Builder:
    """Turns YAML nodes into plain data and notes the line of each."""

    def __init__(self, name: str, where: dict[Path_, str]):
        self.name, self.where, self.nodes = name, where, 0

    def build(self, node: yaml.Node, path: Path_) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ConfigError(f"{self.name}: more than {MAX_NODES} values (nested aliases?)")
        if len(path) > MOST_DEPTH:
            raise ConfigError(f"{self.name}: nested too deeply (an alias that contains itself?)")
        self.where.setdefault(path, self._place(node))
        tag = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.MappingNode) and tag == "map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and tag == "seq":
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and tag in _VALUES:
            return self._scalar(node, tag, path)
        raise ConfigError(f"{self._place(node)}: tags such as {quoted(node.tag)} are not allowed")

    def _scalar(self, node: yaml.ScalarNode, tag: str, path: Path_) -> Any:
        if tag == "str":
            return self._text(node)
        patterns = [pattern for kind, pattern, _ in _SCALARS if kind == tag]
        try:
            if not any(re.match(pattern, node.value) for pattern in patterns):
                raise ValueError
            return _VALUES[tag](node.value)
        except ValueError:
            what = f"usable !!{tag}" if tag in ("bool", "null") else "usable number"
            name = ".".join(map(str, path))
            raise ConfigError(f"{self._place(node)}: {name}: {quoted(node.value, 40)} is not a {what}") from None

    def _text(self, node: yaml.ScalarNode) -> str:
        """Text that can be a name anywhere: escapes of YAML can write NUL and halves of characters."""
        text = str(node.value)
        if not is_text(text):
            raise ConfigError(f"{self._place(node)}: {quoted(text)} holds characters that are no text")
        return text

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigError(f"{self._place(key_node)}: keys must be plain text")
            key = self._text(key_node)
            if key == "<<":
                raise ConfigError(f"{self._place(key_node)}: merge keys (<<) are not supported; write the keys out")
            if key in result:
                raise ConfigError(f"{self._place(key_node)}: key {quoted(key)} is given twice")
            self.where[(*path, key)] = self._place(key_node)
            result[key] = self.build(value_node, (*path, key))
        return result

    def _place(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}"
