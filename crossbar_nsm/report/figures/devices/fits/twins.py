"""The simulated twin beside the measurement, drawn alike: traces, histograms, spectra, programming, ageing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.devices.fits.one_cell import thinned
from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.report.figures.time_axis import log_time_axis
from device_models.checks.arguments import checked, each, instance_of
from device_models.fit.twins.ageing import AgeingPair
from device_models.fit.twins.programming import ProgrammingPair
from device_models.fit.twins.reads import TracePair
from device_models.fit.twins.spectra import binned
from device_models.number_text import time_unit

MEASURED, TWIN = LAYER_COLOURS[0], LAYER_COLOURS[1]


@checked(pairs=each(instance_of(TracePair, of="a trace of a twin, of Twin.traces"), least=1))
def twin_traces(pairs: Sequence[TracePair]) -> Figure:
    """One row for each cell: the measured trace, one twin of it at the same scale, the histograms of both, and the
    spectra with the central 95 % of the twins."""
    with look():
        figure, rows = subplots(
            len(pairs), 4, figsize=(2.4 * COLUMN_INCH, 0.55 * COLUMN_INCH * len(pairs) + 0.2), squeeze=False,
            width_ratios=(2.2, 2.2, 1, 2),
        )  # fmt: skip
        for pair, panels in zip(pairs, rows, strict=True):
            _row(pair, *panels)
        for axes, title in zip(rows[0], ("measured", "twin", "histogram", "spectrum"), strict=True):
            axes.set_title(title)
        for axes in [row[3] for row in rows if row[3].get_legend_handles_labels()[0]][:1]:  # few reads have no spectrum
            axes.legend(loc="best")
        rows[-1][2].set_xlabel("density")
        rows[-1][3].set_xlabel("frequency [Hz]")
    return figure


def _row(pair: TracePair, measured: Axes, twin: Axes, histogram: Axes, spectrum: Axes) -> None:
    time_s = pair.time_s - pair.time_s[0]
    unit, size = time_unit(time_s[-1])
    for axes, values, colour in ((measured, pair.measured_s, MEASURED), (twin, pair.twin_s, TWIN)):
        axes.plot(*thinned(time_s / size, 1e6 * values), lw=0.5, color=colour)
        axes.set_xlabel(f"time [{unit}]")
    twin.sharey(measured)
    histogram.sharey(measured)
    measured.autoscale(axis="y")
    measured.set_ylabel(f"cell {pair.cell}\nG [uS]" if pair.cell else "G [uS]")
    both = 1e6 * np.concatenate([pair.measured_s, pair.twin_s])
    bins = np.linspace(both.min(), both.max(), 50).tolist()
    for values, colour in ((pair.measured_s, MEASURED), (pair.twin_s, TWIN)):
        histogram.hist(
            1e6 * values, bins=bins, density=True, orientation="horizontal", histtype="step", color=colour, lw=1
        )
    for axes in (twin, histogram):
        axes.tick_params(labelleft=False)
    histogram.set_xticks([])
    if len(pair.frequency_hz):
        _spectrum(spectrum, pair)
    else:
        spectrum.set_axis_off()


def _spectrum(axes: Axes, pair: TracePair) -> None:
    low, high = pair.twin_density_range
    curves = np.column_stack([pair.density, pair.twin_density, low, high])
    frequency, points = binned(pair.frequency_hz, curves)
    axes.fill_between(frequency, points[:, 2], points[:, 3], color=TWIN, alpha=0.2, lw=0, label="95 % of the twins")
    axes.plot(frequency, points[:, 1], color=TWIN, lw=1.2, label="twins, median")
    axes.plot(frequency, points[:, 0], "o", ms=2.5, color=MEASURED, label="measured")
    axes.set(xscale="log", yscale="log", ylabel="S^2/Hz")


@checked(pair=instance_of(ProgrammingPair, of="the programming of a twin, Twin.programming"))
def twin_programming(pair: ProgrammingPair) -> Figure:
    """Errors against target as measured and of one twin, and the spread at every target with the central 95 % of the
    twins."""
    with look():
        figure, (left, middle, right) = subplots(1, 3, figsize=(2.4 * COLUMN_INCH, 0.8 * COLUMN_INCH))
        target = 1e6 * pair.pair_target_s
        errors = ((left, pair.measured_error_s, MEASURED, "measured"), (middle, pair.twin_error_s, TWIN, "twin"))
        for axes, error, colour, name in errors:
            axes.plot(target, 1e6 * error, ".", ms=2, alpha=0.4, color=colour)
            axes.set(xlabel="target [uS]", title=name)
        middle.sharey(left)
        left.autoscale(axis="y")
        left.set_ylabel("programmed - target [uS]")
        at = 1e6 * pair.target_s
        low, high = pair.twin_spread_range_s
        right.fill_between(at, 1e6 * low, 1e6 * high, color=TWIN, alpha=0.2, lw=0, label="95 % of the twins")
        right.plot(at, 1e6 * pair.twin_spread_s, color=TWIN, lw=1.2, label="twins, median")
        right.plot(at, 1e6 * pair.spread_s, "o", ms=3, color=MEASURED, label="measured")
        right.set(xlabel="target [uS]", ylabel="half of the 16 to 84 % width [uS]", title="spread of the error")
        right.set_ylim(bottom=0)
        right.legend(loc="best")
    return figure


@checked(pair=instance_of(AgeingPair, of="the ageing of a twin, Twin.ageing"))
def twin_ageing(pair: AgeingPair) -> Figure:
    """Percentiles over cells of the change of ln G since the first read, as measured and of the twins with their
    central 95 %, at every time."""
    with look():
        figure, axes = subplots(figsize=(1.6 * COLUMN_INCH, COLUMN_INCH))
        after = pair.time_s > 0
        time_s = pair.time_s[after]
        for index, point in enumerate(pair.points):
            first = index == 0
            low, high = (end[after, index] for end in pair.twin_range)
            axes.fill_between(
                time_s, low, high, color=TWIN, alpha=0.2, lw=0, label="95 % of the twins" if first else None
            )
            axes.plot(time_s, pair.twin[after, index], color=TWIN, lw=1, label="twins, median" if first else None)
            axes.plot(
                time_s, pair.measured[after, index], "o", ms=3, color=MEASURED, label="measured" if first else None
            )
            axes.annotate(
                f"{point:g} %", (time_s[-1], pair.twin[after, index][-1]), (5, 0), textcoords="offset points",
                va="center", fontsize=7,
            )  # fmt: skip
        log_time_axis(axes, "time since programming")
        axes.set(ylabel="change of ln G", title=f"percentiles of {int(pair.cells.max()):,} cells")
        axes.margins(y=0.1)
        axes.legend(loc="upper left")
    return figure
