"""Swept settings in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from device_models.errors import quoted


def settings_text(settings: Mapping[str, Any]) -> str:
    """`key=value, other key=value`."""
    return ", ".join(f"{key}={_short(value)}" for key, value in settings.items())


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else quoted(value)


def label(name: str, settings: Mapping[str, Any]) -> str:
    """The name `<device>/<scaling>` of a setting, and what it does not say of `settings`: `key=value, ...`."""
    texts = {key: value_text(value) for key, value in settings.items() if key != "neuron.scaling"}
    if name.startswith(f"{texts.get('device')}/"):
        del texts["device"]
    return "  ".join([name, *([", ".join(f"{key}={text}" for key, text in texts.items())] if texts else [])])


def value_text(value: Any) -> str:
    """Whole devices go by their names, presets and laws by theirs with what is set besides."""
    if not isinstance(value, Mapping):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if "conductance" in value and isinstance(value.get("name"), str):  # a whole device
        return str(value["name"])
    for kind in ("preset", "name"):
        if isinstance(value.get(kind), str):
            besides = _flat({key: entry for key, entry in value.items() if key != kind})
            return " with ".join([value[kind], *([", ".join(besides)] if besides else [])])
    return "{" + ", ".join(_flat(value)) + "}"


def _flat(value: Mapping[str, Any], above: str = "") -> list[str]:
    """`dotted.key=value` of every leaf."""
    leaves = []
    for key, entry in value.items():
        if isinstance(entry, Mapping) and entry:
            leaves += _flat(entry, f"{above}{key}.")
        else:
            leaves.append(f"{above}{key}={entry}")
    return leaves
