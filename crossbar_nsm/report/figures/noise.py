"""Figure of the noise that a network needs beside what a device has."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, subplots
from device_models import Device


def noise_needed_and_available(chip: MappedNetwork, device: Device) -> Figure:
    """Coefficient of variation that each layer's synapses need, 1/(sqrt 2 beta), beside what the device's cells have.

    The bars hold all neurons of a layer; the band is the device's fresh read noise sd(G)/G over its range, with the
    native beta = G/(sqrt 2 sd) that it would give on its own.
    """
    with look():
        figure, axes = subplots(figsize=(1.35 * COLUMN_INCH, 0.85 * COLUMN_INCH))
        names = list(chip.calibration)
        for index, (name, calibration) in enumerate(chip.calibration.items()):
            needed = 100 / (math.sqrt(2) * np.maximum(np.abs(calibration.trained_beta.ravel()), 1e-6))
            colour = LAYER_COLOURS[index % len(LAYER_COLOURS)]
            parts = axes.violinplot(needed, positions=[index], widths=0.8, showextrema=False)
            for body in parts["bodies"]:
                body.set(facecolor=colour, alpha=0.6, edgecolor="none")
            axes.plot(index, np.median(needed), "o", color=colour, ms=4)
            axes.annotate(
                f"{name} needs {np.median(needed):.0f} %", (index, needed.max()), xytext=(0, 5),
                textcoords="offset points", ha="center", va="bottom", color=colour, fontsize=7,
            )  # fmt: skip
        low, high = _relative_noise_percent(device)
        axes.axhspan(max(low, 1e-3) * 0.93, high * 1.07, color=GREY, alpha=0.35, lw=0)
        native = f", native beta {100 / (math.sqrt(2) * high):.0f}" if high > 0 else ""
        axes.annotate(
            f"{device.name}: {_percent_range(low, high)}{native}", (len(names) - 0.55, high * 1.12), ha="right",
            va="bottom", color="#333333", fontsize=7,
        )  # fmt: skip
        axes.set(yscale="log", ylim=(min(1.0, max(low, 0.05) / 2), 300), xlim=(-0.6, len(names) - 0.4))
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks([1, 10, 100], ["1 %", "10 %", "100 %"])
        axes.set_ylabel("fluctuation of a synapse (sd / mean)")
        axes.set_title("Noise the network needs and noise the cells have")
        axes.grid(axis="x", visible=False)
    return figure


def _relative_noise_percent(device: Device) -> tuple[float, float]:
    """Lowest and highest fresh read noise sd(G)/G over the device's range, in per cent."""
    g_s = np.geomspace(max(device.conductance.g_min_s, 0.01 * device.conductance.g_max_s), device.conductance.g_max_s)
    relative = 100 * device.read_noise.sd_s(g_s, device.conductance) / g_s
    return float(relative.min()), float(relative.max())


def _percent_range(low: float, high: float) -> str:
    return f"{high:.2g} %" if math.isclose(low, high, rel_tol=0.02) else f"{low:.2g} to {high:.2g} %"
