"""Figure of the conductances of a programmed chip."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.figures.arguments import A_CHIP
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, subplots
from device_models.checks.arguments import checked

SIDES = {"G+": LAYER_COLOURS[0], "G-": LAYER_COLOURS[1]}
BINS, MOST_BESIDE = 60, 3


@checked(chip=A_CHIP)
def conductance_histogram(chip: MappedNetwork) -> Figure:
    """Cells of every layer's (main) array by conductance, G+ and G- apart: filled as programmed, lines their targets;
    g_min and g_max of the device are marked."""
    layers = chip.mapped_layers()
    columns = min(len(layers), MOST_BESIDE)
    rows = -(-len(layers) // columns)
    with look():
        size = (0.85 * COLUMN_INCH * columns + 0.4, 0.75 * COLUMN_INCH * rows + 0.3)
        figure, grid = subplots(rows, columns, figsize=size, squeeze=False)
        for axes in grid.ravel()[len(layers) :]:
            axes.remove()
        for axes, layer in zip(grid.ravel(), layers, strict=False):
            _layer(axes, layer.name, layer.arrays[MAIN])
        for axes in grid[:, 0]:
            axes.set_ylabel("cells")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 2 * columns))
    return figure


def _layer(axes: Axes, name: str, array: Crossbar) -> None:
    conductance = array.device.conductance
    range_uS = 1e6 * np.array([conductance.g_min_s, conductance.g_max_s])
    targets_uS, cells_uS = 1e6 * array.targets.target_s, 1e6 * array.g_s
    low, high = min(range_uS[0], cells_uS.min()), max(range_uS[1], cells_uS.max())
    bins = np.linspace(low, high, BINS + 1) + (high - low) * np.linspace(-1e-6, 1e-6, BINS + 1)  # rounding of targets
    for (side, colour), target, cells in zip(SIDES.items(), targets_uS, cells_uS, strict=True):
        axes.hist(
            cells.ravel(), bins, histtype="stepfilled", color=colour, alpha=0.4, lw=0, label=f"{side}, programmed"
        )
        axes.hist(target.ravel(), bins, histtype="step", color=colour, lw=0.9, label=f"{side}, target")
    axes.set(yscale="log", xlabel="conductance (uS)", title=f"{name}, {array.device.name}")
    for edge, text in zip(range_uS, ("g_min", "g_max"), strict=True):
        axes.axvline(edge, color=GREY, lw=0.8, ls="--")
        axes.annotate(
            text, (edge, 1), xycoords=("data", "axes fraction"), xytext=(2, -1), textcoords="offset points",
            va="top", color=GREY, fontsize=6,
        )  # fmt: skip
