"""Fig. 2: how the inputs of the last hidden layer drift while NSM, StNN and an MLP with batch normalisation learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.reproduce.study import Setting, Study, Value
from crossbar_nsm.reproduce.texts import spread
from crossbar_nsm.reproduce.watching import Record, records

LABELS = {"nsm": "NSM", "stnn": "StNN", "batch_norm": "MLP with BatchNorm"}
TARGETS = (0.2, 0.1, 0.05)


def fig2(setting: Setting) -> tuple[Study, Figure]:
    """Watch the three networks learn; drift of the percentiles, and updates until an error is reached."""
    seen = {name: records(name, setting) for name in LABELS}
    fine = min(setting.config.watch.fine_steps, *(int(found[0].steps[-1]) for found in seen.values()))
    numbers = {name: _numbers(found, fine) for name, found in seen.items()}
    columns = ["network", f"drift after {fine} updates", "drift at the end", "width of the band, end / start"]
    columns += [f"updates to {100 * target:g} % error" for target in TARGETS] + ["seeds"]
    coarse = setting.config.watch.coarse_steps
    rows: list[list[Value]] = [_row(LABELS[name], numbers[name], len(seen[name])) for name in seen]
    says = (
        "Drift: mean over units and the 15th, 50th and 85th percentile of |q(t) - q(0)|, in widths q85(0) - q15(0) of "
        "the unit's own band before training; q are percentiles over probe images of the input of the last hidden "
        "layer's activation function (beta w.z/||w|| + c, w.z, and w.z normalised over the probe images). Width: "
        "median over units of q85 - q15. Errors are of single passes on probe images, looked at every "
        f"{coarse} updates after the first {fine}; `not reached` when a seed did not get there. Mean ± sd over seeds."
    )
    return Study("Fig. 2: internal covariate shift", columns, rows, says, numbers), _figure(seen, fine)


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


def _numbers(found: list[Record], fine: int) -> dict[str, Any]:
    at_fine = [int(np.searchsorted(record.steps, fine)) for record in found]
    return {
        "drift_fine": [float(drift(record)[i]) for record, i in zip(found, at_fine, strict=True)],
        "drift_end": [float(drift(record)[-1]) for record in found],
        "widening_end": [float(widening(record)[-1]) for record in found],
        "updates_to": {str(target): [updates_to(record, target) for record in found] for target in TARGETS},
    }


def _row(label: str, numbers: dict[str, Any], seeds: int) -> list[Value]:
    drifts = [spread(numbers[key]) for key in ("drift_fine", "drift_end", "widening_end")]
    return [label, *drifts, *(spread(values, 0) for values in numbers["updates_to"].values()), seeds]


def _figure(seen: dict[str, list[Record]], fine: int) -> Figure:
    with look():
        figure, panels = subplots(1, 4, figsize=(2.6 * COLUMN_INCH, 0.8 * COLUMN_INCH))
        for axes, (name, found), colour in zip(panels, seen.items(), LAYER_COLOURS, strict=False):
            _band(axes, found[0], fine, colour)
            axes.set_title(LABELS[name])
        panels[0].set_ylabel("input of the last hidden layer,\nin widths of the starting band")
        low = min(axes.get_ylim()[0] for axes in panels[:3])
        high = max(axes.get_ylim()[1] for axes in panels[:3])
        for axes in panels[:3]:
            axes.set_ylim(low, high)
        for (name, found), colour in zip(seen.items(), LAYER_COLOURS, strict=False):
            for number, record in enumerate(found):
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
    shown = record.steps <= fine
    relative = (record.percentiles[shown] - start[:, 1:2]) / width[:, None]
    unit = int(np.argsort(np.abs(relative[-1] - relative[0]).mean(axis=1))[len(width) // 2])  # of median drift
    steps = record.steps[shown]
    axes.fill_between(steps, relative[:, unit, 0], relative[:, unit, 2], color=colour, alpha=0.25, lw=0)
    axes.plot(steps, relative[:, unit], color=colour, lw=0.9)
    axes.set(xlabel="update")
    axes.annotate(
        "15th, 50th, 85th percentile\nof the unit of median drift", (0.03, 0.98), xycoords="axes fraction", fontsize=6,
        va="top", color="#444444",
    )  # fmt: skip
