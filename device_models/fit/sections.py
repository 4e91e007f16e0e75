"""How fits are written in a preset: the one place that knows the schema of a device file.

Every number is an entry: its dotted key, value, unit and source. `document` nests the entries and lists the sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from device_models.fit.across_cells.drift import DriftFit
from device_models.fit.across_cells.programming import ProgrammingFit
from device_models.fit.across_cells.read_noise import ReadNoiseFit
from device_models.fit.interval import Estimate, over_cells
from device_models.fit.one_cell.telegraph import TwoLevels
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import counted

DIGITS = 7
NOT_MEASURED = "not measured: taken as 0"
MOST_WARNING_CHARACTERS = 500
REJECTED = 1e-3


@dataclass(frozen=True)
class Entry:
    """One number of a preset and where it comes from; without a unit it is a name and needs no source."""

    key: str
    value: Any
    unit: str = ""
    source: str = ""
    provenance: str = "user"


def document(head: dict[str, Any], entries: Iterable[Entry]) -> dict[str, Any]:
    """`head`, the nested entries, and their sources."""
    data, sources = dict(head), {}
    for entry in entries:
        section = data
        *parents, last = entry.key.split(".")
        for parent in parents:
            section = section.setdefault(parent, {})
        section[last] = _rounded(entry.value)
        if entry.unit:
            sources[entry.key] = {"unit": entry.unit, "provenance": entry.provenance, "source": entry.source}
    return {**data, "sources": sources}


def conductance(g_min_s: float, g_max_s: float, levels: int | None, origins: tuple[str, str]) -> Iterator[Entry]:
    for end, value, origin in zip(("g_min_s", "g_max_s"), (g_min_s, g_max_s), origins, strict=True):
        provenance = "illustrative" if origin == NOT_MEASURED else "user"
        yield Entry(f"conductance.{end}", value, "S", origin, provenance)
    yield Entry("conductance.levels", levels, "" if levels is None else "count", "given")


def programming(fit: ProgrammingFit) -> Iterator[Entry]:
    section = "programming.error_polynomial_s"
    intervals = "; ".join(c.interval_text() for c in fit.coefficients_s)
    fitted = _fitted(fit.files)
    yield Entry(
        f"{section}.coefficients",
        [c.value for c in fit.coefficients_s],
        "S^(1-k) for power k",
        f"{fitted}, 95 % intervals {intervals}, n = {counted(fit.pairs, 'pair')}"
        f"{_tested(KS=fit.goodness_p, chi2=fit.spread_p)}",
    )
    yield Entry(f"{section}.valid_s", list(fit.valid_s), "S", f"range of the targets in {names(fit.files)}")


def read_noise(fit: ReadNoiseFit, traces: Sequence[TraceFit]) -> Iterator[Entry]:
    """Of one relative sd, or of the law power_law {relative_sd_at_g_max, exponent}."""
    files = [trace.file for trace in traces]
    count = f"n = {counted(fit.samples, 'sample')} of {counted(fit.cells, 'cell')}{_tested(chi2=fit.goodness_p)}"
    count += _traces_tested(traces)
    source = f"{_fitted(files)}, 95 % interval {fit.relative_sd.interval_text()}, {count}"
    if any(trace.telegraph is not None for trace in traces):
        source += "; one sd for all states of a trap, over the level without it captured"
    if fit.exponent is None:
        yield Entry("read_noise.relative_sd", fit.relative_sd.value, "fraction of G", source)
    else:
        yield Entry("read_noise.law.name", "power_law")
        yield Entry("read_noise.law.relative_sd_at_g_max", fit.relative_sd.value, "fraction of G", source)
        slope = f"{_fitted(files)}, 95 % interval {fit.exponent.interval_text()}, {count}"
        yield Entry("read_noise.law.exponent", float(np.clip(fit.exponent.value, -1, 1)), "1", slope)
    yield Entry("read_noise.interval_s", fit.interval_s, "s", f"median interval of the traces in {names(files)}")


def telegraph(fits: Sequence[TraceFit]) -> Iterator[Entry]:
    """The median relative step is exp(mean ln dR/R), right for the log-normal law of the device."""
    trapped = [fit for fit in fits if fit.telegraph is not None]
    cells = [fit.telegraph for fit in trapped if fit.telegraph is not None]
    files = [fit.file for fit in trapped]
    switches = sum(cell.switches for cell in cells)
    count = f"n = {counted(len(cells), 'cell')}, {counted(switches, 'switch')}{_traces_tested(trapped)}"
    median, spread = relative_step(cells)
    fitted = _fitted(files)
    step = "telegraph.resistance_step"
    yield Entry(
        f"{step}.relative", median.value, "fraction of R", f"{fitted}, 95 % interval {median.interval_text()}, {count}"
    )
    yield Entry(f"{step}.per_ohm", 0.0, "1/ohm", "not fitted: the step is taken as a fraction of R", "illustrative")
    yield _spread("telegraph.spread_log_sd", spread, "sd of ln dR/R", fitted, count)
    for key, times in (("capture", [c.capture_s for c in cells]), ("emission", [c.emission_s for c in cells])):
        for end, time in (("min", min(times, key=_value)), ("max", max(times, key=_value))):
            which = "the" if len(cells) == 1 else f"{end}imum over cells: the cell's"
            source = f"{fitted}, {which} 95 % interval {time.interval_text()}, {count}"
            yield Entry(f"telegraph.{key}_time_s.{end}_s", time.value, "s", source)
    yield Entry("telegraph.traps_per_cell", 1, "count", "two levels were fitted to each trace", "illustrative")


def relative_step(cells: Sequence[TwoLevels]) -> tuple[Estimate, Estimate | None]:
    """Median dR/R over cells and sd of its logarithm (None for one cell), with 95 % intervals."""
    if len(cells) == 1:
        return cells[0].relative_step, None
    logs, errors = ([getattr(cell, key) for cell in cells] for key in ("relative_step", "relative_step_log_se"))
    mean, spread = over_cells(np.log([step.value for step in logs]), np.array(errors))
    value, low, high = (float(np.exp(log)) for log in (mean.value, mean.low, mean.high))
    return Estimate(value, low, high, "fraction of R"), spread


def drift(fit: DriftFit) -> Iterator[Entry]:
    """Mean and sd over cells of the exponent, either the same at every conductance."""
    files = [cell.file for cell in fit.cells]
    count = f"n = {counted(len(fit.cells), 'cell')}{_tested(KS=fit.goodness_p)}"
    fitted = _fitted(files)
    yield Entry("drift.reference_time_s", fit.reference_time_s, "s", f"earliest time in {names(files)}")
    mean = f"{fitted}, 95 % interval {fit.exponent_mean.interval_text()}, {count}"
    yield Entry("drift.exponent.mean.at_g_max", fit.exponent_mean.value, "1", mean)
    yield Entry("drift.exponent.mean.per_log_g", 0.0, "1", "not fitted: the same at every conductance", "illustrative")
    yield _spread("drift.exponent.sd.at_g_max", fit.exponent_sd, "1", fitted, count)
    yield Entry("drift.exponent.sd.per_log_g", 0.0, "1", "not fitted: the same at every conductance", "illustrative")


def described(files: Iterable[str], not_measured: Sequence[str], warnings: Sequence[str]) -> str:
    """The description: files, what they do not tell, and warnings, as many as 500 characters hold (one at least)."""
    listed = list(warnings)
    while len(listed) > 1 and len("; ".join(listed)) > MOST_WARNING_CHARACTERS:
        listed.pop()
    more = f"; ... ({len(warnings) - len(listed)} more)" if len(listed) < len(warnings) else ""
    about = f"Fitted to {names(files)}" + (f". Not measured: {', '.join(not_measured)}" if not_measured else "")
    return about + (f". Warnings: {'; '.join(listed)}{more}" if listed else "")


def _spread(key: str, spread: Estimate | None, unit: str, fitted: str, count: str) -> Entry:
    """A spread over cells; 0 and not measured for one cell."""
    if spread is None:
        return Entry(key, 0.0, unit, "not measured (one cell): taken as 0", "illustrative")
    return Entry(key, spread.value, unit, f"{fitted}, 95 % interval {spread.interval_text()}, {count}")


def _tested(**p_values: float | None) -> str:
    """Goodness of fit to end a source with; nothing for a test that could not be made."""
    tests = {"KS": "KS", "chi2": "chi-square"}
    return "".join(f", {tests[key]} p = {p:.2g}{_rejected(p)}" for key, p in p_values.items() if p is not None)


def _rejected(p: float) -> str:
    return " (rejected)" if p < REJECTED else ""


def _traces_tested(traces: Sequence[TraceFit]) -> str:
    smallest = min(trace.goodness_p for trace in traces)
    return f", {'trace' if len(traces) == 1 else 'smallest trace'} KS p = {smallest:.2g}{_rejected(smallest)}"


def _value(estimate: Estimate) -> float:
    return estimate.value


def _fitted(files: Iterable[str]) -> str:
    return f"fitted to {names(files)}"


def names(files: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(Path(file).name for file in files))


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
