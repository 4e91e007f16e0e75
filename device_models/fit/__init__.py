"""From measurements of a user's own cells to a device preset, with 95 % intervals and goodness of fit.

Read in this order: `units` (columns and their units) - `missing` (what instruments write in place of a number) -
`styles` (what spreadsheets add) - `delimited` (a table into fields) - `rows` (the text of a CSV file) - `plausible`
(units that cannot be right) - `table` (files to pairs and traces) - `interval` (estimates and the delta method) -
`programming` (error against target) - `sampling` (at which times a trace was read) - `markov`, `telegraph`, `fresh` and
`levels` (one level or two, and the noise around them) - `read_noise` (that noise against conductance) - `drift` (over
decades of time) - `kinds` (which trace is fitted for what) - `unmeasured` (what the files leave open) - `sections` (the
schema of a device file) - `preset` (all together, as YAML).

Everything is loaded on first use; statsmodels only when a trace is fitted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from device_models.imports import public_name, public_names

if TYPE_CHECKING:
    from device_models.fit.drift import CellDrift, DriftFit
    from device_models.fit.interval import Estimate
    from device_models.fit.levels import TraceFit
    from device_models.fit.preset import FitResult, fit_files, write_preset
    from device_models.fit.programming import ProgrammingFit
    from device_models.fit.read_noise import ReadNoiseFit
    from device_models.fit.table import Measurements, Pairs, Trace, read_files
    from device_models.fit.telegraph import TwoLevels

_HOME = {
    "CellDrift": "device_models.fit.drift",
    "DriftFit": "device_models.fit.drift",
    "Estimate": "device_models.fit.interval",
    "FitResult": "device_models.fit.preset",
    "Measurements": "device_models.fit.table",
    "Pairs": "device_models.fit.table",
    "ProgrammingFit": "device_models.fit.programming",
    "ReadNoiseFit": "device_models.fit.read_noise",
    "Trace": "device_models.fit.table",
    "TraceFit": "device_models.fit.levels",
    "TwoLevels": "device_models.fit.telegraph",
    "fit_files": "device_models.fit.preset",
    "read_files": "device_models.fit.table",
    "write_preset": "device_models.fit.preset",
}
__all__ = [
    "CellDrift",
    "DriftFit",
    "Estimate",
    "FitResult",
    "Measurements",
    "Pairs",
    "ProgrammingFit",
    "ReadNoiseFit",
    "Trace",
    "TraceFit",
    "TwoLevels",
    "fit_files",
    "read_files",
    "write_preset",
]


if not TYPE_CHECKING:  # a type checker would take any name for one of this package

    def __getattr__(name: str) -> Any:
        return public_name(__name__, _HOME, name)


def __dir__() -> list[str]:
    return public_names(__name__, __all__)
