"""What was read, what was fitted to it, and the preset that it makes."""

from __future__ import annotations

import yaml

from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.page.parts import Listing, Section
from crossbar_nsm.report.page.table import from_terminal
from crossbar_nsm.report.tables.fit import fit_table
from device_models.fit.preset import FitResult
from device_models.number_text import counted


def read(result: FitResult) -> Section:
    """How the files were understood, and what was left out of them."""
    lines = (*getattr(result, "understood", ()), *result.assumed)
    listing = Listing("As understood", "\n".join((*result.files, *lines)))
    notes = tuple(f"{note[:1].upper()}{note[1:]}." for note in result.notes)
    return Section("What was read", (_counts(result), *notes), listings=(listing,))


def _counts(result: FitResult) -> str:
    parts = []
    if result.programming is not None:
        parts.append(counted(len(result.programming.target_s), "programming"))
    if result.traces:
        samples = sum(len(trace.g_s) for trace in result.traces)
        parts.append(f"{samples:,} reads of {counted(len(result.traces), 'cell')}")
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
    from crossbar_nsm.report.figures.devices import fit as figures
    from crossbar_nsm.report.figures.devices.fits.populations import fitted_slow_noise, fitted_traps

    made = []
    if result.programming is not None:
        text = "Programming errors against the target, with the fitted mean and sd; beside the normal law."
        made.append(drawings.add("fitted_programming", figures.fitted_programming(result.programming), text))
    if result.read_noise is not None and len(result.traces) > 1:
        text = "Fresh noise of every cell, with 95 % bars, and the law that the preset has."
        made.append(drawings.add("fitted_read_noise", figures.fitted_read_noise(result.read_noise), text))
    if any(trace.traps for trace in result.traces):
        text = "Traps: amplitude and mean times against the conductance of their cell."
        made.append(drawings.add("fitted_traps", fitted_traps(result.traces), text))
    if any(trace.slow is not None for trace in result.traces):
        text = "Slow noise: its amplitude at 1 Hz and its spectral exponent against the conductance of the cell."
        made.append(drawings.add("fitted_slow_noise", fitted_slow_noise(result.traces), text))
    if result.drift is not None:
        text = "Conductance over time since programming, with the fitted laws."
        made.append(drawings.add("fitted_drift", figures.fitted_drift(result.drift), text))
    return Section("Laws over cells", figures=tuple(made)) if made else None
