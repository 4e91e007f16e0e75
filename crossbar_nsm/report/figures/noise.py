"""Noise that a network needs, beside the noise that devices have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.nsm.needed_noise import native_beta, needed_fluctuation
from crossbar_nsm.report.figures.arguments import BETAS
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, plain_log_axis, subplots
from device_models import Device
from device_models.catalogue import A_DEVICE, DeviceLike, load_device
from device_models.characterise.fluctuations import fluctuations
from device_models.checks.arguments import checked, each, optional
from device_models.number_text import rounded, time_text

BLUE, RED, GREEN, PINK, ORANGE, _SKY = LAYER_COLOURS
EFFECTS = {"read noise": ORANGE, "telegraph": RED, "1/f, 1 day": GREEN, "selector": PINK}
FRESH = "fresh"
SLOW = {"telegraph": "mostly slow", "1/f, 1 s": "slow", "1/f, 1 day": "slow"}


@checked(device=A_DEVICE, betas=BETAS)
def noise_needed(device: DeviceLike, betas: Mapping[str, np.ndarray]) -> Figure:
    """Coefficient of variation that the synapses of each layer need, 1/(sqrt 2 beta), beside what the device's cells
    have (ranges over conductance; telegraph: 10th to 90th percentile of cells). betas: trained, by layer."""
    device = load_device(device)
    has = fluctuations(device)
    with look():
        width = max(1.35, 0.28 * (len(betas) + len(has))) * COLUMN_INCH
        figure, axes = subplots(figsize=(width, COLUMN_INCH))
        for index, (name, beta) in enumerate(betas.items()):
            needed = _needed_percent(beta)
            bodies = axes.violinplot(needed, positions=[index], widths=0.8, showextrema=False)["bodies"]
            for body in bodies:
                body.set(facecolor=BLUE, alpha=0.5, edgecolor="none")
            axes.plot(index, np.median(needed), "o", color=BLUE, ms=4)
            _note(axes, index, needed.max(), f"{name} needs\n{np.median(needed):.0f} %", BLUE)
        for index, (name, ends) in enumerate(has.items(), start=len(betas)):
            low, high = (100 * end for end in ends)
            axes.bar(index, 1.06 * high - low / 1.06, bottom=low / 1.06, width=0.6, color=ORANGE, lw=0, label=name)
            _note(axes, index, 1.06 * high, _range_text(low, high, _memory(device, name)), "#333333")
        if not has:
            axes.text(0.98, 0.05, "the cells are noiseless", ha="right", transform=axes.transAxes, color="#333333")
        lowest = min([1.0, *(100 * low for low, _ in has.values() if low > 0)])
        highest = max([100.0, *(100 * high for _, high in has.values())])
        axes.set(yscale="log", ylim=(max(lowest / 2, 1e-3), 6 * highest))
        names = [*betas, *(f"{name}\n({_memory(device, name)})" for name in has)]
        axes.set_xticks(range(len(names)), names)
        axes.axvline(len(betas) - 0.5, color=GREY, lw=0.6, ls=":")
        axes.set_ylabel("fluctuation of a synapse (sd / mean)")
        axes.set_title(f"Noise the network needs and noise of {device.name}")
        axes.grid(axis="x", visible=False)
        plain_log_axis(axes.yaxis, axes.get_ylim(), " %")
    return figure


def _needed_percent(beta: np.ndarray) -> np.ndarray:
    return 100 * needed_fluctuation(np.ravel(beta))


def _memory(device: Device, name: str) -> str:
    """Whether an effect is new in every read."""
    if name == "selector" and device.selector is not None and device.selector.threshold is not None:
        return f"memory {time_text(device.selector.threshold.correlation_time_s, 2)}"
    return FRESH if name in ("read noise", "selector") else SLOW.get(name, "slow")


def _range_text(low: float, high: float, memory: str) -> str:
    """Of per cents; what is fresh would give neurons a beta by itself."""
    text = f"{rounded(high, 2)} %" if high < 1.02 * low else f"{rounded(low, 2)} to\n{rounded(high, 2)} %"
    native = f"\nnative beta {native_beta(high / 100):.0f}" if memory == FRESH and high > 0 else ""
    return text + native


def _note(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    axes.annotate(
        text, (x, y), xytext=(0, 3), textcoords="offset points", ha="center", va="bottom", color=colour, fontsize=7
    )


@checked(devices=each(A_DEVICE, least=1), betas=optional(BETAS))
def noise_of_devices(devices: Sequence[DeviceLike], betas: Mapping[str, np.ndarray] | None = None) -> Figure:
    """sd/mean of a cell's reads for several devices, by effect (ranges as in `noise_needed`). Band: 10th to 90th
    percentile of what the neurons of a network need, betas as there."""
    known = [load_device(device) for device in devices]
    with look():
        width = max(1.35, 0.13 * len(known)) * COLUMN_INCH
        figure, axes = subplots(figsize=(width, 1.1 * COLUMN_INCH))
        if betas is not None:
            needed = np.concatenate([_needed_percent(beta) for beta in betas.values()])
            axes.axhspan(*np.percentile(needed, [10, 90]), color=BLUE, alpha=0.3, lw=0, label="needed by the network")
        lowest = 1.0
        for index, device in enumerate(known):
            has = {name: ends for name, ends in fluctuations(device).items() if name in EFFECTS and ends[1] > 0}
            for rank, (name, ends) in enumerate(has.items()):
                low, high = (100 * end for end in ends)
                lowest = min(lowest, low)
                x = index + 0.26 * (rank - (len(has) - 1) / 2)
                axes.bar(x, 1.06 * high - low / 1.06, bottom=low / 1.06, width=0.24, color=EFFECTS[name], lw=0)
        for name, colour in EFFECTS.items():
            axes.bar(0, 0, color=colour, label=f"{name} ({SLOW[name]})" if name in SLOW else name)
        axes.set(yscale="log", ylim=(max(lowest / 2, 1e-3), 300), xlim=(-0.6, len(known) - 0.4))
        plain_log_axis(axes.yaxis, axes.get_ylim(), " %")
        names = [device.name for device in known]
        axes.set_xticks(range(len(known)), names, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_ylabel("fluctuation of a cell (sd / mean)")
        axes.grid(axis="x", visible=False)
        figure.legend(loc="outside upper center", ncols=5)
    return figure
