"""What was read, what was fitted to it, and the preset that it makes."""

from __future__ import annotations

import yaml

from crossbar_nsm.report.figures.devices.fit import fit_figures
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.page.parts import Listing, Section
from crossbar_nsm.report.page.table import from_terminal
from crossbar_nsm.report.points.words import sentence
from crossbar_nsm.report.tables.fit import fit_table
from device_models.fit.preset import FitResult
from device_models.number_text import counted

CAPTIONS = {
    "fitted_programming": "Programming errors against the target, with the fitted mean and sd; beside the normal law.",
    "fitted_read_noise": "Fresh noise of every cell, with 95 % bars, and the law that the preset has.",
    "fitted_slow_noise": "Slow noise: amplitude at 1 Hz and spectral exponent against the conductance of the cell.",
    "fitted_traps": "Traps: amplitude and mean times against the conductance of their cell.",
    "fitted_drift": "Conductance over time since programming, with the fitted laws.",
    "fitted_pulses": "Conductance after every pulse of each train, with the fitted staircase.",
    "fitted_relaxation": "Change of ln G since programming: percentiles over cells, measured (points) and fitted.",
}


def read(result: FitResult) -> Section:
    """How the files were understood, and what was left out of them."""
    lines = (*result.understood, *result.assumed)
    listing = Listing("As understood", "\n".join(lines))
    notes = tuple(f"{sentence(note)}." for note in result.notes)
    return Section("What was read", (_counts(result), *notes), listings=(listing,))


def _counts(result: FitResult) -> str:
    parts = []
    if result.programming is not None:
        parts.append(counted(len(result.programming.target_s), "programming"))
    if result.traces:
        samples = sum(len(trace.g_s) for trace in result.traces)
        parts.append(f"{samples:,} reads of {counted(len(result.traces), 'cell')}")
    if result.pulses is not None:
        reads = sum(stairs.reads for stairs in result.pulses.staircases)
        parts.append(f"{reads:,} reads after pulses")
    if result.drift is not None:
        parts.append(f"{counted(len(result.drift.cells), 'cell')} over time since programming")
    return f"Fitted: {', '.join(parts)}." if parts else "Nothing was fitted."


def numbers(result: FitResult) -> Section:
    """The fitted numbers with their intervals."""
    return Section("Fitted numbers", tables=(from_terminal(fit_table(result)),))


def preset(result: FitResult) -> Section:
    """The device file, with the source of every number."""
    text = yaml.safe_dump(result.preset(), sort_keys=False, allow_unicode=True, width=100)
    return Section("The preset", ("A source, and an interval, for every number.",), listings=(Listing("YAML", text),))


def populations(result: FitResult, drawings: Drawings) -> Section | None:
    """Numbers of cells against their conductance, and programming errors against the target."""
    figures = {name: figure for name, figure in fit_figures(result).items() if name in CAPTIONS}
    made = tuple(drawings.add(name, figure, CAPTIONS[name]) for name, figure in figures.items())
    return Section("Laws over cells", figures=made) if made else None
