"""Figures of one device: what its laws say, and simulated cells that follow them. One function = one figure.

`FIGURES` lists them in the order of a cell's life; `missing(device, name)` says why a device has no such figure.
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from crossbar_nsm.report.device_numbers import curves, mean_attempts
from crossbar_nsm.report.device_samples import (
    Traces,
    ageing,
    fluctuations,
    has_memory,
    programmed,
    quiet,
    traces,
    without_failures,
)
from crossbar_nsm.report.device_spectrum import spectrum
from crossbar_nsm.report.style import COLUMN_INCH, GREY, LAYER_COLOURS, RC
from device_models import Device
from device_models.pulses import Pulses

BLUE, RED, GREEN, PINK, ORANGE, SKY = LAYER_COLOURS
FIGURES = ("programming_error", "read_noise", "read_traces", "spectrum", "drift")
EDGES = {"1 s": 1.0, "1 min": 60.0, "1 h": 3600.0, "1 day": 86400.0, "1 month": 2.63e6, "1 year": 3.156e7}
SLOW = {"telegraph": "mostly slow", "1/f, 1 s": "slow", "1/f, 1 day": "slow"}


def missing(device: Device, name: str) -> str | None:
    """Why the device has no figure of this name; None: it has."""
    if name in ("read_traces", "spectrum") and not has_memory(device):
        return "no telegraph noise, 1/f noise or selector: successive reads are independent"
    if name == "drift" and not device.changes_with_time:
        return "no relaxation, drift, retention or 1/f noise: conductances stay as programmed"
    return None


# ----------------------------------------------------------------------------------------------------- programming


def programming_error(device: Device) -> Figure:
    """sd of the programmed conductance against its target, law and 20,000 simulated cells per target, and how the cells
    scatter; with write-verify how often a cell is written, with pulses the staircase."""
    pulses, verify = device.programming.pulses, device.programming.verify
    panels = 2 + (pulses is not None) + (verify is not None)
    size = (0.95 * COLUMN_INCH * panels, 0.85 * COLUMN_INCH)
    with plt.rc_context(rc=RC):
        figure, row = plt.subplots(1, panels, figsize=size, layout="constrained")
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
        plt.close(figure)
    return figure


def _programming_law(axes: Axes, device: Device) -> None:
    """Exact sd, and the mean error where clipping, skew or write-verify makes one."""
    conductance, clean = device.conductance, without_failures(device)
    grid = np.unique(device.programming.nearest_level(np.linspace(conductance.g_min_s, conductance.g_max_s, 400),
                                                      conductance))  # fmt: skip
    mean, variance = clean.programming_moments_s(grid)
    sd, bias = np.sqrt(variance), mean - grid
    switching = device.programming.set is not None or device.programming.reset is not None
    shown = slice(1, None) if switching else slice(None)
    if switching:
        axes.plot(1e6 * grid[0], 1e6 * sd[0], "x", ms=5, color="black", label="law, after a reset")
    axes.plot(1e6 * grid[shown], 1e6 * sd[shown], color="black", lw=1, label="law")
    if np.abs(bias).max() > 0.02 * sd.max() > 0:
        axes.plot(1e6 * grid[shown], 1e6 * bias[shown], color=RED, lw=1, ls="--", label="law, mean error")


def _attempts_panel(axes: Axes, device: Device, target: np.ndarray, attempts: np.ndarray | None) -> None:
    conductance = device.conductance
    grid = np.linspace(conductance.g_min_s, conductance.g_max_s, 400)
    law = mean_attempts(device, grid)
    assert law is not None
    axes.plot(1e6 * grid[1:], law[1:], color="black", lw=1, label="law")
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
    axes.set(xlabel=f"pulse of {1e9 * pulses.width_s:g} ns", ylabel="G (uS)", title="Staircase of pulses")
    _legend_above(axes)


def _legend_above(axes: Axes) -> None:
    """Legend in the upper left, with room for it made above the data."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.1 * (1 + len(axes.get_legend_handles_labels()[0])) * (high - low))
    axes.legend(loc="upper left")


# ----------------------------------------------------------------------------------------------------------- reads


def read_noise(device: Device) -> Figure:
    """Noise of a cell's reads over its range, sd/G: fresh noise and the floors below which no read at 0.2 V and 100 ns can
    go, median telegraph amplitude, 1/f noise since programming, and a selector's sd/mean."""
    law = curves(device)
    g = 1e6 * law.g_s
    with plt.rc_context(rc=RC):
        figure, axes = plt.subplots(figsize=(1.35 * COLUMN_INCH, COLUMN_INCH), layout="constrained")
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
        axes.plot(g, 100 * law.thermal_floor, color=GREY, lw=0.7, label="thermal floor, 100 ns")
        axes.plot(g, 100 * law.shot_floor, color=GREY, lw=0.7, ls="--", label="shot noise floor, 0.2 V, 100 ns")
        axes.set(xscale="log", yscale="log", xlabel="conductance G (uS)", ylabel="sd / G of one read")
        axes.set_title(f"{device.name}: noise of a cell's reads")
        _percent_axis(axes)
        _plain_log_x(axes)
        figure.legend(loc="outside lower center", ncols=2)
        plt.close(figure)
    return figure


def _percent_axis(axes: Axes) -> None:
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _plain_log_x(axes: Axes) -> None:
    """Ticks as plain numbers, more of them over a short range."""
    low, high = axes.get_xlim()
    subs = (1.0,) if high / low > 300 else (1.0, 2.0, 5.0)
    axes.xaxis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def read_traces(device: Device, step=quiet) -> Figure:  # type: ignore[no-untyped-def]
    """2,000 reads of three cells (rows: low, middle and high conductance), their histogram, and the autocorrelation over
    200 repetitions with the exact law."""
    reason = missing(device, "read_traces")
    if reason:
        return _nothing(device, reason)
    seen = traces(device, step=step)
    with plt.rc_context(rc=RC):
        figure, rows = plt.subplots(
            3, 3, figsize=(2.2 * COLUMN_INCH, 1.5 * COLUMN_INCH), layout="constrained", sharex="col",
            width_ratios=(2.6, 0.8, 1.4),
        )  # fmt: skip
        for row, panels in enumerate(reversed(rows)):
            _trace_row(panels, seen, row)
        rows[0][0].set_title(f"{device.name}: reads every {_time(seen.interval_s)}, an hour after programming", loc="left")
        rows[0][2].set_title("autocorrelation")
        rows[0][1].set_title("share")
        rows[2][0].set_xlabel(f"time ({_unit(seen.interval_s * seen.seen_s.shape[1])[1]})")
        rows[2][1].set_xticks([])
        rows[2][2].set_xlabel(f"time between reads ({_unit(seen.interval_s * seen.lags[-1])[1]})")
        rows[0][2].legend(loc="best")
        plt.close(figure)
    return figure


def _trace_row(panels: np.ndarray, seen: Traces, row: int) -> None:
    trace, histogram, correlation = panels
    values, colour = 1e6 * seen.seen_s[row], LAYER_COLOURS[row]
    scale, _ = _unit(seen.interval_s * values.size)
    trace.plot(seen.interval_s * np.arange(values.size) / scale, values, color=colour, lw=0.5, drawstyle="steps-post")
    trace.set_ylabel(f"G (uS)\nset to {1e6 * seen.g_s[row]:.3g}")
    histogram.hist(values, bins=40, orientation="horizontal", color=colour, alpha=0.7)
    histogram.sharey(trace)
    histogram.tick_params(labelleft=False)
    histogram.grid(visible=False)
    scale, _ = _unit(seen.interval_s * seen.lags[-1])
    lag = seen.interval_s * seen.lags / scale
    correlation.axhline(0, color=GREY, lw=0.6)
    correlation.plot(lag, seen.exact[row], color="black", lw=1, label="law")
    correlation.plot(lag, seen.estimated[row], "o", ms=3, color=colour, mfc="none", label="simulated")
    correlation.set(xscale="log", ylim=(-0.1, 1.1))


def _unit(longest_s: float) -> tuple[float, str]:
    """A unit of time in which `longest_s` is at least 1."""
    for scale, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if longest_s >= scale:
            return scale, name
    return 1e-9, "ns"


def _time(value_s: float) -> str:
    scale, name = _unit(value_s)
    return f"{value_s / scale:.2g} {name}"


def spectrum_of_reads(device: Device, step=quiet) -> Figure:  # type: ignore[no-untyped-def]
    """Power spectral density of the reads of 300 cells at mid range over G^2, simulated and by the law, with the part of
    every effect."""
    reason = missing(device, "spectrum")
    if reason:
        return _nothing(device, reason)
    found = spectrum(device, step=step)
    with plt.rc_context(rc=RC):
        figure, axes = plt.subplots(figsize=(1.35 * COLUMN_INCH, COLUMN_INCH), layout="constrained")
        colours = {"telegraph": RED, "1/f": GREEN, "fresh": SKY, "selector": PINK}
        names = {"telegraph": "traps (Lorentzians)", "1/f": "1/f noise", "fresh": "fresh read noise"}
        points = _binned(found.frequency_hz, found.simulated)
        axes.plot(*points, "o", ms=3, color=BLUE, mfc="none", label=f"{found.cells} simulated cells (Welch)")
        axes.plot(found.frequency_hz, found.exact, color="black", lw=1, label="law, as sampled")
        if len(found.parts) > 1 or "selector" not in found.parts:
            for name, part in found.parts.items():
                axes.plot(found.frequency_hz, part, color=colours[name], lw=1, ls="--", label=names.get(name, name))
        lowest = min(found.exact.min(), points[1].min())
        axes.set(xscale="log", yscale="log", xlabel="frequency (Hz)", ylabel="S / G^2 (1/Hz)")
        axes.set_ylim(0.2 * lowest, 4 * max(found.exact.max(), points[1].max()))
        axes.set_title(f"{device.name}: spectrum of reads at {1e6 * found.g_s:.3g} uS, every {_time(found.interval_s)}")
        axes.legend(loc="lower left" if found.exact[0] > 10 * found.exact[-1] else "upper right")
        plt.close(figure)
    return figure


def _binned(frequency_hz: np.ndarray, density: np.ndarray, bins: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Means over bins of about even width in ln f."""
    edges = np.geomspace(frequency_hz[0], frequency_hz[-1] * 1.0001, bins + 1)
    place = np.digitize(frequency_hz, edges)
    used = np.unique(place)
    return tuple(np.array([values[place == bin_].mean() for bin_ in used]) for values in (frequency_hz, density))  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------------------ time


def drift(device: Device) -> Figure:
    """Conductance from 1 s to 1 year after programming: median and 10th to 90th percentile of 2,000 cells programmed to
    exactly the same level; lighter: with the 1/f noise that has accumulated."""
    reason = missing(device, "drift")
    if reason:
        return _nothing(device, reason)
    aged = ageing(device)
    with plt.rc_context(rc=RC):
        figure, axes = plt.subplots(figsize=(1.35 * COLUMN_INCH, COLUMN_INCH), layout="constrained")
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
        axes.set(xscale="log", xlabel="time since programming", ylabel="conductance (uS)", xlim=(0.25, 4e7))
        axes.set_xticks(list(EDGES.values()), list(EDGES))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(bottom=0)
        axes.set_title(f"{device.name}: cells after programming")
        parts = (device.relaxation, device.drift, device.retention)
        band = "median and 10th to 90th percentile of 2,000 cells" if any(parts) else "median of 2,000 cells"
        note = band + ("\nlighter: with 1/f noise since programming" if aged.wandering_s is not None else "")
        figure.supxlabel(note, fontsize=7, color=GREY)
        plt.close(figure)
    return figure


# ------------------------------------------------------------------------------------------------- needed, available


def noise_needed(device: Device, betas: Mapping[str, np.ndarray]) -> Figure:
    """Coefficient of variation that the synapses of each layer need, 1/(sqrt 2 beta), beside what the device's cells have
    (ranges over conductance; telegraph: 10th to 90th percentile of cells). betas: trained, by layer."""
    has = fluctuations(device)
    with plt.rc_context(rc=RC):
        width = max(1.35, 0.28 * (len(betas) + len(has))) * COLUMN_INCH
        figure, axes = plt.subplots(figsize=(width, COLUMN_INCH), layout="constrained")
        for index, (name, beta) in enumerate(betas.items()):
            needed = needed_percent(beta)
            bodies = axes.violinplot(needed, positions=[index], widths=0.8, showextrema=False)["bodies"]
            for body in bodies:  # type: ignore[attr-defined]
                body.set(facecolor=BLUE, alpha=0.5, edgecolor="none")
            axes.plot(index, np.median(needed), "o", color=BLUE, ms=4)
            _note(axes, index, needed.max(), f"{name} needs\n{np.median(needed):.0f} %", BLUE)
        for index, (name, ends) in enumerate(has.items(), start=len(betas)):
            low, high = (100 * end for end in ends)
            axes.bar(index, 1.06 * high - low / 1.06, bottom=low / 1.06, width=0.6, color=ORANGE, lw=0, label=name)
            text = f"{high:.2g} %" if high < 1.02 * low else f"{low:.2g} to\n{high:.2g} %"
            _note(axes, index, 1.06 * high, text, "#333333")
        if not has:
            axes.text(0.98, 0.05, "the cells are noiseless", ha="right", transform=axes.transAxes, color="#333333")
        lowest = min([1.0, *(100 * low for low, _ in has.values() if low > 0)])
        highest = max([100.0, *(100 * high for _, high in has.values())])
        axes.set(yscale="log", ylim=(max(lowest / 2, 1e-3), 6 * highest))
        names = [*betas, *(f"{name}\n({SLOW.get(name, _memory(device, name))})" for name in has)]
        axes.set_xticks(range(len(names)), names)
        axes.axvline(len(betas) - 0.5, color=GREY, lw=0.6, ls=":")
        axes.set_ylabel("fluctuation of a synapse (sd / mean)")
        axes.set_title(f"Noise the network needs and noise of {device.name}")
        axes.grid(axis="x", visible=False)
        _percent_axis(axes)
        plt.close(figure)
    return figure


def needed_percent(beta: np.ndarray) -> np.ndarray:
    """100/(sqrt(2) beta)."""
    return 100 / (np.sqrt(2) * np.maximum(np.abs(np.ravel(beta)), 1e-6))


def _memory(device: Device, name: str) -> str:
    if name == "selector" and device.selector is not None and device.selector.threshold is not None:
        return f"memory {_time(device.selector.threshold.correlation_time_s)}"
    return "fresh"


def _note(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    axes.annotate(
        text, (x, y), xytext=(0, 3), textcoords="offset points", ha="center", va="bottom", color=colour, fontsize=7
    )


def _nothing(device: Device, reason: str) -> Figure:
    """For Python: a figure that says why there is none."""
    with plt.rc_context(rc=RC):
        figure, axes = plt.subplots(figsize=(COLUMN_INCH, 0.4 * COLUMN_INCH), layout="constrained")
        axes.set_axis_off()
        axes.text(0.5, 0.5, f"{device.name}:\n{reason}", ha="center", va="center", wrap=True)
        plt.close(figure)
    return figure
