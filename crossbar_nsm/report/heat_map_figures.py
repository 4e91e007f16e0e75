"""Figure of error or NLL over two swept parameters."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from crossbar_nsm.experiment.results import Results
from crossbar_nsm.report.point_groups import PointGroup, point_groups, spread_choice, swept_parameter
from crossbar_nsm.report.point_measures import SHOWN, PointMeasure, measured, measured_point
from crossbar_nsm.report.style import COLUMN_INCH, GREY, RC
from crossbar_nsm.report.swept_parameter import SweptParameter
from device_models.errors import ConfigError

MOST_PANELS = 4
LOG_SPAN = 10  # values that span more have logarithmic colours
CELL_INCH, CELL_HEIGHT_INCH = 0.36, 0.24  # of a cell with a number in it
WIDEST_INCH = 2.1 * COLUMN_INCH


def heat_map(results: Results, key_x: str, key_y: str, measure: PointMeasure = "error") -> Figure:
    """Mean over chips for every pair of values of two swept keys, one panel for each combination of the others (of more
    than MOST_PANELS these, evenly spread over the sweep), colours shared, dark is better.

    A cross is a point at which no chip succeeded, an empty cell one that is not in the sweep. Raises ConfigError for
    keys that are not swept, and for the same key twice.
    """
    if key_x == key_y:
        raise ConfigError(f"heat map of {key_x} over itself: name two swept keys")
    x, y = swept_parameter(results, key_x), swept_parameter(results, key_y)
    groups = point_groups(results, key_x, key_y)
    shown = spread_choice(groups, MOST_PANELS)
    values = [_values(group, x, y, measure) for group in shown]
    norm = _norm(np.concatenate([panel.ravel() for panel in values]))
    columns = min(len(shown), max(1, int(WIDEST_INCH / _panel_size(x, y)[0])))
    with plt.rc_context(rc=RC):
        figure, panels = _panels(len(shown), columns, x, y)
        for axes, group, panel in zip(panels, shown, values, strict=True):
            image = _map(axes, panel, norm)
            _crosses(axes, group, x, y, measure)
            axes.set_title(group.label, fontsize=8)
        figure.colorbar(image, ax=panels, label=SHOWN[measure][0], shrink=0.9)
        left_out = "" if len(groups) == len(shown) else f"; {len(shown)} of {len(groups)} combinations"
        figure.supxlabel(_note(results, measure) + left_out, fontsize=6, color=GREY)
        plt.close(figure)
    return figure


def _values(group: PointGroup, x: SweptParameter, y: SweptParameter, measure: PointMeasure) -> np.ndarray:
    """(y, x) means over chips in the unit shown, NaN where there is none."""
    values = np.full((len(y.values), len(x.values)), np.nan)
    for point in group.points:
        found = measured_point(point, measure)
        if found is not None:
            values[y.values.index(point.settings[y.key]), x.values.index(point.settings[x.key])] = found.mean
    return values


def _norm(values: np.ndarray) -> Normalize:
    present = values[np.isfinite(values)]
    low, high = (float(present.min()), float(present.max())) if present.size else (0.0, 1.0)
    return LogNorm(low, high) if high > LOG_SPAN * low > 0 else Normalize(low, high)


def _panel_size(x: SweptParameter, y: SweptParameter) -> tuple[float, float]:
    """Inches, without the colour bar."""
    names = max(len(y.text(value)) for value in y.values)
    size = CELL_INCH * len(x.values) + 0.06 * names + 0.4, CELL_HEIGHT_INCH * len(y.values) + 0.8
    return min(max(size[0], 1.6), WIDEST_INCH - 0.9), min(max(size[1], 1.4), 6.0)


def _panels(count: int, columns: int, x: SweptParameter, y: SweptParameter) -> tuple[Figure, list[Axes]]:
    rows, (width, height) = -(-count // columns), _panel_size(x, y)
    size = (max(width * columns + 0.8, COLUMN_INCH), height * rows + 0.2)
    figure, grid = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for axes in grid.ravel()[count:]:
        axes.remove()
    panels = list(grid.ravel()[:count])
    x_texts = [x.text(value) for value in x.values]
    slanted = sum(map(len, x_texts)) > 6 * len(x_texts)
    for index, axes in enumerate(panels):
        axes.set_xticks(range(len(x_texts)), x_texts)
        if slanted:
            plt.setp(axes.get_xticklabels(), rotation=25, ha="right", rotation_mode="anchor")
        first = index % columns == 0
        axes.set_yticks(range(len(y.values)), [y.text(value) if first else "" for value in y.values])
        axes.set_ylabel(y.label if first else "")
        axes.set_xlabel(x.label if index + columns >= count else "")
        axes.grid(visible=False)
    return figure, panels


def _map(axes: Axes, values: np.ndarray, norm: Normalize) -> AxesImage:
    """Cells with their values, where there is room for them, the first row at the bottom."""
    image = axes.imshow(np.ma.masked_invalid(values), cmap="viridis", norm=norm, origin="lower", aspect="auto")
    if CELL_INCH * values.shape[1] > WIDEST_INCH or CELL_HEIGHT_INCH * values.shape[0] > 6.0:
        return image
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "black" if norm(value) > 0.55 else "white"
            axes.text(column, row, f"{value:#.3g}".rstrip("."), ha="center", va="center", fontsize=6, color=colour)
    return image


def _crosses(axes: Axes, group: PointGroup, x: SweptParameter, y: SweptParameter, measure: PointMeasure) -> None:
    failed = [point.settings for point in group.points if measured_point(point, measure) is None]
    places = [(x.values.index(settings[x.key]), y.values.index(settings[y.key])) for settings in failed]
    for place in places:
        axes.plot(*place, "x", color=GREY, ms=5)


def _note(results: Results, measure: PointMeasure) -> str:
    chips = max((len(point.chips) for point in results.points), default=0)
    ideal = results.ideal.get("ideal_synapse")
    values = None if ideal is None else measured([ideal], measure)
    beside = "" if values is None else f"; ideal_synapse {values.mean:#.3g}"
    return f"mean over {chips} chips{beside}"
