"""The table of a fit to measurements: every quantity with its 95 % interval and what was tested."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.fit.interval import Estimate
from device_models.fit.levels import TraceFit
from device_models.fit.preset import FitResult
from device_models.number_text import counted

MOST_CELLS = 12


class _Quantity(NamedTuple):
    name: str
    estimate: Estimate
    tested: str = ""


def fit_rows(result: FitResult) -> list[dict[str, Any]]:
    """One entry per quantity, of all cells; low, high: its 95 % interval (NaN: unknown, or none: the range)."""
    ends = ((name, getattr(result, f"{name}_s"), origin)
            for name, origin in zip(("g_min", "g_max"), result.origins, strict=True))  # fmt: skip
    of_range = [_Quantity(name, Estimate(value, math.nan, math.nan, "S"), origin) for name, value, origin in ends]
    quantities = [*of_range, *_programming(result), *_of_traces(result.traces), *_over_cells(result)]
    return [{"quantity": name, **vars(estimate), "tested": tested} for name, estimate, tested in quantities]


def fit_table(result: FitResult) -> TextTable:
    """One line per quantity, of the first cells."""
    columns = ["quantity", "value", "95 % interval", "unit", "goodness of fit"]
    caption = "95 % interval: of the fitted value; p: of measurements that differ more from the law than these do"
    return make_table(f"{result.name}: {', '.join(result.files)}", columns, list(_lines(result)), caption)


def _lines(result: FitResult) -> Iterator[list[str]]:
    yield ["range", f"{result.g_min_s:.4g} .. {result.g_max_s:.4g}", "", "S", "; ".join(dict.fromkeys(result.origins))]
    yield from map(_line, _programming(result))
    yield from map(_line, _of_traces(result.traces[:MOST_CELLS]))
    if len(result.traces) > MOST_CELLS:
        yield [f"{len(result.traces) - MOST_CELLS} more cells: see --csv", "", "", "", ""]
    yield from map(_line, _over_cells(result))


def _line(of: _Quantity) -> list[str]:
    estimate = of.estimate
    return [of.name, f"{estimate.value:.4g}", estimate.interval_text(".."), estimate.unit, of.tested]


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
        yield _Quantity(f"programming: sd at {1e6 * g_s:.4g} uS", sd)


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
        tested = "" if noise.goodness_p is None else f", chi-square p = {noise.goodness_p:.2g}"
        yield _Quantity("read noise sd(G)/G", noise.relative_sd, f"{counted(noise.cells, 'cell')}{tested}")
        if noise.exponent is not None:
            yield _Quantity("read noise: exponent", noise.exponent)
    if result.drift is not None:
        p = result.drift.goodness_p
        tested = counted(len(result.drift.cells), "cell") + ("" if p is None else f", KS p = {p:.2g}")
        yield _Quantity("drift exponent, mean", result.drift.exponent_mean, tested)
        if result.drift.exponent_sd is not None:
            yield _Quantity("drift exponent, sd over cells", result.drift.exponent_sd)
