"""The table of a fit to measurements: every quantity with its 95 % interval and what was tested."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.fit.interval import Estimate
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.preset import FitResult
from device_models.number_text import PREFIXES, counted, quantity_text, time_text

MOST_CELLS = 12
ENDS = ("g_min", "g_max")


class _Quantity(NamedTuple):
    name: str
    estimate: Estimate
    tested: str = ""


def fit_rows(result: FitResult) -> list[dict[str, Any]]:
    """One entry per quantity, of all cells; low, high: its 95 % interval (NaN: unknown, or none: the range)."""
    quantities = [*_range(result), *_programming(result), *_of_traces(result.traces), *_over_cells(result)]
    return [{"quantity": name, **vars(estimate), "tested": tested} for name, estimate, tested in quantities]


def fit_table(result: FitResult) -> TextTable:
    """One line per quantity, of the first cells; conductances in the unit that suits g_max."""
    columns = ["quantity", "value", "95 % interval", "unit", "goodness of fit"]
    notes = ["95 % interval: of the fitted value; p: of measurements that differ more from the law than these do"]
    notes += [f"not measured: {', '.join(result.not_measured)}"] if result.not_measured else []
    return make_table(f"{result.name}: {', '.join(result.files)}", columns, list(_lines(result)), "\n".join(notes))


def _lines(result: FitResult) -> Iterator[list[str]]:
    prefix, size = next(entry for entry in PREFIXES if result.g_max_s >= entry[1])

    def line(of: _Quantity) -> list[str]:
        estimate = of.estimate
        if estimate.unit == "S":
            estimate = Estimate(estimate.value / size, estimate.low / size, estimate.high / size, f"{prefix}S")
        interval = "" if of.name in ENDS else estimate.interval_text("..")
        return [of.name, f"{estimate.value:.4g}", interval, estimate.unit, of.tested]

    yield from map(line, _range(result))
    yield from map(line, _programming(result))
    yield from map(line, _of_traces(result.traces[:MOST_CELLS]))
    if len(result.traces) > MOST_CELLS:
        yield [f"{len(result.traces) - MOST_CELLS} more cells: see --csv", "", "", "", ""]
    yield from map(line, _over_cells(result))


def _range(result: FitResult) -> Iterator[_Quantity]:
    for name, value, origin in zip(ENDS, (result.g_min_s, result.g_max_s), result.origins, strict=True):
        yield _Quantity(name, Estimate(value, math.nan, math.nan, "S"), origin)


def _programming(result: FitResult) -> Iterator[_Quantity]:
    if result.programming is None:
        return
    fit = result.programming
    tests = f"KS p = {fit.goodness_p:.2g}"
    if fit.spread_p is not None:
        tests += f", chi-square p = {fit.spread_p:.2g}"
    yield _Quantity("programming: mean error", fit.bias_s, f"{counted(fit.pairs, 'pair')}, {tests}")
    for power, coefficient in enumerate(fit.coefficients_s):
        yield _Quantity(f"programming: sd, coefficient of G^{power}", coefficient)
    for g_s, sd in fit.sd_at.items():
        yield _Quantity(f"programming: sd at {quantity_text(g_s, 'S', 4)}", sd)


def _of_traces(traces: tuple[TraceFit, ...]) -> Iterator[_Quantity]:
    for trace in traces:
        name = f"cell {trace.cell}: " if trace.cell else ""
        tested = f"{counted(trace.samples, 'sample')}, p = {trace.goodness_p:.2g}"
        yield _Quantity(f"{name}level", trace.level_s, tested)
        if trace.telegraph is not None:
            two = trace.telegraph
            yield _Quantity(f"{name}telegraph amplitude d", two.amplitude, counted(two.switches, "switch"))
            yield _Quantity(f"{name}occupancy q", two.occupancy)
            yield _Quantity(f"{name}capture time", two.capture_s)
            yield _Quantity(f"{name}emission time", two.emission_s)


def _over_cells(result: FitResult) -> Iterator[_Quantity]:
    if result.read_noise is not None:
        noise = result.read_noise
        tested = f"{counted(noise.cells, 'cell')}, reads every {time_text(noise.interval_s)}"
        tested += "" if noise.goodness_p is None else f", chi-square p = {noise.goodness_p:.2g}"
        where = "at any conductance" if noise.exponent is None else "at g_max"
        yield _Quantity(f"read noise {where}", noise.relative_sd, tested)
        if noise.exponent is not None:
            yield _Quantity("read noise: exponent", noise.exponent)
    if result.drift is not None:
        p = result.drift.goodness_p
        tested = counted(len(result.drift.cells), "cell") + ("" if p is None else f", KS p = {p:.2g}")
        yield _Quantity("drift exponent, mean", result.drift.exponent_mean, tested)
        if result.drift.exponent_sd is not None:
            yield _Quantity("drift exponent, sd over cells", result.drift.exponent_sd)
