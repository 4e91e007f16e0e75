"""Fig. 2: how the inputs of the last hidden layer drift while NSM, StNN and an MLP with batch normalisation learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.reproduce.reproduction import Reproduction, RunContext, Value
from crossbar_nsm.reproduce.texts import spread
from crossbar_nsm.reproduce.training_record import Record, records

LABELS = {"nsm": "NSM", "stnn": "StNN", "batch_norm": "MLP with BatchNorm"}
TARGETS = (0.2, 0.1, 0.05)


def fig2(context: RunContext) -> tuple[Reproduction, Figure]:
    """Watch the three networks learn; drift of the percentiles, and updates until an error is reached."""
    by_network = {name: records(name, context) for name in LABELS}
    fine = min(context.config.watch.fine_steps, *(int(runs[0].steps[-1]) for runs in by_network.values()))
    numbers = {name: _numbers(runs, fine) for name, runs in by_network.items()}
    columns = ["network", f"drift after {fine} updates", "drift at the end", "width of the band, end / start"]
    columns += [f"updates to {100 * target:g} % error" for target in TARGETS] + ["seeds"]
    coarse = context.config.watch.coarse_steps
    rows: list[list[Value]] = [_row(LABELS[name], numbers[name], len(by_network[name])) for name in by_network]
    says = (
        "Drift: mean over units and the 15th, 50th and 85th percentile of |q(t) - q(0)|, in widths q85(0) - q15(0) of "
        "the unit's own band before training; q are percentiles over probe images of the input of the last hidden "
        "layer's activation function (beta w.z/||w|| + c, w.z, and w.z normalised over the probe images). Width: "
        "median over units of q85 - q15. Errors are of single passes on probe images, looked at every "
        f"{coarse} updates after the first {fine}; `not reached` when a seed did not get there. Mean ± sd over seeds."
    )
    return Reproduction("Fig. 2: internal covariate shift", columns, rows, says, numbers), _figure(by_network, fine)


def drift(record: Record) -> np.ndarray:
    """Mean shift of the percentiles since the start in units of the starting band, (steps)."""
    start = record.percentiles[0]
    width = np.maximum(start[:, 2] - start[:, 0], 1e-6)
    shift: np.ndarray = np.abs(record.percentiles - start).mean(axis=2) / width
    return shift.mean(axis=1)


def widening(record: Record) -> np.ndarray:
    """Width of the band q85 - q15 over its width at the start, median over units, (steps)."""
    width = record.percentiles[:, :, 2] - record.percentiles[:, :, 0]
    result: np.ndarray = np.median(width / np.maximum(width[0], 1e-6), axis=1)
    return result


def updates_to(record: Record, error: float) -> float:
    """First update after which the probe error is at most `error`; infinite if never."""
    reached = np.flatnonzero(record.probe_error <= error)
    return float(record.steps[reached[0]]) if len(reached) else float("inf")


def _numbers(runs: list[Record], fine: int) -> dict[str, Any]:
    at_fine = [int(np.searchsorted(record.steps, fine)) for record in runs]
    return {
        "drift_fine": [float(drift(record)[i]) for record, i in zip(runs, at_fine, strict=True)],
        "drift_end": [float(drift(record)[-1]) for record in runs],
        "widening_end": [float(widening(record)[-1]) for record in runs],
        "updates_to": {str(target): [updates_to(record, target) for record in runs] for target in TARGETS},
    }


def _row(label: str, numbers: dict[str, Any], seeds: int) -> list[Value]:
    drifts = [spread(numbers[key]) for key in ("drift_fine", "drift_end", "widening_end")]
    return [label, *drifts, *(spread(values, 0) for values in numbers["updates_to"].values()), seeds]


def _figure(by_network: dict[str, list[Record]], fine: int) -> Figure:
    with look():
        figure, panels = subplots(1, 4, figsize=(2.6 * COLUMN_INCH, 0.8 * COLUMN_INCH))
        for axes, (name, runs), colour in zip(panels, by_network.items(), LAYER_COLOURS, strict=False):
            _band(axes, runs[0], fine, colour)
            axes.set_title(LABELS[name])
        panels[0].set_ylabel("input of the last hidden layer,\nin widths of the starting band")
        low = min(axes.get_ylim()[0] for axes in panels[:3])
        high = max(axes.get_ylim()[1] for axes in panels[:3])
        for axes in panels[:3]:
            axes.set_ylim(low, high)
        for (name, runs), colour in zip(by_network.items(), LAYER_COLOURS, strict=False):
            for number, record in enumerate(runs):
                label = LABELS[name] if number == 0 else None
                panels[3].plot(record.steps[1:], 100 * record.probe_error[1:], color=colour, lw=0.8, label=label)
        panels[3].set(xscale="log", yscale="log", xlabel="update", ylabel="error of a pass (%)", title="Convergence")
        panels[3].set_yticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
        panels[3].minorticks_off()
        panels[3].legend()
    return figure


def _band(axes: Axes, record: Record, fine: int, colour: str) -> None:
    """15th, 50th and 85th percentile of the unit of median drift, relative to its start."""
    start = record.percentiles[0]
    width = np.maximum(start[:, 2] - start[:, 0], 1e-6)
    drawn = record.steps <= fine
    relative = (record.percentiles[drawn] - start[:, 1:2]) / width[:, None]
    unit = int(np.argsort(np.abs(relative[-1] - relative[0]).mean(axis=1))[len(width) // 2])  # of median drift
    steps = record.steps[drawn]
    axes.fill_between(steps, relative[:, unit, 0], relative[:, unit, 2], color=colour, alpha=0.25, lw=0)
    axes.plot(steps, relative[:, unit], color=colour, lw=0.9)
    axes.set(xlabel="update")
    axes.annotate(
        "15th, 50th, 85th percentile\nof the unit of median drift", (0.03, 0.98), xycoords="axes fraction", fontsize=6,
        va="top", color="#444444",
    )  # fmt: skip
