"""Figures of a fit to measurements: what was measured, what was fitted, and how well they agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.devices.fits.populations import fitted_relaxation, fitted_slow_noise, fitted_traps
from crossbar_nsm.report.figures.devices.fits.pulses import fitted_pulses
from crossbar_nsm.report.figures.style import (
    COLUMN_INCH,
    GREY,
    LAYER_COLOURS,
    look,
    plain_log_axis,
    save_figure,
    subplots,
)
from crossbar_nsm.report.figures.time_axis import log_time_axis
from device_models.checks.arguments import checked, each, instance_of
from device_models.fit.across_cells.drift import DriftFit
from device_models.fit.across_cells.programming import ProgrammingFit
from device_models.fit.across_cells.read_noise import ReadNoiseFit
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.preset import FitResult
from device_models.number_text import counted, time_text, time_unit

MOST_TRACES = 3
SHOWN_SAMPLES = 1500
MEASURED, FITTED, FAILED = LAYER_COLOURS[0], LAYER_COLOURS[1], LAYER_COLOURS[3]
HALF = 0.5  # probability above which a cell took its target
FIGURES = (
    "fitted_programming", "fitted_traces", "fitted_read_noise", "fitted_drift", "fitted_slow_noise", "fitted_traps",
    "fitted_relaxation", "fitted_pulses",
)  # fmt: skip


def draw_fit(result: FitResult, folder: str | Path) -> list[Path]:
    """Every figure that the measurements allow, as PNG, SVG and PDF."""
    return [path for name, figure in fit_figures(result).items() for path in save_figure(figure, folder, name)]


def fit_figures(result: FitResult) -> dict[str, Figure]:
    """Every figure that the measurements allow, by name."""
    figures: dict[str, Figure] = {}
    if result.programming is not None:
        figures[FIGURES[0]] = fitted_programming(result.programming)
    if result.traces:
        figures[FIGURES[1]] = fitted_traces(result.traces)
    if result.read_noise is not None and len(result.traces) > 1:
        figures[FIGURES[2]] = fitted_read_noise(result.read_noise)
    if result.drift is not None:
        figures[FIGURES[3]] = fitted_drift(result.drift)
    if any(trace.slow is not None for trace in result.traces):
        figures[FIGURES[4]] = fitted_slow_noise(result.traces, result.slow_noise)
    if any(trace.traps for trace in result.traces):
        figures[FIGURES[5]] = fitted_traps(result.traces)
    if result.relaxation is not None:
        figures[FIGURES[6]] = fitted_relaxation(result.relaxation)
    if result.pulses is not None:
        figures[FIGURES[7]] = fitted_pulses(result.pulses)
    return figures


@checked(fit=instance_of(ProgrammingFit, of="a fit of programming, FitResult.programming"))
def fitted_programming(fit: ProgrammingFit) -> Figure:
    """Error against target with the fitted sd, and the standardised errors beside the normal law."""
    with look():
        figure, (left, right) = subplots(1, 2, figsize=(2 * COLUMN_INCH, 0.8 * COLUMN_INCH), width_ratios=(3, 2))
        error = fit.programmed_s - fit.target_s
        good = fit.failed.good >= HALF
        left.plot(1e6 * fit.target_s[good], 1e6 * error[good], ".", ms=2, alpha=0.4, color=MEASURED, label="measured")
        if not good.all():
            left.plot(1e6 * fit.target_s[~good], 1e6 * error[~good], "x", ms=3, color=FAILED, label="failed")
        g_s = np.linspace(*fit.valid_s, 60)
        bounds = [fit.sd_interval(float(g)) for g in g_s]
        lows, highs = np.array([bound.low for bound in bounds]), np.array([bound.high for bound in bounds])
        for sign in (-1, 1):
            label = "fitted mean ± sd, 95 % band" if sign > 0 else None
            left.plot(1e6 * g_s, 1e6 * (fit.bias_s.value + sign * fit.sd_s(g_s)), color=FITTED, lw=1.2, label=label)
            edges = [1e6 * (fit.bias_s.value + sign * edge) for edge in (lows, highs)]
            left.fill_between(1e6 * g_s, edges[0], edges[1], color=FITTED, alpha=0.25, lw=0)
        left.set(xlabel="target [uS]", ylabel="programmed - target [uS]")
        left.set_title(f"{counted(fit.pairs, 'pair')}, {_law(fit)}")
        left.legend(loc="upper left")
        standard = ((error - fit.bias_s.value) / fit.sd_s(fit.target_s))[good]
        _histogram(right, standard)
        x = np.linspace(-4, 4, 200)
        right.plot(x, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), color=FITTED, label="normal law")
        right.set(xlabel="error / fitted sd", ylabel="density", title=f"KS p = {fit.goodness_p:.2g}")
    return figure


@checked(fits=each(instance_of(TraceFit, of="a fitted trace, of FitResult.traces"), least=1))
def fitted_traces(fits: Sequence[TraceFit]) -> Figure:
    """The first traces with their fitted levels, and the histogram of each beside the fitted law."""
    examples = list(fits)[:MOST_TRACES]
    with look():
        figure, panels = subplots(
            len(examples), 2, figsize=(2 * COLUMN_INCH, 0.62 * COLUMN_INCH * len(examples)),
            width_ratios=(3, 1), squeeze=False, sharey="row",
        )  # fmt: skip
        for (left, right), fit in zip(panels, examples, strict=True):
            part = slice(0, min(SHOWN_SAMPLES, fit.samples))
            time_s = fit.time_s[part] - fit.time_s[0]
            unit, size = time_unit(time_s[-1])
            time = time_s / size
            left.plot(time, 1e6 * fit.g_s[part], lw=0.5, color=MEASURED, label="measured")
            left.plot(time, 1e6 * fit.fitted_s[part], lw=1.0, color=FITTED, label="fitted level")
            shown = f" (the first {time.size:,} of {fit.samples:,} samples)" if time.size < fit.samples else ""
            left.set(xlabel=f"time [{unit}]{shown}", ylabel="conductance [uS]", title=_trace_title(fit))
            g_s = np.linspace(fit.g_s.min(), fit.g_s.max(), 300)
            right.hist(1e6 * fit.g_s, bins=60, density=True, orientation="horizontal", color=MEASURED, alpha=0.5)
            right.plot(1e-6 * fit.density(g_s), 1e6 * g_s, color=FITTED)
            right.set(xlabel="density [1/uS]", title=f"p = {fit.goodness_p:.2g}")
        panels[0][0].margins(y=0.25)  # room for the legend
        panels[0][0].legend(loc="upper right", ncols=2)
        if len(fits) > len(examples):
            figure.supxlabel(f"{len(examples)} of {len(fits)} cells", fontsize=7, color=GREY)
    return figure


@checked(fit=instance_of(ReadNoiseFit, of="a fit of read noise, FitResult.read_noise"))
def fitted_read_noise(fit: ReadNoiseFit) -> Figure:
    """sd of the noise of every cell against its conductance, with 95 % bars, and the fitted law."""
    with look():
        figure, axes = subplots(figsize=(1.2 * COLUMN_INCH, 0.9 * COLUMN_INCH))
        low, high = (fit.noise_s * np.exp(sign * 1.96 * fit.noise_log_se) for sign in (-1, 1))
        axes.errorbar(
            1e6 * fit.level_s, 1e6 * fit.noise_s, 1e6 * np.stack([fit.noise_s - low, high - fit.noise_s]), fmt="o",
            ms=3, lw=0.8, color=MEASURED, label="cells, 95 %",
        )  # fmt: skip
        g_s = np.geomspace(fit.level_s.min() / 1.1, fit.level_s.max() * 1.1, 50)
        axes.plot(1e6 * g_s, 1e6 * fit.sd_s(g_s), color=FITTED, label="fitted law")
        axes.set(xscale="log", yscale="log", xlabel="conductance [uS]", ylabel="sd of one read [uS]")
        plain_log_axis(axes.xaxis, axes.get_xlim())
        plain_log_axis(axes.yaxis, axes.get_ylim())
        p = "" if fit.goodness_p is None else f", chi-square p = {fit.goodness_p:.2g}"
        axes.set_title(f"Read noise of {counted(fit.cells, 'cell')}{p}")
        axes.legend()
    return figure


@checked(fit=instance_of(DriftFit, of="a fit of drift, FitResult.drift"))
def fitted_drift(fit: DriftFit) -> Figure:
    """Conductance of every cell over time with the fitted power laws."""
    with look():
        figure, axes = subplots(figsize=(1.2 * COLUMN_INCH, 0.9 * COLUMN_INCH))
        for number, cell in enumerate(fit.cells):
            colour = LAYER_COLOURS[number % len(LAYER_COLOURS)]
            axes.plot(cell.time_s, 1e6 * cell.g_s, ".", ms=3, color=colour)
            axes.plot(cell.time_s, 1e6 * cell.fitted_s, lw=0.8, color=colour)
        log_time_axis(axes, "time since programming")
        axes.set(yscale="log", ylabel="conductance [uS]")
        plain_log_axis(axes.yaxis, axes.get_ylim())
        mean = fit.exponent_mean
        cells = counted(len(fit.cells), "cell")
        axes.set_title(f"Drift: exponent {mean.value:.3g} [{mean.low:.3g}, {mean.high:.3g}], {cells}")
    return figure


def _law(fit: ProgrammingFit) -> str:
    shape = ", quantiles" if fit.law == "quantile_table" else ""
    return ("sd by a table" if fit.degree is None else f"degree {fit.degree}") + shape


def _histogram(axes: Axes, values: np.ndarray) -> None:
    axes.hist(values, bins=np.linspace(-4, 4, 33).tolist(), density=True, color=MEASURED, alpha=0.5)


def _trace_title(fit: TraceFit) -> str:
    name = f"cell {fit.cell}: " if fit.cell else ""
    if fit.telegraph is None:
        return f"{name}one level, noise {100 * fit.noise_s.value / fit.level_s.value:.2g} %"
    two = fit.telegraph
    return (
        f"{name}d = {100 * two.amplitude.value:.3g} %, capture {time_text(two.capture_s.value, 2)}, "
        f"emission {time_text(two.emission_s.value, 2)}"
    )
