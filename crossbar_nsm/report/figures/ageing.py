"""Figure of a chip over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.experiment.ageing import AgeRow, ChipAgeing
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, subplots
from crossbar_nsm.report.figures.time_axis import log_time_axis
from device_models.checks.arguments import checked, instance_of
from device_models.number_text import counted


@checked(result=instance_of(ChipAgeing, of="a chip over time, as ageing gives it"))
def over_time(result: ChipAgeing) -> Figure:
    """NLL, error and the neurons' median beta against the time since programming, settings kept and calibrated anew;
    bars: 95 % intervals of the NLL over images and chips."""
    first = result.rows[:1]
    kinds = {
        "settings kept": first + [row for row in result.rows if not row.recalibrated],
        "calibrated anew": [row for row in result.rows if row.recalibrated],
    }
    with look():
        figure, panels = subplots(1, 3, figsize=(2.3 * COLUMN_INCH, 0.85 * COLUMN_INCH))
        for (label, rows), colour in zip(kinds.items(), LAYER_COLOURS[1::-1], strict=False):
            ages = np.array([row.age_s for row in rows])
            nll = np.array([row.nll for row in rows])
            bars = _bars(rows)
            panels[0].errorbar(ages, nll, bars, marker="o", ms=3, lw=1, color=colour, label=label)
            panels[1].plot(ages, [100 * row.error for row in rows], marker="o", ms=3, lw=1, color=colour)
            panels[2].plot(ages, [row.c_error for row in rows], marker="o", ms=3, lw=1, color=colour)
        panels[0].axhline(result.ideal.nll, color=GREY, lw=1, ls="--", label="ideal software")
        panels[1].axhline(100 * result.ideal.error, color=GREY, lw=1, ls="--")
        for axes, label in zip(panels, ("NLL (nats)", "error (%)", "mean |c - trained c|"), strict=True):
            log_time_axis(axes, "time since programming")
            axes.set_ylabel(label)
        panels[0].legend(loc="upper left")
        panels[2].set_ylim(0, None)
        device, scaling = result.config.device.name, result.config.neuron.scaling
        figure.suptitle(f"{device}, {scaling}: {counted(first[0].chips, 'chip')}", fontsize=9)
    return figure


def _bars(rows: Sequence[AgeRow]) -> np.ndarray:
    lower = [row.excess_nll - row.excess_nll_low for row in rows]
    upper = [row.excess_nll_high - row.excess_nll for row in rows]
    return np.maximum(np.array([lower, upper]), 0)
