"""Physics of one memory cell, as arrays of cells: no torch, nothing of arrays or networks.

A cell's life, in the order of its `parts`: conductance (range, levels) - programming (set and reset variability, by
its `programming_laws`) - faults, endurance - relaxation, drift, retention (after programming) - read_noise, flicker,
telegraph, selector (reads; windows: what a read averages). `device` puts the parts together; then `cells` (programmed),
`read_law` (the law of one read), `reads` (successive reads), `catalogue` (presets by name, in `presets/`), `family`
(names of families), `laws` (your own), `references` (what to cite). `scope` says when each random effect is drawn.
`characterise` describes a device in numbers and simulated curves, `fit` makes presets of measurements.
The bottom that the whole project shares lives here too: `errors`, `warning`, `schema` (settings with units), `streams`
(named random streams), `files` (YAML with line numbers; never half-written) and `checks` (what is given to functions).

Everything is loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from device_models.imports import public_name, public_names

if TYPE_CHECKING:
    from device_models.catalogue import load_device, preset_paths
    from device_models.cells import Cells
    from device_models.device import Device
    from device_models.laws import DriftLaw, ProgrammingLaw, ReadNoiseLaw, ResistanceStepLaw, register
    from device_models.parts.read_noise import ReadConditions
    from device_models.read_law import ReadLaw
    from device_models.reads import CellReads, CellState
    from device_models.scope import Scope
    from device_models.streams import Stream

_HOME = {
    "CellReads": "device_models.reads",
    "CellState": "device_models.reads",
    "Cells": "device_models.cells",
    "Device": "device_models.device",
    "DriftLaw": "device_models.laws",
    "ProgrammingLaw": "device_models.laws",
    "ReadConditions": "device_models.parts.read_noise",
    "ReadLaw": "device_models.read_law",
    "ReadNoiseLaw": "device_models.laws",
    "ResistanceStepLaw": "device_models.laws",
    "Scope": "device_models.scope",
    "Stream": "device_models.streams",
    "load_device": "device_models.catalogue",
    "preset_paths": "device_models.catalogue",
    "register": "device_models.laws",
}
__all__ = [
    "CellReads",
    "CellState",
    "Cells",
    "Device",
    "DriftLaw",
    "ProgrammingLaw",
    "ReadConditions",
    "ReadLaw",
    "ReadNoiseLaw",
    "ResistanceStepLaw",
    "Scope",
    "Stream",
    "load_device",
    "preset_paths",
    "register",
]


if not TYPE_CHECKING:  # a type checker would take any name for one of this package

    def __getattr__(name: str) -> Any:
        return public_name(__name__, _HOME, name)


def __dir__() -> list[str]:
    return public_names(__name__, __all__)
