"""From measurements of a user's own cells to a device preset, with 95 % intervals and goodness of fit.

Rooms, from the bottom: `interval` (estimates and the delta method) - `measurements/` (files as laboratories write them,
to pairs and traces in SI units) - `one_cell/` (what one cell's reads over time show) - `across_cells/` (laws over many
cells) - `pulse_trains/` (what pulses do to cells) - `kinds` (which trace is fitted for what) - `unmeasured` (what the
files leave open) - `sections` (the schema of a device file) - `preset` (all together, as YAML) - `twins/` (the preset,
simulated as the cells were measured).

Everything is loaded on first use; celerite2 and hmmlearn only when a trace is fitted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from device_models.imports import public_name, public_names

if TYPE_CHECKING:
    from device_models.fit.across_cells.drift import CellDrift, DriftFit
    from device_models.fit.across_cells.failed_cells import FailedCells
    from device_models.fit.across_cells.programming import ProgrammingFit
    from device_models.fit.across_cells.read_noise import ReadNoiseFit
    from device_models.fit.across_cells.relaxation import RelaxationFit
    from device_models.fit.across_cells.slow_noise import SlowNoiseFit
    from device_models.fit.across_cells.traps import TrapsFit
    from device_models.fit.interval import Estimate
    from device_models.fit.measurements.pulses.trains import PulseTrain
    from device_models.fit.measurements.table import Measurements, Pairs, Trace, read_files
    from device_models.fit.one_cell.telegraph import TwoLevels
    from device_models.fit.one_cell.trace_fit import TraceFit
    from device_models.fit.preset import FitResult, fit_files, write_preset
    from device_models.fit.pulse_trains.fit import PulsesFit, StaircaseFit
    from device_models.fit.twins.comparison import TwinRow
    from device_models.fit.twins.twin import Twin, twin

_HOME = {
    "CellDrift": "device_models.fit.across_cells.drift",
    "DriftFit": "device_models.fit.across_cells.drift",
    "Estimate": "device_models.fit.interval",
    "FailedCells": "device_models.fit.across_cells.failed_cells",
    "FitResult": "device_models.fit.preset",
    "Measurements": "device_models.fit.measurements.table",
    "Pairs": "device_models.fit.measurements.table",
    "ProgrammingFit": "device_models.fit.across_cells.programming",
    "PulseTrain": "device_models.fit.measurements.pulses.trains",
    "PulsesFit": "device_models.fit.pulse_trains.fit",
    "ReadNoiseFit": "device_models.fit.across_cells.read_noise",
    "RelaxationFit": "device_models.fit.across_cells.relaxation",
    "SlowNoiseFit": "device_models.fit.across_cells.slow_noise",
    "StaircaseFit": "device_models.fit.pulse_trains.fit",
    "Trace": "device_models.fit.measurements.table",
    "TraceFit": "device_models.fit.one_cell.trace_fit",
    "TrapsFit": "device_models.fit.across_cells.traps",
    "Twin": "device_models.fit.twins.twin",
    "TwinRow": "device_models.fit.twins.comparison",
    "TwoLevels": "device_models.fit.one_cell.telegraph",
    "fit_files": "device_models.fit.preset",
    "read_files": "device_models.fit.measurements.table",
    "twin": "device_models.fit.twins.twin",
    "write_preset": "device_models.fit.preset",
}
__all__ = [
    "CellDrift",
    "DriftFit",
    "Estimate",
    "FailedCells",
    "FitResult",
    "Measurements",
    "Pairs",
    "ProgrammingFit",
    "PulseTrain",
    "PulsesFit",
    "ReadNoiseFit",
    "RelaxationFit",
    "SlowNoiseFit",
    "StaircaseFit",
    "Trace",
    "TraceFit",
    "TrapsFit",
    "Twin",
    "TwinRow",
    "TwoLevels",
    "fit_files",
    "read_files",
    "twin",
    "write_preset",
]


if not TYPE_CHECKING:  # a type checker would take any name for one of this package

    def __getattr__(name: str) -> Any:
        return public_name(__name__, _HOME, name)


def __dir__() -> list[str]:
    return public_names(__name__, __all__)
