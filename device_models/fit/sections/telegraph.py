"""Traps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from device_models.fit.interval import Estimate, over_cells
from device_models.fit.one_cell.levels import TraceFit
from device_models.fit.one_cell.telegraph import TwoLevels
from device_models.fit.sections.entry import Entry, fitted_to, spread_entry, traces_tested
from device_models.number_text import counted


def telegraph_entries(fits: Sequence[TraceFit]) -> Iterator[Entry]:
    """The median relative step is exp(mean ln dR/R), right for the log-normal law of the device."""
    trapped = [fit for fit in fits if fit.telegraph is not None]
    cells = [fit.telegraph for fit in trapped if fit.telegraph is not None]
    files = [fit.file for fit in trapped]
    switches = sum(cell.switches for cell in cells)
    count = f"n = {counted(len(cells), 'cell')}, {counted(switches, 'switch')}{traces_tested(trapped)}"
    median, spread = relative_step(cells)
    fitted = fitted_to(files)
    step = "telegraph.resistance_step"
    yield Entry(
        f"{step}.relative", median.value, "fraction of R", f"{fitted}, 95 % interval {median.interval_text()}, {count}"
    )
    yield Entry(f"{step}.per_ohm", 0.0, "1/ohm", "not fitted: the step is taken as a fraction of R", "illustrative")
    yield spread_entry("telegraph.spread_log_sd", spread, "sd of ln dR/R", fitted, count)
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


def _value(estimate: Estimate) -> float:
    return estimate.value
