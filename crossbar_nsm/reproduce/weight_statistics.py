"""Figs. 5 to 7: weights and gradients of NSM, NSM trained with BinConcrete, and deterministic sigmoid network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.reproduce.reproduction import Reproduction, RunContext, Value
from crossbar_nsm.reproduce.texts import layer_names, spread
from crossbar_nsm.reproduce.training_record import Record, records

LABELS = {"nsm": "NSM", "nsm_binconcrete": "NSM, BinConcrete", "sigmoid": "deterministic, sigmoid"}


def fig5(context: RunContext) -> tuple[Reproduction, Figure]:
    """Histograms of the weights after training."""
    by_network = {name: records(name, context) for name in LABELS}

    def draw(axes: Axes, runs: list[Record], layer: int, colour: str, label: str) -> None:
        values = runs[0].final_weights[layer].ravel()
        axes.hist(values, bins=120, density=True, histtype="step", color=colour, lw=0.9, label=label)
        axes.set(yscale="log", xlabel="weight")

    study = _study(
        "Fig. 5: weights after training", by_network, context, "sd of the weights", lambda record: record.weight_sd[-1]
    )
    return study, _figure(by_network, context, {"density": draw})


def fig6(context: RunContext) -> tuple[Reproduction, Figure]:
    """Mean of the weights against the epoch."""
    by_network = {name: records(name, context) for name in LABELS}

    def draw(axes: Axes, runs: list[Record], layer: int, colour: str, label: str) -> None:
        _lines(axes, [record.weight_mean[:, layer] for record in runs], colour, label, first=0)

    study = _study(
        "Fig. 6: mean of the weights", by_network, context, "largest |mean of the weights| over the epochs",
        lambda record: np.abs(record.weight_mean).max(axis=0),
    )  # fmt: skip
    return study, _figure(by_network, context, {"mean weight": draw})


def fig7(context: RunContext) -> tuple[Reproduction, Figure]:
    """Mean and mean absolute gradient of the weights against the epoch."""
    by_network = {name: records(name, context) for name in LABELS}

    def draw_mean(axes: Axes, runs: list[Record], layer: int, colour: str, label: str) -> None:
        _lines(axes, [record.gradient_mean[:, layer] for record in runs], colour, label, first=1)

    def draw_size(axes: Axes, runs: list[Record], layer: int, colour: str, label: str) -> None:
        _lines(axes, [record.gradient_size[:, layer] for record in runs], colour, label, first=1)
        axes.set_yscale("log")

    study = _study(
        "Fig. 7: gradients of the weights", by_network, context, "mean |gradient| over all updates",
        lambda record: record.gradient_size.mean(axis=0),
    )  # fmt: skip
    return study, _figure(by_network, context, {"mean gradient": draw_mean, "mean |gradient|": draw_size})


Draw = Callable[[Axes, list[Record], int, str, str], None]


def _lines(axes: Axes, values: list[np.ndarray], colour: str, label: str, first: int) -> None:
    for number, line in enumerate(values):
        epochs = np.arange(first, first + len(line))
        axes.plot(epochs, line, color=colour, lw=0.9, label=label if number == 0 else None)
    axes.set(xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _study(
    title: str,
    by_network: dict[str, list[Record]],
    context: RunContext,
    quantity: str,
    of_layers: Callable[[Record], np.ndarray],
) -> Reproduction:
    """A table of one quantity for every network and layer."""
    numbers: dict[str, Any] = {
        name: {layer: [float(of_layers(record)[index]) for record in runs]
               for index, layer in enumerate(layer_names(context))}
        for name, runs in by_network.items()
    }  # fmt: skip
    rows: list[list[Value]] = [
        [LABELS[name], *(spread(values, 5) for values in numbers[name].values()), len(by_network[name])]
        for name in by_network
    ]
    says = f"Quantity: {quantity}, layer by layer, mean ± sd over seeds."
    return Reproduction(title, ["network", *layer_names(context), "seeds"], rows, says, numbers)


def _figure(by_network: dict[str, list[Record]], context: RunContext, quantities: dict[str, Draw]) -> Figure:
    """One column of panels per layer, one row per quantity (its label and how it is drawn)."""
    names = layer_names(context)
    with look():
        figure, panels = subplots(
            len(quantities), len(names), squeeze=False,
            figsize=(0.72 * COLUMN_INCH * len(names), 0.75 * COLUMN_INCH * len(quantities)),
        )  # fmt: skip
        for row, (ylabel, draw) in zip(panels, quantities.items(), strict=True):
            for index, (axes, layer) in enumerate(zip(row, names, strict=True)):
                for (name, runs), colour in zip(by_network.items(), LAYER_COLOURS, strict=False):
                    draw(axes, runs, index, colour, LABELS[name])
                axes.set_title(layer)
            row[0].set_ylabel(ylabel)
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure
