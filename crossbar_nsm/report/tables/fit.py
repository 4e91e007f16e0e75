"""The table of a fit to measurements: every quantity with its 95 % interval and what was tested; of many cells the
median and the range, and the laws that were chosen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.fit.interval import Estimate
from device_models.fit.one_cell.telegraph import TwoLevels
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.preset import FitResult
from device_models.number_text import PREFIXES, counted, quantity_text, time_text

FEW_CELLS = 3  # that have rows of their own; of more there are median and range
ENDS = ("g_min", "g_max")


class _Quantity(NamedTuple):
    name: str
    estimate: Estimate
    tested: str = ""


def fit_rows(result: FitResult) -> list[dict[str, Any]]:
    """One entry per quantity, of all cells; low, high: its 95 % interval (NaN: unknown, or none: the range)."""
    cells = (quantity for trace in result.traces for quantity in _of_cell(trace))
    quantities = [*_range(result), *_programming(result), *cells, *_over_cells(result)]
    return [{"quantity": name, **vars(estimate), "tested": tested} for name, estimate, tested in quantities]


def fit_table(result: FitResult, each_cell: bool = False) -> TextTable:
    """One line per quantity; conductances in the unit that suits g_max. Of more than FEW_CELLS cells the median, with
    the range behind it, unless `each_cell` is to have lines of its own."""
    columns = ["quantity", "value", "95 % interval", "unit", "goodness of fit"]
    notes = ["95 % interval: of the fitted value; p: of measurements that differ more from the law than these do"]
    if len(result.traces) > FEW_CELLS and not each_cell:
        notes.append(f"median: over {len(result.traces)} cells, with their range; every cell: --wide, --csv or --json")
    notes += [f"not measured: {', '.join(result.not_measured)}"] if result.not_measured else []
    lines = list(_lines(result, each_cell))
    return make_table(f"{result.name}: {', '.join(result.files)}", columns, lines, "\n".join(notes))


def fit_sentences(result: FitResult) -> list[str]:
    """What the table means: which laws the cells follow, what no law explains, and how large the noise is."""
    return [*law_sentences(result.traces), *_meaning(result)]


def law_sentences(traces: Sequence[TraceFit]) -> list[str]:
    """`12 cells: 9 flicker + white, 3 trap + white.`, and in how many no law explains all, with the first reason."""
    if not traces:
        return []
    counts = law_counts(traces)
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts) if len(counts) > 1 else f"all {counts[0][0]}"
    told = [f"{counted(len(traces), 'cell')}: {kinds}." if len(traces) > 1 else f"One cell: {traces[0].kind}."]
    open_ = [trace for trace in traces if trace.unexplained]
    if open_:
        which = f"In {len(open_)} of {len(traces)} cells no" if len(traces) > 1 else "No"
        first = f" (cell {open_[0].cell})" if len(traces) > 1 else ""
        told.append(f"{which} law explains all of the trace{first}: {open_[0].unexplained.rstrip('.')}.")
    return told


def law_counts(traces: Sequence[TraceFit]) -> list[tuple[str, int]]:
    """Laws and how many cells follow each, the most frequent first."""
    return Counter(trace.kind for trace in traces).most_common()


def _meaning(result: FitResult) -> Iterator[str]:
    if result.programming is not None:
        middle = (result.programming.valid_s[0] + result.programming.valid_s[1]) / 2
        sd_s = float(result.programming.sd_s(np.array([middle]))[0])
        yield (
            f"Writing leaves a cell at {quantity_text(middle, 'S', 3)} off its target by {quantity_text(sd_s, 'S')} "
            f"(sd), {100 * sd_s / result.g_max_s:.2g} % of g_max."
        )
    if result.traces:
        step, total = (
            float(np.median([getattr(trace, name) / trace.level_s.value for trace in result.traces]))
            for name in ("step_sd_s", "total_sd_s")
        )
        cell = "The cell" if len(result.traces) == 1 else "The median cell"
        longest = time_text(float(np.median([trace.time_s[-1] - trace.time_s[0] for trace in result.traces])), 2)
        yield (
            f"{cell} changes by {100 * step:.2g} % of its conductance from one read to the next, and by "
            f"{100 * total:.2g} % over its trace of {longest} (sd)."
        )


def _lines(result: FitResult, each_cell: bool) -> Iterator[list[str]]:
    prefix, size = next(entry for entry in PREFIXES if result.g_max_s >= entry[1])

    def line(of: _Quantity) -> list[str]:
        estimate = of.estimate
        if estimate.unit == "S":
            estimate = Estimate(estimate.value / size, estimate.low / size, estimate.high / size, f"{prefix}S")
        known = estimate.low <= estimate.high or not (of.name in ENDS or of.name.endswith("median"))
        interval = estimate.interval_text("..") if known else ""
        return [of.name, f"{estimate.value:.4g}", interval, estimate.unit, of.tested]

    yield from map(line, _range(result))
    yield from map(line, _programming(result))
    if each_cell or len(result.traces) <= FEW_CELLS:
        yield from (line(quantity) for trace in result.traces for quantity in _of_cell(trace))
    else:
        yield from map(line, _of_cells(result.traces, size, f"{prefix}S"))
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


def _of_cell(trace: TraceFit) -> Iterator[_Quantity]:
    name = f"cell {trace.cell}: " if trace.cell else ""
    tested = f"{counted(trace.samples, 'sample')}, {trace.kind}, p = {trace.goodness_p:.2g}"
    yield _Quantity(f"{name}level", trace.level_s, tested)
    yield _Quantity(f"{name}fresh noise", trace.noise_s, trace.unexplained)
    if trace.slow is not None:
        yield _Quantity(f"{name}slow noise at 1 Hz", trace.slow.amplitude_s)
        yield _Quantity(f"{name}spectral exponent", trace.slow.exponent)
    if trace.trend is not None:
        yield _Quantity(f"{name}{trace.trend.kind}, slope", trace.trend.slope)
    for number, trap in enumerate(trace.traps, start=1):
        of = name if len(trace.traps) == 1 else f"{name}trap {number}: "
        yield _Quantity(f"{of}telegraph amplitude d", trap.amplitude, counted(trap.switches, "switch"))
        yield _Quantity(f"{of}occupancy q", trap.occupancy)
        yield _Quantity(f"{of}capture time", trap.capture_s)
        yield _Quantity(f"{of}emission time", trap.emission_s)
    for step in trace.steps:
        yield _Quantity(f"{name}step at {time_text(step.time_s)}", step.change_s)


def _of_cells(traces: Sequence[TraceFit], size: float, unit: str) -> Iterator[_Quantity]:
    """Medians over cells, and over traps; size: of the unit of conductance, for the ranges."""
    worst = min(trace.goodness_p for trace in traces)
    yield _pooled("level", [t.level_s.value / size for t in traces], "cell", unit, f"smallest p = {worst:.2g}")
    noise = [trace.noise_s.value / trace.level_s.value for trace in traces]
    yield _pooled("fresh noise", noise, "cell", "fraction of G")
    slow = [(trace.slow, trace.level_s.value) for trace in traces if trace.slow is not None]
    if slow:
        relative = [noise.amplitude_s.value / level for noise, level in slow]
        yield _pooled("slow noise at 1 Hz", relative, "cell", "fraction of G")
        yield _pooled("spectral exponent", [noise.exponent.value for noise, _ in slow], "cell", "1")
    for kind in ("drift", "relaxation"):
        trends = [trace.trend for trace in traces if trace.trend is not None and trace.trend.kind == kind]
        if trends:
            scale, of = (1.0, "1") if kind == "drift" else (size, unit)
            yield _pooled(f"{kind}, slope", [trend.slope.value / scale for trend in trends], "cell", of)
    traps = [trap for trace in traces for trap in trace.traps]
    if traps:
        yield from (_pooled(name, list(map(of, traps)), "trap", unit_) for name, of, unit_ in _TRAP_NUMBERS)


_TRAP_NUMBERS: tuple[tuple[str, Callable[[TwoLevels], float], str], ...] = (
    ("telegraph amplitude d", lambda trap: trap.amplitude.value, "fraction of G"),
    ("occupancy q", lambda trap: trap.occupancy.value, "1"),
    ("capture time", lambda trap: trap.capture_s.value, "s"),
    ("emission time", lambda trap: trap.emission_s.value, "s"),
)


def _pooled(name: str, values: Sequence[float], noun: str, unit: str, tested: str = "") -> _Quantity:
    """Of values in `unit`."""
    span = f"{min(values):.3g} .. {max(values):.3g}" if len(values) > 1 else ""
    about = ", ".join(filter(None, (f"{counted(len(values), noun)}", span, tested)))
    return _Quantity(f"{name}, median", Estimate(float(np.median(values)), math.nan, math.nan, unit), about)


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
