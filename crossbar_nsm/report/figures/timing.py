"""Figure of what samples are worth against the read interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from crossbar_nsm.mapping.timing import INDEPENDENT, LayerTiming
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, subplots
from crossbar_nsm.report.figures.time_axis import log_time_axis
from device_models.checks.arguments import a_text, by_name, checked, refuse


def _with_curve(name: str, value: Any) -> LayerTiming:
    if not isinstance(value, LayerTiming) or value.curve is None:
        refuse(name, value, "what timing(chip, with_curves=True) gives")
    return value


@checked(layers=by_name(_with_curve), title=a_text)
def effective_samples_against_interval(layers: Mapping[str, LayerTiming], title: str) -> Figure:
    """M_eff of the median neuron of every layer, decisions at P = 1/2 (solid) and currents (dashed); the present
    interval is marked. `layers` are of `timing(chip, with_curves=True)`."""
    first = next(iter(layers.values()))
    with look():
        figure, axes = subplots(figsize=(1.35 * COLUMN_INCH, 0.95 * COLUMN_INCH))
        for index, (name, layer) in enumerate(layers.items()):
            assert layer.curve is not None  # as was checked
            colour = LAYER_COLOURS[index % len(LAYER_COLOURS)]
            axes.plot(layer.curve.interval_s, layer.curve.decisions, color=colour, lw=1.4, label=name)
            axes.plot(layer.curve.interval_s, layer.curve.currents, color=colour, lw=1.0, ls="--")
        axes.plot([], [], color=GREY, lw=1.4, label="decisions, P = 1/2")
        axes.plot([], [], color=GREY, lw=1.0, ls="--", label="currents")
        axes.axvline(first.interval_s, color=GREY, lw=0.8)
        axes.annotate(
            "now", (first.interval_s, 1), xycoords=("data", "axes fraction"), xytext=(3, -2),
            textcoords="offset points", va="top", color=GREY, fontsize=7,
        )  # fmt: skip
        axes.axhline(INDEPENDENT * first.samples, color=GREY, lw=0.8, ls=":")
        log_time_axis(axes, "read interval")
        axes.set_yscale("log")
        axes.set_ylim(0.9, 1.4 * first.samples)
        axes.set_ylabel(f"effective samples of {first.samples}")
        axes.set_title(title)
        axes.legend(loc="best")
    return figure
