"""The measured cells one by one: every law that was tried, for the first of them; one line for each in a table."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.report.figures.devices.fits.one_cell import candidate_laws
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.page.condensing import condensed
from crossbar_nsm.report.page.parts import Section
from crossbar_nsm.report.page.table import PageTable, Value
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import time_text

MOST_DRAWN = 6
REJECTED = 1e-3
NOTE = (
    "margin: BIC above that of the best law; below 2 the two cannot be told apart, above 10 clearly. p: of a "
    "periodogram farther from the law's spectrum than the measured one; below 0.001 the law is rejected."
)


def laws(traces: Sequence[TraceFit], drawings: Drawings) -> Section | None:
    """Figures of the first cells with their candidates, and the table of these."""
    drawn = traces[:MOST_DRAWN]
    if not drawn:
        return None
    figures = []
    for number, trace in enumerate(drawn, start=1):
        name = f"laws_of_cell_{trace.cell or number}"
        figures.append(drawings.add(name, candidate_laws(trace), _caption(trace)))
    columns = ["cell", "law", "parameters", "margin of BIC", "p of the spectrum", ""]
    lines = [line for trace in drawn for line in _candidates(trace)]
    table = PageTable.of(columns, lines, "Laws that were tried", NOTE, leading=2)
    first = f"The first {len(drawn)} of {len(traces)} cells; the others are in the table below. " * (
        len(drawn) < len(traces)
    )
    text = f"{first}Each cell's trace, and all laws that were tried on it, the best first."
    return Section("Laws of single cells", (text,), tuple(figures), (table,))


def _caption(trace: TraceFit) -> str:
    told = [f"Cell {trace.cell}: {trace.kind}." if trace.cell else f"{trace.kind}."]
    others = [law for law in trace.candidates if law.kind != trace.kind]
    if others:
        told.append(f"Next best: {others[0].kind}, its BIC {others[0].margin:.3g} above.")
    if trace.unexplained:
        told.append(f"Not explained: {trace.unexplained.rstrip('.')}.")
    return " ".join(told)


def _candidates(trace: TraceFit) -> list[list[Value]]:
    lines: list[list[Value]] = []
    for law in trace.candidates:
        rejected = law.spectrum_p is not None and law.spectrum_p < REJECTED
        says = ", ".join(["chosen"] * (law.kind == trace.kind) + ["rejected"] * rejected)
        p = None if law.spectrum_p is None else float(f"{law.spectrum_p:.2g}")
        lines.append([trace.cell, law.kind, law.parameters, float(f"{law.margin:.4g}"), p, says])
    return lines


def table_of_cells(traces: Sequence[TraceFit]) -> Section | None:
    """Law, level, noise and goodness of fit of every cell; None for the few whose figures say all of it."""
    if len(traces) < 2:
        return None
    columns = [
        "cell", "law", "level [uS]", "sd of all samples [%]", "from sample to sample [%]", "fresh noise [%]",
        "slow noise at 1 Hz [%]", "exponent", "traps", "largest d [%]", "samples", "every", "p", "not explained",
    ]  # fmt: skip
    table = PageTable.of(columns, [_line(trace) for trace in traces], "Every cell, in % of its level")
    return Section("All cells", tables=(condensed(table, keep=("law", "level [uS]")),))


def _line(trace: TraceFit) -> list[Value]:
    level = trace.level_s.value
    slow, traps = trace.slow, trace.traps
    return [
        trace.cell, trace.kind, *map(_short, (
            1e6 * level, 100 * trace.total_sd_s / level, 100 * trace.step_sd_s / level,
            100 * trace.noise_s.value / level, None if slow is None else 100 * slow.amplitude_s.value / level,
            None if slow is None else slow.exponent.value,
        )), len(traps) or None, _short(100 * traps[0].amplitude.value if traps else None), trace.samples,
        time_text(trace.interval_s), _short(trace.goodness_p, 2), trace.unexplained,
    ]  # fmt: skip


def _short(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else float(f"{value:.{digits}g}")
