"""Fig. 4: weights of the last hidden layer (the paper's W3) while NSM and StNN learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.reproduce.reproduction import Reproduction, RunContext, Value
from crossbar_nsm.reproduce.texts import spread
from crossbar_nsm.reproduce.training_record import Record, records

LABELS = {"nsm": "NSM", "stnn": "StNN"}


def fig4(context: RunContext) -> tuple[Reproduction, Figure]:
    """Watch both networks learn; growth and shift of the weights of the last hidden layer."""
    by_network = {name: records(name, context) for name in LABELS}
    numbers = {name: _numbers(runs) for name, runs in by_network.items()}
    columns = ["network", "sd at the end / at the start", "|mean - mean at the start| / sd at the start", "seeds"]
    rows: list[list[Value]] = [
        [LABELS[name], spread(numbers[name]["growth"], 3), spread(numbers[name]["shift"], 4), len(by_network[name])]
        for name in by_network
    ]
    epochs = len(by_network["nsm"][0].weight_sd) - 1
    says = f"Weights of the last hidden layer (the paper's W3) over {epochs} epochs. Mean ± sd over seeds."
    return Reproduction(
        "Fig. 4: growth of the weights of the last hidden layer", columns, rows, says, numbers
    ), _figure(by_network)


def _numbers(runs: list[Record]) -> dict[str, Any]:
    layer = runs[0].last_hidden
    return {
        "growth": [float(record.weight_sd[-1, layer] / record.weight_sd[0, layer]) for record in runs],
        "shift": [
            float(abs(record.weight_mean[-1, layer] - record.weight_mean[0, layer]) / record.weight_sd[0, layer])
            for record in runs
        ],
    }


def _figure(by_network: dict[str, list[Record]]) -> Figure:
    with look():
        figure, panels = subplots(2, 2, figsize=(2 * COLUMN_INCH, 1.5 * COLUMN_INCH))
        for axes, (name, runs), colour in zip(panels[0], by_network.items(), LAYER_COLOURS, strict=False):
            record, layer = runs[0], runs[0].last_hidden
            epochs = np.arange(len(record.weight_sd))
            scaled = (record.weight_percentiles - record.weight_mean[0, layer]) / record.weight_sd[0, layer]
            for low, high, alpha in ((0, 4, 0.2), (1, 3, 0.4)):
                axes.fill_between(epochs, scaled[:, low], scaled[:, high], color=colour, alpha=alpha, lw=0)
            axes.plot(epochs, scaled[:, 2], color=colour)
            axes.set(title=f"{LABELS[name]}: median, 50 % and 90 % of W3", xlabel="epoch")
        limit = max(abs(bound) for axes in panels[0] for bound in axes.get_ylim())
        for axes in panels[0]:
            axes.set_ylim(-limit, limit)
        panels[0][0].set_ylabel("weight / sd at the start")
        for (name, runs), colour in zip(by_network.items(), LAYER_COLOURS, strict=False):
            for number, record in enumerate(runs):
                layer, label = record.last_hidden, LABELS[name] if number == 0 else None
                start = record.weight_sd[0, layer]
                mean = (record.weight_mean[:, layer] - record.weight_mean[0, layer]) / start
                panels[1][0].plot(mean, color=colour, lw=0.9, label=label)
                panels[1][1].plot(record.weight_sd[:, layer] / start, color=colour, lw=0.9, label=label)
        panels[1][0].set(xlabel="epoch", ylabel="(mean - start) / sd at the start", title="Mean of W3")
        panels[1][1].set(xlabel="epoch", ylabel="sd / sd at the start", title="Standard deviation of W3")
        panels[1][0].legend()
    return figure
