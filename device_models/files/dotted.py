"""Dotted keys of mappings given in Python: `comparator.noise_sd_a` in a section is a setting of a section in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from device_models.errors import ConfigError, quoted
from device_models.files.document import key_path, plain_data
from device_models.files.yaml_text import MOST_DEPTH, Path_

FREE = ("sweep", "sources")  # sections whose keys are dotted themselves
Dotted = list[tuple[Path_, Any]]


def split_dotted(given: Mapping[str, Any], place: str) -> tuple[dict[str, Any], Dotted]:
    """Sections as plain data without what has a dotted key, and path and value of all that has, in order; these may
    change a device, or another object, that is given whole.

    Raises ConfigError for what is no plain data, for keys that name nothing, and for a setting that is given twice.
    """
    dotted: Dotted = []
    sections = _without_dotted(plain_data(given, place), (), dotted, place)
    plain = {key: value for key, value in sections.items() if not isinstance(given[key], BaseModel)}
    seen = set(_prefixes(plain, ()))
    for path, value in dotted:
        if path in seen:
            twice = quoted(".".join(map(str, path)))[1:-1]
            raise ConfigError(f"{place}: {twice}: given twice, by a dotted key and another; leave one out")
        seen.update(_prefixes(value, path))
    return sections, dotted


def _without_dotted(data: dict[str, Any], path: Path_, dotted: Dotted, place: str) -> dict[str, Any]:
    """The section at `path`; what has a dotted key goes to `dotted`, and no section stays that held nothing else."""
    kept = {}
    for key, value in data.items():
        here, empty = _path(path, key, place), value == {}
        inside: Dotted = []
        if isinstance(value, dict) and here[-1] not in FREE:
            value = _without_dotted(value, here, inside, place)
        if value != {} or empty:
            if len(here) == len(path) + 1:
                kept[key] = value
            else:
                dotted.append((here, value))
        dotted += inside
    return kept


def _path(path: Path_, key: str, place: str) -> Path_:
    parts = key.split(".")
    if not all(parts) or len(path) + len(parts) > MOST_DEPTH:
        raise ConfigError(f"{place}: key {quoted(key)}: expected a dotted key, for example read.engine")
    return (*path, *parts) if path else key_path(parts)


def _prefixes(value: Any, path: Path_) -> Iterator[Path_]:
    """The path of everything in `value`, which lies at `path`, and its own."""
    yield path
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _prefixes(entry, (*path, key))
