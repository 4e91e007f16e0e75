"""Figure of devices and circuits beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.figures.arguments import A_MEASURE, RESULTS, ResultsLike, results_of
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, plain_log_axis, subplots
from crossbar_nsm.report.points.groups import spread_choice
from crossbar_nsm.report.points.measures import (
    ChipMean,
    PointMeasure,
    mean_of_point,
    mean_of_reference,
    measure_axis,
)
from crossbar_nsm.report.points.swept_parameter import settings_text, swept_parameters
from device_models.checks.arguments import checked

MOST_ROWS = 40
IN_NAMES = ("device", "neuron.scaling")  # settings that the name of a point tells
INCH_PER_ROW = 0.2
LONGEST = 70  # characters of a row's name


@checked(results=RESULTS, measure=A_MEASURE)
def device_comparison(results: ResultsLike, measure: PointMeasure = "error") -> Figure:
    """One row for each point, in the order of the sweep: mean over chips as a dot with its 95 % interval over images,
    single chips as ticks, ideal_synapse on the same images dashed with its interval.

    Of more than MOST_ROWS points these are shown, evenly spread over the sweep; a cross at the left is a point at which
    no chip has a result.
    """
    results = results_of(results)
    points = spread_choice(results.points, MOST_ROWS)
    means = [mean_of_point(point, measure) for point in points]
    references = [mean_of_reference(point, measure) for point in points]
    with look():
        names = _names(results, points)
        size = (max(COLUMN_INCH, 2.1 + 0.05 * max(map(len, names))), 0.85 + INCH_PER_ROW * len(points))
        figure, axes = subplots(figsize=size)
        _ideal(axes, references)
        for row, values in enumerate(means):
            _row(axes, row, values)
        axes.set_yticks(range(len(points)), names)
        axes.set_ylim(len(points) - 0.4, -0.6)
        axes.grid(axis="y", visible=False)
        measure_axis(axes.xaxis, measure, [values.mean for values in [*means, *references] if values is not None])
        if axes.get_xscale() == "log":
            plain_log_axis(axes.xaxis, axes.get_xlim())
        elif axes.get_xlim()[0] < 0.25 * axes.get_xlim()[1]:
            axes.set_xlim(left=0)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=3)
        left_out = "" if len(points) == len(results.points) else f"{len(points)} of {len(results.points)} points"
        figure.supxlabel(left_out, fontsize=6, color=GREY)
    return figure


def _names(results: Results, points: Sequence[PointResults]) -> list[str]:
    """Device and circuit, and what else is swept."""
    others = [p for key, p in swept_parameters(results.swept).items() if key not in IN_NAMES]
    names = [", ".join(filter(None, (point.name, settings_text(others, point.settings)))) for point in points]
    return [name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}...{name[3 - LONGEST // 2 :]}" for name in names]


def _row(axes: Axes, row: int, values: ChipMean | None) -> None:
    label = "_row" if axes.get_legend_handles_labels()[1].count("mean, 95 % over images") else ""
    if values is None:
        axes.plot(0.02, row, "x", color=LAYER_COLOURS[1], ms=4, transform=axes.get_yaxis_transform(), label="_failed")
        return
    if len(values.chips) > 1:
        axes.plot(values.chips, np.full(len(values.chips), row), "|", color=LAYER_COLOURS[1], ms=7, mew=0.8,
                  label=label or "single chips")  # fmt: skip
    bar = [[max(values.mean - values.low, 0)], [max(values.high - values.mean, 0)]]
    axes.errorbar(values.mean, row, xerr=bar, fmt="o", ms=3.5, lw=1, capsize=1.5, color=LAYER_COLOURS[0],
                  label=label or "mean, 95 % over images")  # fmt: skip


def _ideal(axes: Axes, references: Sequence[ChipMean | None]) -> None:
    """One line where all rows have the same, else one of each row."""
    present = [values for values in references if values is not None]
    look = {"color": GREY, "lw": 1.0, "ls": "--"}
    if present and len({values.mean for values in present}) == 1:
        axes.axvline(present[0].mean, **look, label="ideal_synapse")  # type: ignore[arg-type]
        axes.axvspan(present[0].low, present[0].high, color=GREY, alpha=0.15, lw=0)
        return
    for row, values in enumerate(references):
        if values is not None:
            label = "_ideal" if values is not present[0] else "ideal_synapse"
            axes.vlines(values.mean, row - 0.4, row + 0.4, color=GREY, lw=1.0, ls="--", label=label)
