"""Swept settings in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def label(name: str, settings: Mapping[str, Any]) -> str:
    """The name `<device>/<scaling>` of a setting, and what it does not say of `settings`: `key=value, ...`."""
    shown = {key: value_text(value) for key, value in settings.items() if key != "neuron.scaling"}
    if name.startswith(f"{shown.get('device')}/"):
        del shown["device"]
    return "  ".join([name, *([", ".join(f"{key}={text}" for key, text in shown.items())] if shown else [])])


def value_text(value: Any) -> str:
    """Whole devices go by their names, with what is changed in a preset."""
    if not isinstance(value, Mapping):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if "preset" in value:
        changes = _flat({key: change for key, change in value.items() if key != "preset"})
        return " with ".join([str(value["preset"]), *([", ".join(changes)] if changes else [])])
    if isinstance(value.get("name"), str):
        return str(value["name"])
    return "{" + ", ".join(_flat(value)) + "}"


def _flat(value: Mapping[str, Any], above: str = "") -> list[str]:
    """`dotted.key=value` of every leaf."""
    found = []
    for key, entry in value.items():
        if isinstance(entry, Mapping) and entry:
            found += _flat(entry, f"{above}{key}.")
        else:
            found.append(f"{above}{key}={entry}")
    return found
