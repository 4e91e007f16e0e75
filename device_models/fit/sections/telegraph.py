"""Traps: section `telegraph`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from device_models.fit.across_cells.traps import StepPoints, TrapsFit
from device_models.fit.interval import Estimate
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.sections.entry import Entry, fitted_to, spread_entry, traces_tested
from device_models.number_text import counted


def telegraph_entries(fit: TrapsFit, traces: Sequence[TraceFit]) -> Iterator[Entry]:
    """The median step is that of the log-normal law of the device."""
    trapped = [trace for trace in traces if trace.traps]
    switches = counted(fit.switches, "switch")
    count = f"n = {counted(fit.cells, 'cell')}, {switches}{traces_tested(trapped)}"
    if fit.traps > fit.cells:
        count = f"{counted(fit.traps, 'trap')} of {count.removeprefix('n = ')}"
    fitted = fitted_to((trace.file for trace in trapped), "reads")
    step = "telegraph.resistance_step"
    against = "; ".join(f"rank correlation of {name} {r:.2f}, p = {p:.2g}" for name, (r, p) in fit.correlations.items())
    if fit.table is not None:
        yield from _table(f"{step}.law", fit.table, fitted, count)
    else:
        yield _step(f"{step}.relative", fit.relative, "fraction of R", fitted, count)
        yield _step(f"{step}.per_ohm", fit.per_ohm, "1/ohm", fitted, count)
    yield spread_entry("telegraph.spread_log_sd", fit.spread, "sd of ln dR/R", fitted, count)
    for key, ends in (("capture", fit.capture_s), ("emission", fit.emission_s)):
        for end, time in zip(("min", "max"), ends, strict=True):
            which = "the" if fit.traps == 1 else f"{end}imum over cells: the cell's"
            source = f"{fitted}, {which} 95 % interval {time.interval_text()}, {count}"
            yield Entry(
                f"telegraph.{key}_time_s.{end}_s", time.value, "s", source + (f"; {against}" if against else "")
            )
    many = f"{fitted}, {counted(fit.traps, 'trap')} in {counted(fit.cells, 'cell')} that have any"
    yield Entry("telegraph.traps_per_cell", fit.traps_per_cell, "count", many)
    if fit.cells < fit.measured:
        share = f"{fitted}, {fit.cells} of {fit.measured} cells, 95 % interval {fit.share_of_cells.interval_text()}"
        yield Entry("telegraph.share_of_cells", fit.share_of_cells.value, "fraction of cells", share)


def _table(key: str, points: StepPoints, fitted: str, count: str) -> Iterator[Entry]:
    yield Entry(f"{key}.name", "table")
    yield Entry(f"{key}.resistance_ohm", points.resistance_ohm.tolist(), "ohm", f"{fitted}, quantiles of the cells")
    errors = ", ".join(f"{100 * error:.2g} %" for error in points.log_se)
    yield Entry(f"{key}.step", points.step.tolist(), "fraction of R", f"{fitted}, se {errors}, {count}")


def _step(key: str, part: Estimate | None, unit: str, fitted: str, count: str) -> Entry:
    """A part of the law of steps; one that is not in it is 0."""
    if part is None:
        return Entry(key, 0.0, unit, "not in the law that fits best, or not fitted: taken as 0", "illustrative")
    return Entry(key, part.value, unit, f"{fitted}, 95 % interval {part.interval_text()}, {count}")
