"""The simulated twin beside the measurement: figures first, then every comparison."""

from __future__ import annotations

from dataclasses import replace

from crossbar_nsm.report.figures.devices.fits.pulses import twin_pulses
from crossbar_nsm.report.figures.devices.fits.twins import twin_ageing, twin_programming, twin_traces
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.page.condensing import condensed
from crossbar_nsm.report.page.parts import Section
from crossbar_nsm.report.page.table import PageTable, TableCell, Value, from_terminal
from crossbar_nsm.report.tables.twins import numbers, twin_table
from device_models.fit.twins.comparison import TwinRow
from device_models.fit.twins.reads import TWINS
from device_models.fit.twins.twin import Twin

MOST_DRAWN = 4
HOW = (
    "The preset is simulated as the cells were measured: the same levels and targets, times, gaps and number of cells, "
    "{twins} times and more with other draws. Every number of the measurement stands beside that of all these twins. "
    "It agrees within its tolerance of their middle (sds: root mean square, spectra: mean, else the median); it is "
    "in scatter where it lies outside, but within their central 95 %; otherwise it differs."
)


def answer_table(twin: Twin) -> PageTable | None:
    """How many comparisons agree, by quantity."""
    counts: dict[str, list[int]] = {}
    for one in twin.quantities:
        name = "spectrum" if one.name.endswith("of the spectrum") else one.name
        agree, compared = counts.setdefault(name, [0, 0])
        counts[name] = [agree + one.compared - one.differ, compared + one.compared]
    lines: list[list[Value]] = [
        [name, TableCell(f"{agree} of {compared}", agree / compared)] for name, (agree, compared) in counts.items()
    ]
    return PageTable.of(["twin and measurement", "agree"], lines) if lines else None


def beside(twin: Twin, drawings: Drawings) -> Section | None:
    """Figures of measurement and twin, and all comparisons."""
    if not twin.rows:
        return None
    figures = []
    if twin.traces:
        shown = twin.traces[:MOST_DRAWN]
        more = f" The first {len(shown)} of {len(twin.traces)} cells that are compared." * (
            len(shown) < len(twin.traces)
        )
        text = "Reads as measured, and of a twin of each cell at the same scale; their histograms; their spectra."
        figures.append(replace(drawings.add("twin_traces", twin_traces(shown), text + more), wide=True))
    if twin.programming is not None:
        text = "Programming errors as measured and of one twin; the spread at every target."
        figures.append(drawings.add("twin_programming", twin_programming(twin.programming), text))
    if twin.pulses is not None:
        text = "Reads after every pulse as measured, and of cells of the preset, each level written anew and read once."
        figures.append(drawings.add("twin_pulses", twin_pulses(twin.pulses), text))
    if twin.ageing is not None:
        text = "Change of ln G since the first read: percentiles over cells, as measured (points) and of the twins."
        figures.append(drawings.add("twin_ageing", twin_ageing(twin.ageing), text))
    columns = ["quantity", "of", "", "measured", "twin", "central 95 %", "measured / twin", "tolerance"]
    table = PageTable.of(columns, [_line(row) for row in twin.rows], "Every comparison", leading=2, even=True)
    tables = (from_terminal(twin_table(twin)), condensed(table, keep=("",)))
    return Section("The twin beside the measurement", (HOW.format(twins=TWINS),), tuple(figures), tables)


def _line(row: TwinRow) -> list[Value]:
    measured, twin, interval = numbers(row)
    ratio = float(f"{row.ratio:.3g}")
    return [
        row.quantity, row.of, row.outcome, TableCell(measured, row.measured), TableCell(twin, row.twin), interval,
        ratio, row.tolerance,
    ]  # fmt: skip
