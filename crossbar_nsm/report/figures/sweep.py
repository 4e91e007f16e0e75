"""Figure of error or NLL against one swept parameter."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import offset_copy

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.figures.arguments import A_MEASURE, RESULTS, ResultsLike, results_of
from crossbar_nsm.report.figures.parameter_axis import ParameterAxis
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, plain_log_axis, subplots
from crossbar_nsm.report.points.groups import PointGroup, numeric_series, point_groups, spread_choice, swept_parameter
from crossbar_nsm.report.points.measures import (
    ChipMean,
    PointMeasure,
    mean_of_point,
    mean_of_reference,
    measure_axis,
)
from device_models.checks.arguments import a_text, checked

MOST_LINES = 8
LINE_COLOURS = [*LAYER_COLOURS, "#000000", "#8c6d31"]
MARKERS = "osD^vP*X"
BESIDE_POINTS, BESIDE_CATEGORIES = 2.0, 0.09  # from line to line, on axes of numbers and of categories
LINE_CHARACTERS = 62  # of a legend, in a paper's column


@checked(results=RESULTS, key=a_text, measure=A_MEASURE)
def against_parameter(results: ResultsLike, key: str, measure: PointMeasure = "error") -> Figure:
    """Mean over chips against the values of `key`, one line for each combination of the other swept keys.

    Bands: from the best to the worst chip. Bars: 95 % interval over images. Dashed: ideal_synapse on the same images,
    with its interval (in the line's colour where lines have other images or samples); dotted: ideal_neuron. A cross at
    the bottom is a point at which no chip has a result. Of more than MOST_LINES combinations these are shown, evenly
    spread from the best to the worst. Raises ConfigError for a key that is not swept.
    """
    results = results_of(results)
    axis, groups = ParameterAxis(swept_parameter(results, key)), point_groups(results, key)
    chosen = _chosen(groups, measure)
    colours = _colours(len(chosen), numeric_series(results, key))
    with look():
        figure, axes = subplots(figsize=(COLUMN_INCH, _height(len(chosen))))
        axis.draw(axes)
        means = []
        for index, (group, colour, marker) in enumerate(zip(chosen, colours, MARKERS, strict=False)):
            means += _line(
                axes, axis, group, measure, {"color": colour, "marker": marker}, index - (len(chosen) - 1) / 2
            )
        means += _references(axes, axis, chosen, measure, colours)
        means += _neuron(axes, results, measure)
        measure_axis(axes.yaxis, measure, means)
        if axes.get_yscale() == "log":
            plain_log_axis(axes.yaxis, axes.get_ylim())
        elif axes.get_ylim()[0] < 0.25 * axes.get_ylim()[1]:
            axes.set_ylim(bottom=0)
        _legend(figure, axes, len(chosen), len(groups))
        figure.supxlabel(_note(chosen), fontsize=6, color=GREY)
    return figure


def _height(lines: int) -> float:
    return 0.85 * COLUMN_INCH + 0.13 * lines


def _chosen(groups: list[PointGroup], measure: PointMeasure) -> list[PointGroup]:
    """All, or MOST_LINES from the best to the worst, in the order of the sweep."""

    def average(group: PointGroup) -> float:
        means = [m.mean for point in group.points if (m := mean_of_point(point, measure)) is not None]
        return float(np.mean(means)) if means else np.inf

    if len(groups) <= MOST_LINES:
        return groups
    ranked = sorted(enumerate(groups), key=lambda entry: average(entry[1]))
    return [group for _, group in sorted(spread_choice(ranked, MOST_LINES), key=itemgetter(0))]


def _colours(lines: int, ordered: bool) -> list[str]:
    """Shades from dark to light where lines have an order, else colours that are told apart."""
    if ordered and lines > 2:
        return [to_hex(shade) for shade in colormaps["viridis"](np.linspace(0, 0.85, lines))]
    return LINE_COLOURS[:lines]


def _line(
    axes: Axes, axis: ParameterAxis, group: PointGroup, measure: PointMeasure, style: dict[str, Any], offset: float
) -> list[float]:
    """Draws points, bars and bands, numbers joined by a line; returns the means. offset: among the lines, so that bars
    stand beside each other."""
    beside = offset_copy(axes.transData, axes.get_figure(root=True), x=BESIDE_POINTS * offset, units="points")
    shift, where = (0.0, beside) if axis.parameter.numeric else (BESIDE_CATEGORIES * offset, axes.transData)
    names = {point.name for point in group.points}
    colour, label = style["color"], group.label or (names.pop() if len(names) == 1 else "hardware")
    at = _by_position(axis, group.points, lambda point: mean_of_point(point, measure))
    for run in axis.runs(at):
        x, mean, low, high = np.array([(x + shift, m.mean, m.low, m.high) for x, m in run]).T
        bars = [np.maximum(mean - low, 0), np.maximum(high - mean, 0)]
        axes.errorbar(x, mean, bars, ms=3.2, lw=1.1, elinewidth=0.7, capsize=1.5, label=label, transform=where, **style)
        axes.update_datalim(np.stack([np.tile(x, 2), np.concatenate([low, high])], axis=1))  # offset bars do not count
        best, worst = np.array([(m.chips.min(), m.chips.max()) for _, m in run]).T
        if len(x) > 1:
            axes.fill_between(x, best, worst, color=colour, alpha=0.18, lw=0)
        else:
            axes.vlines(x, best, worst, color=colour, alpha=0.3, lw=4)
        label = "_same line"
    for x in (x for x, values in at.items() if values is None):
        axes.plot(x + shift, 0.02, "x", color=colour, ms=4, transform=axes.get_xaxis_transform(), label="_failed")
    return [values.mean for values in at.values() if values is not None]


def _by_position(
    axis: ParameterAxis, points: list[PointResults], of: Callable[[PointResults], ChipMean | None]
) -> dict[float, ChipMean | None]:
    """By position on the axis."""
    return {axis.position(point.settings[axis.parameter.key]): of(point) for point in points}


def _references(
    axes: Axes, axis: ParameterAxis, groups: list[PointGroup], measure: PointMeasure, colours: list[str]
) -> list[float]:
    """Draws ideal_synapse, once where it is the same for all lines; returns the means."""
    by_group = [_by_position(axis, group.points, lambda point: mean_of_reference(point, measure)) for group in groups]
    lines = [{x: values for x, values in line.items() if values is not None} for line in by_group]
    together: dict[float, ChipMean] = {x: values for line in lines for x, values in line.items()}
    if all(values.mean == together[x].mean for line in lines for x, values in line.items()):
        _reference(axes, axis, together)
    else:
        for line, colour in zip(lines, colours, strict=True):
            x = sorted(line)
            axes.plot(x, [line[at].mean for at in x], color=colour, lw=0.8, ls="--", label="_ideal_synapse")
        axes.plot([], [], color=GREY, lw=0.8, ls="--", label="ideal_synapse of each")
    return [values.mean for line in lines for values in line.values()]


def _reference(axes: Axes, axis: ParameterAxis, at: dict[float, ChipMean]) -> None:
    """One dashed line with its band: level where no point has others, between values else."""
    look: dict[str, Any] = {"color": GREY, "lw": 1.0, "ls": "--", "label": "ideal_synapse"}
    band: dict[str, Any] = {"color": GREY, "alpha": 0.15, "lw": 0}
    if len({values.mean for values in at.values()}) == 1:
        values = next(iter(at.values()))
        axes.axhline(values.mean, **look)
        axes.axhspan(values.low, values.high, **band)
    elif at:
        x = np.array(sorted(at))
        mean, low, high = np.array([(at[position].mean, at[position].low, at[position].high) for position in x]).T
        if not axis.parameter.numeric:
            x, mean, low, high = (
                (x[:, None] + [-0.4, 0.4, np.nan]).ravel(),
                *(np.repeat(v, 3) for v in (mean, low, high)),
            )
        axes.plot(x, mean, **look)
        axes.fill_between(x, low, high, **band)


def _neuron(axes: Axes, results: Results, measure: PointMeasure) -> list[float]:
    """Draws ideal_neuron where it is beside every point; returns its mean."""
    row = next((row for row in results.ideal_rows if row.name == "ideal_neuron"), None)
    if row is None or row.set:
        return []
    values = ChipMean.of(row, measure)
    axes.axhline(values.mean, color=GREY, lw=1.0, ls=":", label="ideal_neuron")
    return [values.mean]


def _legend(figure: Figure, axes: Axes, drawn: int, of: int) -> None:
    """Hardware first, ideal software last; none where no trial has a result."""
    pairs = sorted(zip(*axes.get_legend_handles_labels(), strict=True), key=lambda pair: isinstance(pair[0], Line2D))
    if not pairs:
        return
    handles, labels = zip(*pairs, strict=True)
    columns = min(max(1, LINE_CHARACTERS // (max(map(len, labels)) + 6)), 3)
    title = None if drawn == of else f"{drawn} of {of} combinations, from best to worst"
    figure.legend(handles, labels, loc="outside upper center", ncols=columns, title=title, title_fontsize=7)


def _note(groups: list[PointGroup]) -> str:
    """What bars and bands are, and how many chips failed."""
    points = [point for group in groups for point in group.points]
    chips = max((len(point.chips) for point in points), default=0)
    images = sorted({len(trial.labels) for point in points for trial in point.chips.values()})
    parts = [f"bars: 95 % over {' or '.join(map(str, images))} images"] if images else []
    parts += [f"bands: best to worst of {chips} chips"] if chips > 1 else []
    failed, succeeded = sum(len(point.failures) for point in points), sum(len(point.chips) for point in points)
    return "; ".join(parts + ([f"{failed} of {failed + succeeded} chips failed"] if failed else []))
