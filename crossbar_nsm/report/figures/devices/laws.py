"""Figures of a device's laws, with simulated cells that follow them: programming, noise of reads, drift."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from crossbar_nsm.report.figures.devices.reasons import refuse
from crossbar_nsm.report.figures.style import (
    COLUMN_INCH,
    GREY,
    LAYER_COLOURS,
    look,
    plain_log_axis,
    subplots,
)
from device_models import Device
from device_models.catalogue import A_DEVICE, DeviceLike, load_device
from device_models.characterise.ageing import ageing
from device_models.characterise.numbers import YEAR, curves, mean_attempts, other_noise
from device_models.characterise.programmed import programmed, without_failures
from device_models.characterise.traces import Step, quiet
from device_models.checks.arguments import a_function, checked
from device_models.number_text import time_text
from device_models.parts.programming_laws.pulses import Pulses

BLUE, RED, GREEN, PINK, ORANGE, _SKY = LAYER_COLOURS
EDGES = {"1 s": 1.0, "1 min": 60.0, "1 h": 3600.0, "1 day": 86400.0, "1 month": 2.63e6, "1 year": 3.156e7}


# ----------------------------------------------------------------------------------------------------- programming


@checked(device=A_DEVICE, _step=a_function)
def programming_error(device: DeviceLike, _step: Step = quiet) -> Figure:
    """sd of the programmed conductance against its target, law and 20,000 simulated cells per target, and how the cells
    scatter; with write-verify how often a cell is written, with pulses the staircase."""
    device = load_device(device)
    refuse(device, "programming_error")
    pulses, verify = device.programming.pulses, device.programming.verify
    panels = 2 + (pulses is not None) + (verify is not None)
    size = (0.95 * COLUMN_INCH * panels, 0.85 * COLUMN_INCH)
    with look():
        figure, row = subplots(1, panels, figsize=size)
        cells = programmed(device)
        target, sd = 1e6 * cells.target_s, 1e6 * cells.error_s.std(axis=1)
        _programming_law(row[0], device)
        row[0].plot(target, sd, "o", ms=3, color=BLUE, mfc="none", label=f"{cells.error_s.shape[1]:,} cells each")
        row[0].set(xlabel="target (uS)", ylabel="sd of the programmed G (uS)", title=f"{device.name}: programming")
        row[0].set_ylim(bottom=min(0.0, row[0].get_ylim()[0]))
        _legend_above(row[0])
        low, median, high = 1e6 * np.percentile(cells.error_s, [10, 50, 90], axis=1)
        row[1].fill_between(target, low, high, color=BLUE, alpha=0.25, lw=0, label="10th to 90th percentile")
        row[1].plot(target, median, color=BLUE, lw=1, label="median cell")
        row[1].axhline(0, color=GREY, lw=0.6)
        row[1].set(xlabel="target (uS)", ylabel="programmed G - target (uS)", title="Scatter of the cells")
        _legend_above(row[1])
        if verify is not None:
            _attempts_panel(row[2], device, target, cells.attempts)
        if pulses is not None:
            _staircase_panel(row[-1], device, pulses)
    return figure


def _programming_law(axes: Axes, device: Device) -> None:
    """Exact sd, and the mean error where clipping, skew or write-verify makes one."""
    conductance, clean = device.conductance, without_failures(device)
    grid = np.unique(device.programming.nearest_level(np.linspace(conductance.g_min_s, conductance.g_max_s, 400),
                                                      conductance))  # fmt: skip
    mean, variance = clean.programming_moments_s(grid)
    sd, bias = np.sqrt(variance), mean - grid
    switching = _switching(device)
    above_lowest = slice(1, None) if switching else slice(None)
    if switching:
        axes.plot(1e6 * grid[0], 1e6 * sd[0], "x", ms=5, color="black", label="law, after a reset")
    axes.plot(1e6 * grid[above_lowest], 1e6 * sd[above_lowest], color="black", lw=1, label="law")
    if np.abs(bias).max() > 0.02 * sd.max() > 0:
        axes.plot(1e6 * grid[above_lowest], 1e6 * bias[above_lowest], color=RED, lw=1, ls="--", label="law, mean error")


def _switching(device: Device) -> bool:
    """Whether the lowest level has a law of its own."""
    return device.programming.set is not None or device.programming.reset is not None


def _attempts_panel(axes: Axes, device: Device, target: np.ndarray, attempts: np.ndarray | None) -> None:
    conductance = device.conductance
    grid = np.linspace(conductance.g_min_s, conductance.g_max_s, 400)
    law = mean_attempts(device, grid)
    assert law is not None
    switching = _switching(device)
    above_lowest = slice(1, None) if switching else slice(None)
    if switching:
        axes.plot(1e6 * grid[0], law[0], "x", ms=5, color="black", label="law, after a reset")
    axes.plot(1e6 * grid[above_lowest], law[above_lowest], color="black", lw=1, label="law")
    if attempts is not None:
        axes.plot(target, attempts, "o", ms=3, color=BLUE, mfc="none", label="simulated")
    axes.set(xlabel="target (uS)", ylabel="attempts per cell, mean", title="Write-verify")
    axes.set_ylim(bottom=0)
    _legend_above(axes)


def _staircase_panel(axes: Axes, device: Device, pulses: Pulses) -> None:
    number = np.arange(pulses.count + 1)
    for direction, colour in (("potentiation", BLUE), ("depression", RED)):
        chosen = pulses.model_copy(update={"direction": direction})
        g_s = chosen.spread(device.conductance).at_position(number / pulses.count)
        used = ", used" if direction == pulses.direction else ""
        axes.step(number, 1e6 * g_s, where="post", color=colour, lw=1, label=direction + used)
    width = "" if pulses.width_s is None else f" of {1e9 * pulses.width_s:g} ns"
    axes.set(xlabel=f"pulse{width}", ylabel="G (uS)", title="Staircase of pulses")
    _legend_above(axes)


def _legend_above(axes: Axes) -> None:
    """Legend in the upper left, with room for it made above the data."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.1 * (1 + len(axes.get_legend_handles_labels()[0])) * (high - low))
    axes.legend(loc="upper left")


# ----------------------------------------------------------------------------------------------------------- reads


@checked(device=A_DEVICE, _step=a_function)
def read_noise(device: DeviceLike, _step: Step = quiet) -> Figure:
    """Noise of a cell's reads over its range, sd/G: fresh noise and the floors below which no read at 0.2 V and 100 ns
    can go, median telegraph amplitude, 1/f noise since programming, and a selector's sd/mean."""
    device = load_device(device)
    law = curves(device)
    g = 1e6 * law.g_s
    with look():
        figure, axes = subplots(figsize=(1.35 * COLUMN_INCH, COLUMN_INCH))
        if law.read_noise.any():
            axes.plot(g, 100 * law.read_noise, color=BLUE, lw=1.8, label="fresh read noise")
        if law.selector_sd is not None and law.selector_p is not None:
            p = float(np.median(law.selector_p))
            axes.plot(g, 100 * law.selector_sd, color=PINK, lw=1.4, label=f"selector, p = {p:.2g}")
        if law.telegraph is not None and device.telegraph is not None:
            traps = device.telegraph.traps_per_cell
            each = f" ({traps} traps, each)" if traps > 1 else ""
            axes.plot(g, 100 * law.telegraph, color=RED, lw=1.4, label=f"telegraph amplitude d, median{each}")
        for (age, grown), style in zip((law.flicker or {}).items(), (":", "--", "-"), strict=False):
            axes.plot(g, 100 * grown, color=GREEN, lw=1.1, ls=style, label=f"1/f noise since programming, {age}")
        for noun, sd in other_noise(device, law.g_s).items():
            axes.plot(g, 100 * sd, color=ORANGE, lw=1.1, label=f"{noun}, 1 day")
        axes.plot(g, 100 * law.thermal_floor, color=GREY, lw=0.7, label="thermal floor, 100 ns")
        axes.plot(g, 100 * law.shot_floor, color=GREY, lw=0.7, ls="--", label="shot noise floor, 0.2 V, 100 ns")
        axes.set(xscale="log", yscale="log", xlabel="conductance G (uS)", ylabel="sd / G of one read")
        axes.set_title(f"{device.name}: noise of a cell's reads")
        axes.margins(y=0.08)
        plain_log_axis(axes.yaxis, axes.get_ylim(), " %")
        plain_log_axis(axes.xaxis, axes.get_xlim())
        figure.legend(loc="outside lower center", ncols=2)
    return figure


# ------------------------------------------------------------------------------------------------------------ time


def _measured_until(device: Device) -> list[tuple[str, float]]:
    """Parts that were measured for less than the year that is drawn: what they are called, and how long [s]."""
    measured = [(part, part.measured_until_s) for part in device.parts.values()]
    until = [(part.noun, last_s * part.slower(device.temperature_k)) for part, last_s in measured if last_s is not None]
    return [(noun, last_s) for noun, last_s in until if last_s < YEAR]


@checked(device=A_DEVICE, _step=a_function)
def drift(device: DeviceLike, _step: Step = quiet) -> Figure:
    """Conductance from 1 s to 1 year after programming: median and 10th to 90th percentile of 2,000 cells programmed to
    exactly the same level; lighter: with the 1/f noise that has accumulated."""
    device = load_device(device)
    refuse(device, "drift")
    aged = ageing(device)
    with look():
        figure, axes = subplots(figsize=(1.35 * COLUMN_INCH, COLUMN_INCH))
        for level, g_s in enumerate(aged.g_s):
            colour = LAYER_COLOURS[level % len(LAYER_COLOURS)]
            if aged.wandering_s is not None:
                low, high = (1e6 * edge[level] for edge in aged.wandering_s)
                axes.fill_between(aged.age_s, low, high, color=colour, alpha=0.15, lw=0)
            low, high = (1e6 * edge[level] for edge in aged.band_s)
            axes.fill_between(aged.age_s, low, high, color=colour, alpha=0.35, lw=0)
            axes.plot(aged.age_s, 1e6 * aged.median_s[level], color=colour, lw=1.2)
            axes.annotate(
                f"{1e6 * g_s:.3g}", (aged.age_s[0], 1e6 * aged.median_s[level, 0]), xytext=(-4, 0),
                textcoords="offset points", ha="right", va="center", color=colour, fontsize=7,
            )  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel="time since programming", ylabel="conductance (uS)")
        axes.set_xticks(list(EDGES.values()), list(EDGES))
        axes.xaxis.set_minor_locator(NullLocator())
        median = 1e6 * aged.median_s
        axes.set(xlim=(0.1, 4e7), ylim=(0.6 * median.min(), 1.5 * median.max()))
        plain_log_axis(axes.yaxis, axes.get_ylim())
        axes.set_title(f"{device.name}: cells after programming")
        spread = device.relaxation is not None or device.drift is not None
        band = "median and 10th to 90th percentile of 2,000 cells" if spread else "2,000 cells, all the same"
        note = band + ("\nlighter: with 1/f noise since programming" if aged.wandering_s is not None else "")
        note += "".join(f"\n{noun} was measured up to {time_text(last_s)}" for noun, last_s in _measured_until(device))
        figure.supxlabel(note, fontsize=7, color=GREY)
    return figure
