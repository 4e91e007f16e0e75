"""Traps, and jumps of the level: section `telegraph`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from device_models.fit.across_cells.jumps import JumpsFit
from device_models.fit.across_cells.traps import StepPoints, TrapsFit
from device_models.fit.interval import Estimate
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.sections.entry import Entry, fitted_to, spread_entry, traces_tested
from device_models.number_text import counted, time_text


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


def jump_entries(fit: JumpsFit, traces: Sequence[TraceFit], section: str) -> Iterator[Entry]:
    """section: `telegraph`, or `telegraph.jumps` where that holds other traps."""
    jumping = [trace for trace in traces if trace.jumps is not None]
    fitted = fitted_to((trace.file for trace in jumping), "reads")
    open_ = f", in {fit.unexplained} of them by no law" if fit.unexplained else ""
    count = (
        f"n = {counted(fit.cells, 'cell')} whose level jumps{open_}; spectra as of {fit.count.value:.2g} jumps in all"
    )
    step = (
        f"{fitted}, a slow trap with the variance that noise leaves of each trace ({100 * fit.carried:.2g} %, median): "
        f"not the height of one jump; the mean square over the law is that of the cells"
    )
    yield _step(f"{section}.resistance_step.relative", fit.relative, "fraction of R", step, count)
    yield _step(f"{section}.resistance_step.per_ohm", fit.per_ohm, "1/ohm", step, count)
    yield spread_entry(f"{section}.spread_log_sd", fit.spread, "sd of ln dR/R", fitted, count)
    for key in ("capture", "emission"):
        for end in ("min", "max"):
            source = (
                f"{fitted}, traces over the jumps that their spectra show, taken as often up as down; 95 % interval "
                f"{time_text(fit.dwell_s.low)} to {time_text(fit.dwell_s.high)} of a Poisson number, {count}"
            )
            yield Entry(f"{section}.{key}_time_s.{end}_s", fit.dwell_s.value, "s", source)
    yield Entry(f"{section}.traps_per_cell", 1, "count", "one slow trap stands for all jumps of a cell")
    if fit.cells < fit.measured:
        share = f"{fitted}, {fit.cells} of {fit.measured} cells, 95 % interval {fit.share_of_cells.interval_text()}"
        yield Entry(f"{section}.share_of_cells", fit.share_of_cells.value, "fraction of cells", share)


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
