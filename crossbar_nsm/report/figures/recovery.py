"""Figures of recovered beta, by the exact moments of programmed cells; one function = one figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.report.figures.arguments import RESULTS, ResultsLike, results_of
from crossbar_nsm.report.figures.parameter_axis import ParameterAxis
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, plain_log_axis, subplots
from crossbar_nsm.report.points.groups import PointGroup, point_groups, spread_choice, swept_parameter
from device_models.checks.arguments import a_text, checked, instance_of
from device_models.errors import ConfigError

MOST_PANELS, MOST_BESIDE = 4, 2
LOG_SPAN = 5  # ratios that span more lie on a logarithmic axis
MOST_POINTS = 4000  # of a layer, evenly chosen


@checked(point=instance_of(PointResults, of="a point of results, such as results.points[0]"))
def recovered_beta_of(point: PointResults) -> Figure:
    """Recovered against trained beta of every neuron of all chips of a point, layers in colours, neurons whose beta is
    out of the circuit's reach as crosses. Raises ConfigError for a point without chips."""
    recovery = [chip.recovery for chip in point.chips.values()]
    if not any(recovery):
        raise ConfigError(f"{point.name}: no chip has a result, so there is no recovered beta")
    with look():
        figure, axes = subplots(figsize=(COLUMN_INCH, COLUMN_INCH))
        trained_all, recovered_all = [], []
        for layer in recovery[0]:
            trained, recovered, clipped = (
                np.concatenate([getattr(of_chip[layer], field).ravel() for of_chip in recovery])
                for field in ("trained_beta", "recovered_beta", "clipped")
            )
            beta_points(axes, layer, trained, recovered, clipped)
            trained_all.append(trained)
            recovered_all.append(recovered)
        beta_axes(axes, np.concatenate(trained_all), np.concatenate(recovered_all))
        chips = f"{len(recovery)} chips" if len(recovery) > 1 else "1 chip"
        axes.set_title(f"{point.name}: {chips}")
    return figure


def beta_points(axes: Axes, layer: str, trained: np.ndarray, recovered: np.ndarray, clipped: np.ndarray) -> None:
    """One layer's neurons (n) in the next colour; clipped ones as crosses."""
    colour = LAYER_COLOURS[sum(label[0] != "_" for label in axes.get_legend_handles_labels()[1]) % len(LAYER_COLOURS)]
    step = max(1, trained.size // MOST_POINTS)
    trained, recovered, clipped = trained[::step], recovered[::step], clipped[::step]
    axes.plot(trained[~clipped], recovered[~clipped], ".", ms=3, alpha=0.6, color=colour, label=layer)
    axes.plot(trained[clipped], recovered[clipped], "x", ms=3, mew=0.6, alpha=0.6, color=colour, label="_clipped")


def beta_axes(axes: Axes, trained: np.ndarray, recovered: np.ndarray) -> None:
    """Labels, diagonal, and a logarithmic axis for betas far above the trained ones."""
    span = np.array([trained.min(), trained.max()])
    axes.plot(span, span, color=GREY, lw=1, zorder=3, label="recovered = trained")
    far = np.median(np.abs(recovered)) > 3 * np.median(np.abs(trained)) and recovered.min() > 0
    if far:
        axes.set_yscale("log")
        plain_log_axis(axes.yaxis, axes.get_ylim())
    axes.set(xlabel="trained beta", ylabel="recovered beta")
    axes.legend(loc="center left" if far else "upper left", markerscale=2)  # far: between neurons and diagonal


@checked(results=RESULTS, key=a_text)
def recovered_beta_against(results: ResultsLike, key: str) -> Figure:
    """Recovered / trained beta against the values of `key`: median over the neurons of all chips, and band from the
    10th to the 90th percentile, layers in colours. One panel for each combination of the other swept keys, of more than
    MOST_PANELS these, evenly spread over the sweep. Raises ConfigError for a key that is not swept."""
    results = results_of(results)
    axis, groups = ParameterAxis(swept_parameter(results, key)), point_groups(results, key)
    chosen = spread_choice(groups, MOST_PANELS)
    columns = min(len(chosen), MOST_BESIDE)
    rows = -(-len(chosen) // columns)
    with look():
        size = (COLUMN_INCH * columns, 0.75 * COLUMN_INCH * rows + 0.3)
        figure, grid = subplots(rows, columns, figsize=size, sharey=True, squeeze=False)
        for axes in grid.ravel()[len(chosen) :]:
            axes.remove()
        panels = list(grid.ravel()[: len(chosen)])
        spans = [_ratios(axes, axis, group) for axes, group in zip(panels, chosen, strict=True)]
        _ratio_axes(panels, [ratio for span in spans for ratio in span])
        for axes in grid[:, 0]:
            axes.set_ylabel("recovered / trained beta")
        entries = [entry for axes in panels for entry in zip(*axes.get_legend_handles_labels(), strict=True)]
        handles = {label: handle for handle, label in entries}
        figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=5)
        left_out = "" if len(chosen) == len(groups) else f"; {len(chosen)} of {len(groups)} combinations"
        figure.supxlabel(f"median and 10th to 90th percentile of neurons{left_out}", fontsize=6, color=GREY)
    return figure


def _ratios(axes: Axes, axis: ParameterAxis, group: PointGroup) -> list[float]:
    """Draws one panel; returns the ends of its bands."""
    axis.draw(axes)
    axes.set_title(group.label, fontsize=8)
    axes.axhline(1, color=GREY, lw=1, ls="--", label="recovered = trained")
    chips = [chip for point in group.points for chip in point.chips.values()]
    layers = list(dict.fromkeys(layer for chip in chips for layer in chip.recovery))
    ends: list[float] = []
    for index, layer in enumerate(layers):
        colour = LAYER_COLOURS[index % len(LAYER_COLOURS)]
        shift = 0.0 if axis.parameter.numeric else 0.12 * (index - (len(layers) - 1) / 2)
        ratios = {axis.position(point.settings[axis.parameter.key]): _percentiles(point, layer)
                 for point in group.points}  # fmt: skip
        for number, run in enumerate(axis.runs(ratios)):
            x, low, middle, high = np.array([(x, *percentiles) for x, percentiles in run]).T
            label = "_same line" if number else layer
            if len(x) > 1:
                axes.plot(x, middle, "o-", ms=3, lw=1.1, color=colour, label=label)
                axes.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
            else:
                axes.errorbar(x + shift, middle, [middle - low, high - middle], fmt="o", ms=3, lw=1, color=colour,
                              label=label)  # fmt: skip
            ends += [*low, *high]
    return ends


def _percentiles(point: PointResults, layer: str) -> tuple[float, float, float] | None:
    """10th, 50th and 90th of recovered / trained beta over the neurons of all chips; None without chips, and where no
    ratio is finite: cells without noise."""
    layers = [chip.recovery[layer] for chip in point.chips.values() if layer in chip.recovery]
    if not layers:
        return None
    ratio = np.concatenate([of_chip.recovered_beta / of_chip.trained_beta for of_chip in layers])
    finite = ratio[np.isfinite(ratio)]
    if not finite.size:
        return None
    low, middle, high = np.percentile(finite, [10, 50, 90])
    return float(low), float(middle), float(high)


def _ratio_axes(panels: Sequence[Axes], ends: Sequence[float]) -> None:
    """A logarithmic axis for ratios far apart."""
    if ends and max(ends) > LOG_SPAN * min(ends) > 0:
        for axes in panels:
            axes.set_yscale("log")
        plain_log_axis(panels[0].yaxis, panels[0].get_ylim())
