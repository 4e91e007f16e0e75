"""Swept settings in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from device_models.errors import quoted
from device_models.number_text import time_text

TIMES = ("time", "age", "at", "interval", "window", "from", "tau", "period")  # `_s` after these is seconds, not siemens


def settings_text(settings: Mapping[str, Any]) -> str:
    """`key=value, other key=value`."""
    return ", ".join(f"{key}={_short(value)}" for key, value in settings.items())


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else quoted(value)


def label(name: str, settings: Mapping[str, Any]) -> str:
    """The name `<device>/<scaling>` of a setting, and what it does not say of `settings`: `key=value, ...` (see
    `setting_text`)."""
    told = {key: value for key, value in settings.items() if key != "neuron.scaling"}
    if "device" in told and name.startswith(f"{value_text(told['device'])}/"):
        del told["device"]
    return "  ".join([name, *([", ".join(setting_text(key, value) for key, value in told.items())] if told else [])])


def setting_text(key: str, value: Any) -> str:
    """`key=value`; of a time `age 30 days`, since the key is in seconds."""
    timed = is_time(key) and isinstance(value, int | float)
    return f"{key.removesuffix('_s')} {value_text(value, key)}" if timed else f"{key}={value_text(value, key)}"


def is_time(key: str) -> bool:
    """Whether a setting is a time in seconds, by its dotted key: `read.interval_s`, but not `conductance.g_max_s`."""
    return key.endswith("_s") and key.rsplit(".", 1)[-1].split("_")[-2] in TIMES


def value_text(value: Any, key: str = "") -> str:
    """Of the setting `key`: times with their unit, whole devices by their names, presets and laws by theirs with what
    is set besides."""
    if not isinstance(value, Mapping):
        if is_time(key) and isinstance(value, int | float) and not isinstance(value, bool):
            return time_text(value)
        return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)
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
