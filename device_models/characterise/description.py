"""A device as JSON: its description, and what follows from it."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np

from device_models import Device
from device_models.characterise.ageing import ageing
from device_models.characterise.fluctuations import fluctuations
from device_models.characterise.numbers import curves, numbers
from device_models.references import of_device


def summary(device: Device) -> dict[str, Any]:
    """Every field, the scopes, and the derived numbers of the table of presets."""
    return device.model_dump(mode="json") | {"scopes": device.scopes, "derived": asdict(numbers(device))}


def description(device: Device) -> dict[str, Any]:
    """The same with the laws over the range of conductance (fractions of G; programming in S), what a cell's reads
    fluctuate by, conductances from 1 s to 1 year where they change, and what to cite."""
    return summary(device) | {
        "curves": _plain(curves(device)),
        "fluctuations": {name: list(ends) for name, ends in fluctuations(device).items()},
        "ageing": _plain(ageing(device)) if device.changes_with_time else None,
        "cite": [asdict(reference) for reference in of_device(device)],
    }


def _plain(value: Any) -> Any:
    """Dataclasses and arrays as dictionaries and lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(entry) for name, entry in vars(value).items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value
