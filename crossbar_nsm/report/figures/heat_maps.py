"""Figure of error or NLL over two swept parameters."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.figures.arguments import A_MEASURE, RESULTS, ResultsLike, results_of
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, look, plain_log_axis, subplots
from crossbar_nsm.report.points.groups import PointGroup, point_groups, spread_choice, swept_parameter
from crossbar_nsm.report.points.measures import UNITS, ChipMean, PointMeasure, mean_of_point
from crossbar_nsm.report.points.swept_parameter import SweptParameter
from device_models.checks.arguments import a_text, checked
from device_models.errors import ConfigError

MOST_PANELS = 4
LOG_SPAN = 10  # values that span more have logarithmic colours
CELL_INCH, CELL_HEIGHT_INCH = 0.36, 0.24  # of a cell with a number in it
MOST_COLUMNS, MOST_ROWS = 15, 14  # with a number in each cell
CHARACTER_INCH, MOST_LETTERS = 0.06, 30  # of a panel's title in one line
WIDEST_INCH, HIGHEST_INCH = 2.1 * COLUMN_INCH, 7.0


@checked(results=RESULTS, key_x=a_text, key_y=a_text, measure=A_MEASURE)
def heat_map(results: ResultsLike, key_x: str, key_y: str, measure: PointMeasure = "error") -> Figure:
    """Mean over chips for every pair of values of two swept keys, one panel for each combination of the others (of more
    than MOST_PANELS these, evenly spread over the sweep), colours shared, dark is better.

    A cross is a point at which no chip has a result, an empty cell one that is not in the sweep. Raises ConfigError for
    keys that are not swept, and for the same key twice.
    """
    results = results_of(results)
    if key_x == key_y:
        raise ConfigError(f"heat map of {key_x} over itself: name two swept keys")
    x, y = swept_parameter(results, key_x), swept_parameter(results, key_y)
    groups = point_groups(results, key_x, key_y)
    chosen = spread_choice(groups, MOST_PANELS)
    values = [_values(group, x, y, measure) for group in chosen]
    norm = _norm(np.concatenate([panel.ravel() for panel in values]))
    with look():
        figure, panels = _panels([len(group.label) for group in chosen], x, y)
        for axes, group, panel in zip(panels, chosen, values, strict=True):
            image = _map(axes, panel, norm)
            _crosses(axes, group, x, y, measure)
            axes.set_title(textwrap.fill(group.label, MOST_LETTERS), fontsize=8)
        bar = figure.colorbar(image, ax=panels, label=UNITS[measure][0])
        if isinstance(norm, LogNorm):
            plain_log_axis(bar.ax.yaxis, bar.ax.get_ylim())
        figure.supxlabel(x.label, fontsize=8)
        figure.supylabel(y.label, fontsize=8)
        left_out = "" if len(groups) == len(chosen) else f"; {len(chosen)} of {len(groups)} combinations"
        figure.suptitle(_note(results, measure) + left_out, fontsize=6, color=GREY)
    return figure


def _values(group: PointGroup, x: SweptParameter, y: SweptParameter, measure: PointMeasure) -> np.ndarray:
    """(y, x) means over chips in the unit shown, NaN where there is none."""
    values = np.full((len(y.values), len(x.values)), np.nan)
    for point in group.points:
        of_chips = mean_of_point(point, measure)
        if of_chips is not None:
            values[y.values.index(point.settings[y.key]), x.values.index(point.settings[x.key])] = of_chips.mean
    return values


def _norm(values: np.ndarray) -> Normalize:
    present = values[np.isfinite(values)]
    low, high = (float(present.min()), float(present.max())) if present.size else (0.0, 1.0)
    return LogNorm(low, high) if high > LOG_SPAN * low > 0 else Normalize(low, high)


def _panels(letters: list[int], x: SweptParameter, y: SweptParameter) -> tuple[Figure, list[Axes]]:
    """One for each title of so many letters, as many beside each other as there is room for; names at the left and at
    the bottom alone."""
    count, title = len(letters), 1.1 * CHARACTER_INCH * min(max(letters), MOST_LETTERS)
    x_texts, y_texts = ([of.text(value) for value in of.values] for of in (x, y))
    name_width, slanted = CHARACTER_INCH * max(map(len, y_texts)), max(map(len, x_texts)) > 6
    width = min(max(CELL_INCH * len(x_texts), 1.2, title), WIDEST_INCH - name_width - 1.0) + 0.1
    name_height = 0.45 * CHARACTER_INCH * max(map(len, x_texts)) if slanted else 0.0
    height = min(max(CELL_HEIGHT_INCH * len(y_texts), 0.8), HIGHEST_INCH / 2) + 0.35
    columns = min(count, max(1, int((WIDEST_INCH - name_width - 1.0) / width)))
    rows = -(-count // columns)
    size = (
        max(width * columns + name_width + 1.0, COLUMN_INCH),
        max(height * rows + name_height + 0.6, CHARACTER_INCH * len(y.label) + 0.4),
    )
    figure, grid = subplots(rows, columns, figsize=size, squeeze=False)
    for index, axes in enumerate(grid.ravel()):
        if index >= count:
            axes.remove()
            continue
        _ticks(axes.set_xticks, x_texts, width / 0.3, named=index + columns >= count)
        _ticks(axes.set_yticks, y_texts, height / 0.12, named=index % columns == 0)
        if slanted:
            for text in axes.get_xticklabels():
                text.set(rotation=25, ha="right", rotation_mode="anchor")
        axes.grid(visible=False)
    return figure, list(grid.ravel()[:count])


def _ticks(draw: Callable[[Sequence[int], Sequence[str]], object], texts: list[str], room: float, named: bool) -> None:
    """Every so many, that at most `room` stand beside each other; without texts where others have them."""
    positions = range(0, len(texts), max(1, math.ceil(len(texts) / room)))
    draw(positions, [texts[position] if named else "" for position in positions])


def _map(axes: Axes, values: np.ndarray, norm: Normalize) -> AxesImage:
    """Cells with their values, where there is room for them, the first row at the bottom."""
    image = axes.imshow(np.ma.masked_invalid(values), cmap="viridis", norm=norm, origin="lower", aspect="auto")
    if values.shape[1] > MOST_COLUMNS or values.shape[0] > MOST_ROWS:
        return image
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "black" if norm(value) > 0.55 else "white"
            axes.text(column, row, f"{value:#.3g}".rstrip("."), ha="center", va="center", fontsize=6, color=colour)
    return image


def _crosses(axes: Axes, group: PointGroup, x: SweptParameter, y: SweptParameter, measure: PointMeasure) -> None:
    failed = [point.settings for point in group.points if mean_of_point(point, measure) is None]
    positions = [(x.values.index(settings[x.key]), y.values.index(settings[y.key])) for settings in failed]
    for position in positions:
        axes.plot(*position, "x", color=GREY, ms=5)


def _note(results: Results, measure: PointMeasure) -> str:
    chips = max((len(point.chips) for point in results.points), default=0)
    means = [ChipMean.of(row, measure).mean for row in results.ideal_rows if row.name == "ideal_synapse"]
    ends = dict.fromkeys(f"{end:#.3g}" for end in (min(means), max(means))) if means else {}
    beside = f"; ideal_synapse {' to '.join(ends)}" if ends else ""
    return f"mean over {chips} chips{beside}"
