"""The table of a fit to measurements: every quantity with its 95 % interval and what was tested; of many cells the
median and the range, and the laws that were chosen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.fit.across_cells.against_conductance import Points
from device_models.fit.across_cells.bakes import REJECTED, BakesFit, bake_text
from device_models.fit.across_cells.drift import DriftFit
from device_models.fit.across_cells.jumps import JumpsFit
from device_models.fit.across_cells.read_noise import ReadNoiseFit
from device_models.fit.across_cells.relaxation import RelaxationFit
from device_models.fit.across_cells.slow_noise import SlowNoiseFit
from device_models.fit.across_cells.traps import TrapsFit
from device_models.fit.interval import Estimate, around
from device_models.fit.one_cell.telegraph import TwoLevels
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.preset import FitResult
from device_models.number_text import PREFIXES, counted, quantity_text, time_text

FEW_CELLS = 3  # that have rows of their own; of more there are median and range
ENDS = ("g_min", "g_max")
FAILED = {"low": "stuck low", "high": "stuck high", "any": "stuck anywhere", "missed": "far from their target"}


class _Quantity(NamedTuple):
    """interval: whether there is one, known or not."""

    name: str
    estimate: Estimate
    tested: str = ""
    interval: bool = True


def fit_rows(result: FitResult) -> list[dict[str, Any]]:
    """One entry per quantity, of all cells; low, high: its 95 % interval (NaN: unknown, or none: the range)."""
    cells = (quantity for trace in result.traces for quantity in _of_cell(trace))
    quantities = [*_range(result), *_programming(result), *_pulses(result), *cells, *_over_cells(result)]
    return [{"quantity": of.name, **vars(of.estimate), "tested": of.tested} for of in quantities]


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


def _beside(result: FitResult) -> str:
    """The mean error of programming, where it is no matter of sampling."""
    assert result.programming is not None
    mean = result.programming.bias_s
    certain = mean.low > 0 or mean.high < 0
    return f", beside a mean error of {quantity_text(mean.value, 'S')}" if certain else ""


def _meaning(result: FitResult) -> Iterator[str]:
    if result.programming is not None:
        middle = (result.programming.valid_s[0] + result.programming.valid_s[1]) / 2
        sd_s = float(result.programming.sd_s(np.array([middle]))[0])
        yield (
            f"Writing leaves a cell at {quantity_text(middle, 'S', 3)} off its target by {quantity_text(sd_s, 'S')} "
            f"(sd), {100 * sd_s / result.g_max_s:.2g} % of g_max{_beside(result)}."
        )
    if result.pulses is not None:
        fit = result.pulses.used
        share = fit.spread_pulses.value / fit.count
        noise = quantity_text(fit.read_sd_s.value, "S", 2)
        yield (
            f"{fit.count} pulses take a cell from {quantity_text(fit.start_s.value, 'S', 3)} to "
            f"{quantity_text(fit.end_s.value, 'S', 3)}; writing misses its place on the staircase by "
            f"{fit.spread_pulses.value:.2g} pulses (sd), {100 * share:.2g} % of it; a read scatters by {noise} (sd)."
        )
    if result.pulses is not None and result.pulses.asymmetry is not None:
        ratio = math.exp(min(result.pulses.asymmetry.value, 700.0))
        yield (f"From g_min to g_max a pulse up becomes {ratio:.2g} times smaller beside a pulse down (1: symmetric).")
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
    if result.drift is not None:
        change = 100 * (10.0**-result.drift.exponent_mean.value - 1)
        yield f"Cells left alone change by {change:+.2g} % in each decade of time, in the mean."
    if result.relaxation is not None:
        when = time_text(float(result.relaxation.time_s[-1]))
        low, inner_low, _, inner_high, high = (100 * math.expm1(point) for point in result.relaxation.measured[:, -1])
        yield (
            f"{when} after programming half of the cells stand {inner_low:+.2g} to {inner_high:+.2g} % from where they "
            f"were, nine in ten {low:+.2g} to {high:+.2g} %."
        )
    if result.bakes is not None:
        hottest = int(np.argmax(result.bakes.temperature_k))
        low, _, middle, _, high = (100 * math.expm1(point) for point in result.bakes.measured[:, hottest])
        bake = bake_text(result.bakes.temperature_k[hottest], result.bakes.time_s[hottest])
        moved = f"{middle:+.2g} % from where it was, nine in ten {low:+.2g} to {high:+.2g} %"
        yield f"After {bake} the median cell stands {moved}."


def _lines(result: FitResult, each_cell: bool) -> Iterator[list[str]]:
    prefix, size = next(entry for entry in PREFIXES if result.g_max_s >= entry[1])

    def line(of: _Quantity) -> list[str]:
        estimate = of.estimate
        if estimate.unit == "S":
            estimate = Estimate(estimate.value / size, estimate.low / size, estimate.high / size, f"{prefix}S")
        interval = estimate.interval_text("..") if of.interval else ""
        return [of.name, f"{estimate.value:.4g}", interval, estimate.unit, of.tested]

    yield from map(line, _range(result))
    yield from map(line, _programming(result))
    yield from map(line, _pulses(result))
    if each_cell or len(result.traces) <= FEW_CELLS:
        yield from (line(quantity) for trace in result.traces for quantity in _of_cell(trace))
    else:
        yield from map(line, _of_cells(result.traces, size, f"{prefix}S"))
    yield from map(line, _over_cells(result))


def _range(result: FitResult) -> Iterator[_Quantity]:
    for name, value, origin in zip(ENDS, (result.g_min_s, result.g_max_s), result.origins, strict=True):
        yield _Quantity(name, _alone(value, "S"), origin, interval=False)


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
    for where, share in fit.failed.shares.items():
        yield _Quantity(f"programming: failed cells, {FAILED[where]}", share, "apart from the sd")


def _pulses(result: FitResult) -> Iterator[_Quantity]:
    if result.pulses is None:
        return
    for fit in result.pulses.staircases:
        name = f"{fit.direction}: "
        tested = f"{counted(fit.count, 'pulse')}, {counted(len(fit.trains_s), 'train')}, curve p = {fit.curve_p:.2g}"
        yield _Quantity(f"{name}curvature", fit.curvature, tested)
        yield _Quantity(f"{name}before the first pulse", fit.start_s)
        yield _Quantity(f"{name}after the last pulse", fit.end_s)
        kept = {None: "none found", True: "adds up", False: "forgotten"}[fit.kept]
        rest = (
            f"{kept}, alike in {'pulses' if fit.along == 'staircase' else 'conductance'}"
            if fit.kept is not None
            else kept
        )
        yield _Quantity(f"{name}sd along the staircase", fit.spread_pulses, rest)
        if fit.memory_pulses is not None:
            yield _Quantity(f"{name}forgotten within", fit.memory_pulses)
        if fit.device_pulses is not None:
            yield _Quantity(f"{name}sd over cells", fit.device_pulses, counted(fit.cells, "cell"))
        tested = f"order p = {fit.flat_p:.2g}, normal p = {fit.normal_p:.2g}"
        yield _Quantity(f"{name}read noise", fit.read_sd_s, tested)
    if result.pulses.asymmetry is not None:
        yield _Quantity("pulses: asymmetry, sum of the curvatures", result.pulses.asymmetry)


def _of_cell(trace: TraceFit) -> Iterator[_Quantity]:
    name = f"cell {trace.cell}: " if trace.cell else ""
    tested = f"{counted(trace.samples, 'sample')}, {trace.kind}, p = {trace.goodness_p:.2g}"
    tested += ": not explained, see below" if trace.unexplained else ""
    yield _Quantity(f"{name}level", trace.level_s, tested)
    yield _Quantity(f"{name}fresh noise", trace.noise_s)
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
    if trace.jumps is not None:
        share = 100 * trace.jumps.variance_s2 / trace.total_sd_s**2
        yield _Quantity(f"{name}jumps, as a slow trap", trace.jumps.step_s, f"{share:.2g} % of the variance")
        yield _Quantity(f"{name}time between jumps", trace.jumps.dwell_s)


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
    return _Quantity(f"{name}, median", _alone(float(np.median(values)), unit), about, interval=False)


def _alone(value: float, unit: str) -> Estimate:
    return Estimate(value, math.nan, math.nan, unit)


def _over_cells(result: FitResult) -> Iterator[_Quantity]:
    yield from _read_noise(result.read_noise)
    yield from _slow_noise(result.slow_noise)
    yield from _traps(result.traps)
    yield from _jumps(result.jumps)
    yield from _drift(result.drift)
    yield from _relaxation(result.relaxation)
    yield from _bakes(result.bakes)


def _read_noise(noise: ReadNoiseFit | None) -> Iterator[_Quantity]:
    if noise is None:
        return
    tested = f"{counted(noise.cells, 'cell')}, reads every {time_text(noise.interval_s)}{_p('chi-square', noise)}"
    where = "at any conductance" if noise.exponent is None else "at g_max"
    yield _Quantity(f"read noise {where}", noise.relative_sd, tested)
    if noise.exponent is not None:
        yield _Quantity("read noise: exponent", noise.exponent, _tabled(noise.table))


def _slow_noise(noise: SlowNoiseFit | None) -> Iterator[_Quantity]:
    if noise is None:
        return
    tested = f"{counted(noise.cells, 'cell')}{_p('chi-square', noise)}"
    yield _Quantity("slow noise at 1 Hz and g_max", noise.coefficient, tested)
    if noise.exponent is not None:
        yield _Quantity("slow noise: exponent of G", noise.exponent, _tabled(noise.table))
    yield _Quantity("slow noise: spectral exponent", noise.spectral_exponent)
    if noise.spread is not None:
        yield _Quantity("slow noise: spread over cells", noise.spread)


def _traps(traps: TrapsFit | None) -> Iterator[_Quantity]:
    if traps is None:
        return
    about = f"{counted(traps.traps, 'trap')} in {traps.cells} of {counted(traps.measured, 'cell')}"
    yield _Quantity("traps: share of cells that have any", traps.share_of_cells, about)
    if traps.table is not None:
        for ohm, step, log_se in zip(*vars(traps.table).values(), strict=True):
            estimate = around(float(step), float(log_se), "fraction of R", "log")
            yield _Quantity(f"traps: step of the resistance at {ohm:.2g} ohm", estimate)
    yield from _steps("traps", traps)


def _steps(name: str, law: TrapsFit | JumpsFit) -> Iterator[_Quantity]:
    if law.relative is not None:
        yield _Quantity(f"{name}: step of the resistance", law.relative)
    if law.per_ohm is not None:
        yield _Quantity(f"{name}: step of the resistance per ohm", law.per_ohm)
    if law.spread is not None:
        yield _Quantity(f"{name}: spread of the step", law.spread)


def _jumps(jumps: JumpsFit | None) -> Iterator[_Quantity]:
    if jumps is None:
        return
    about = f"slow traps: {100 * jumps.carried:.2g} % of the variance of {jumps.cells} of {jumps.measured} traces"
    yield _Quantity("jumps: share of cells whose level jumps", jumps.share_of_cells, about)
    yield from _steps("jumps", jumps)
    yield _Quantity("jumps: time between two", jumps.dwell_s)


def _drift(drift: DriftFit | None) -> Iterator[_Quantity]:
    if drift is None:
        return
    yield _Quantity("drift exponent, mean", drift.exponent_mean, counted(len(drift.cells), "cell") + _p("KS", drift))
    if drift.exponent_sd is not None:
        yield _Quantity("drift exponent, sd over cells", drift.exponent_sd)


def _relaxation(fit: RelaxationFit | None) -> Iterator[_Quantity]:
    """Of a law of ln t its constants; of a table the spread of ln G at the last time."""
    if fit is None:
        return
    if fit.table is not None:
        spread = float(fit.measured[-1, -1] - fit.measured[0, -1])
        held = "" if fit.held_out is None else f", cells held out {100 * fit.held_out:.2g} % off"
        name = f"relaxation: 5 to 95 % width of ln G at {time_text(float(fit.time_s[-1]))}"
        yield _Quantity(
            name, _alone(spread, "1"), f"{counted(fit.cells, 'cell')}, table of quantiles{held}", interval=False
        )
        return
    if fit.mean_per_ln_s is not None:
        yield _Quantity("relaxation: mean per ln t", fit.mean_per_ln_s, counted(fit.cells, "cell") + _p("KS", fit))
    for name, value in (("sd at 1 s", fit.sd_at_1s_s), ("sd per ln t", fit.sd_per_ln_s)):
        if value is not None:
            yield _Quantity(f"relaxation: {name}", value)


def _bakes(fit: BakesFit | None) -> Iterator[_Quantity]:
    """Median and spread of the change of ln G of each third of the cells in each bake, and the energies."""
    if fit is None:
        return
    for bake, (kelvin, time_s) in enumerate(zip(fit.temperature_k, fit.time_s, strict=True)):
        cells = counted(int(np.isfinite(fit.log_change[:, bake]).sum()), "cell")
        for third, g_s in enumerate(fit.conductance_s):
            name = f"bake, {bake_text(kelvin, time_s)}: change of ln G at {quantity_text(float(g_s), 'S')}"
            median = around(float(fit.median[third, bake]), float(fit.median_se[third, bake]), "1")
            spread = around(float(fit.spread[third, bake]), float(fit.log_spread_se[third, bake]), "1", "log")
            yield _Quantity(f"{name}, median", median, cells)
            yield _Quantity(f"{name}, half of 16 to 84 % width", spread)
    if fit.energy is not None:
        yield _Quantity("bakes: activation energy", fit.energy.energy, f"chi-square p = {fit.energy.p:.2g}")
    if fit.apparent is not None:
        rejected = ": no law of Arrhenius" if fit.apparent.p < REJECTED else ""
        tested = f"chi-square p = {fit.apparent.p:.2g}{rejected}"
        yield _Quantity("bakes: rise of the spread, exp(-B / kT): B", fit.apparent.energy, tested)


def _p(test: str, fit: ReadNoiseFit | SlowNoiseFit | DriftFit | RelaxationFit) -> str:
    return "" if fit.goodness_p is None else f", {test} p = {fit.goodness_p:.2g}"


def _tabled(table: Points | None) -> str:
    return "" if table is None else "rejected: the preset has a table"
