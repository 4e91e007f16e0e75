"""Physics of one memory cell, as arrays of cells: no torch, nothing of arrays or networks.

Read in this order: `conductance` (range, levels) - `programming` (set and reset variability) - `faults` - `telegraph`
- `read_noise` - `selector` - `device` (the parts together) - `catalogue` (presets by name, in `presets/`).
`scope` says when each random effect is drawn. The bottom that the whole project shares lives here too: `errors`,
`document` (YAML with line numbers), `schema`, `streams` (named random streams).

Everything is loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from device_models.catalogue import load_device, preset_paths
    from device_models.device import CellConstants, Device, ReadLaw
    from device_models.scope import Scope
    from device_models.streams import Stream

_HOME = {
    "CellConstants": "device_models.device",
    "Device": "device_models.device",
    "ReadLaw": "device_models.device",
    "Scope": "device_models.scope",
    "Stream": "device_models.streams",
    "load_device": "device_models.catalogue",
    "preset_paths": "device_models.catalogue",
}
__all__ = ["CellConstants", "Device", "ReadLaw", "Scope", "Stream", "load_device", "preset_paths"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'device_models' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
