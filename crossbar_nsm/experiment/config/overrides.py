"""`dotted.key=value` laid over a configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from device_models.catalogue import ALTERNATIVES
from device_models.errors import ConfigError
from device_models.files.document import Document, Path_, nested, override_place, parse_override


def with_overrides(document: Document, overrides: Iterable[str]) -> Document:
    """`document` with every dotted.key=value laid over it, in order."""
    document = document.copy()
    for text in overrides:
        path, value = parse_override(text)
        set_value(document, path, value, override_place(text))
    return document


def set_value(document: Document, path: Path_, value: Any, place: str) -> None:
    """Change a document. A preset name in the way of a longer path becomes {preset: name}; alternatives to a device law
    are dropped."""
    for end in range(1, len(path)):
        parent = document.get(path[:end])
        if isinstance(parent, str) and path[end - 1] == "device":
            document.lay_over(nested((*path[:end], "preset"), parent, document.place(path[:end])))
        elif parent is not None and not isinstance(parent, dict):
            raise ConfigError(f"{place}: {'.'.join(map(str, path[:end]))} holds no sections of its own")
    if isinstance(value, dict) and document.get(path) is not None:
        document.clear(path)  # a mapping replaces what was there
    document.lay_over(nested(path, value, place), _device_alternatives(path))


def _device_alternatives(path: Path_) -> list[tuple[Path_, list[set[str]]]]:
    if "device" not in path:
        return []
    device = path[: path.index("device") + 1]
    return [((*device, *where), groups) for where, groups in ALTERNATIVES]
