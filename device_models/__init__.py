"""Physics of one memory cell, as arrays of cells: no torch, nothing of arrays or networks.

Read in this order: `conductance` (range, levels) - `programming` (set and reset variability) - `faults` - `telegraph`
- `read_noise` - `selector` - `device` (the parts together) - `catalogue` (presets by name, in `presets/`).
`scope` says when each random effect is drawn. The bottom that the whole project shares lives here too: `errors`,
`document` (YAML with line numbers), `schema`, `streams` (named random streams).
"""

from device_models.catalogue import load_device, preset_paths
from device_models.device import CellConstants, Device, ReadLaw
from device_models.scope import Scope
from device_models.streams import Stream

__all__ = ["CellConstants", "Device", "ReadLaw", "Scope", "Stream", "load_device", "preset_paths"]
