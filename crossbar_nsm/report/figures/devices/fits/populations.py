"""Numbers of measured cells against their conductance, traps and slow noise, and their relaxation over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, plain_log_axis, subplots
from crossbar_nsm.report.figures.time_axis import log_time_axis
from device_models.checks.arguments import checked, each, instance_of, optional
from device_models.fit.across_cells.relaxation import RelaxationFit
from device_models.fit.across_cells.slow_noise import SlowNoiseFit
from device_models.fit.interval import Estimate
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import counted

TRACES = each(instance_of(TraceFit, of="a fitted trace, of FitResult.traces"), least=1)
COLOUR, EMISSION = LAYER_COLOURS[0], LAYER_COLOURS[1]
LAW = LAYER_COLOURS[1]


@checked(traces=TRACES)
def fitted_traps(traces: Sequence[TraceFit]) -> Figure:
    """Amplitude of every trap, and its capture and emission times, against the level of its cell, with 95 % bars."""
    traps = [(fit.level_s.value, trap) for fit in traces for trap in fit.traps]
    levels = np.array([level for level, _ in traps])
    with look():
        figure, (left, right) = subplots(1, 2, figsize=(2 * COLUMN_INCH, 0.85 * COLUMN_INCH))
        _bars(left, 1e6 * levels, [trap.amplitude for _, trap in traps], COLOUR, 100.0)
        left.set(ylabel="amplitude of a trap [% of G]", title=f"{counted(len(traps), 'trap')}: amplitude")
        for name, colour in (("capture", COLOUR), ("emission", EMISSION)):
            _bars(right, 1e6 * levels, [getattr(trap, f"{name}_s") for _, trap in traps], colour, 1.0, name)
        right.set(ylabel="time [s]", title="mean times")
        right.legend()
        for axes in (left, right):
            _log_log(axes)
    return figure


@checked(traces=TRACES, law=optional(instance_of(SlowNoiseFit, of="a fit of slow noise, FitResult.slow_noise")))
def fitted_slow_noise(traces: Sequence[TraceFit], law: SlowNoiseFit | None = None) -> Figure:
    """Amplitude of the slow noise at 1 Hz and its spectral exponent against the level of every cell, with 95 % bars;
    law: over cells, as the preset has it."""
    slow = [(fit.level_s.value, fit.slow) for fit in traces if fit.slow is not None]
    levels = 1e6 * np.array([level for level, _ in slow])
    with look():
        figure, (left, right) = subplots(1, 2, figsize=(2 * COLUMN_INCH, 0.85 * COLUMN_INCH))
        _bars(left, levels, [noise.amplitude_s for _, noise in slow], COLOUR, 1e6)
        if law is not None:
            g_s = np.geomspace(1e-6 * levels.min() / 1.1, 1e-6 * levels.max() * 1.1, 50)
            left.plot(1e6 * g_s, 1e6 * law.at(g_s), color=LAW, label="law of the preset")
            right.axhline(law.spectral_exponent.value, color=LAW, lw=1)
            left.legend()
        left.set(ylabel="sqrt(f S) at 1 Hz [uS]", title=f"Slow noise of {counted(len(slow), 'cell')}")
        _log_log(left)
        _bars(right, levels, [noise.exponent for _, noise in slow], COLOUR, 1.0)
        right.set(xscale="log", xlabel="conductance [uS]", ylabel="exponent of 1/f", title="spectral exponent")
        plain_log_axis(right.xaxis, right.get_xlim())
    return figure


@checked(fit=instance_of(RelaxationFit, of="a fit of relaxation, FitResult.relaxation"))
def fitted_relaxation(fit: RelaxationFit) -> Figure:
    """Percentiles over cells of the change of ln G since programming, measured (points) and fitted, at every time."""
    with look():
        figure, axes = subplots(figsize=(1.6 * COLUMN_INCH, COLUMN_INCH))
        after = fit.time_s > 0
        for index, (measured, fitted) in enumerate(zip(fit.measured, fit.fitted, strict=True)):
            line, dots = ("fitted", "measured") if index == 0 else (None, None)
            axes.plot(fit.time_s[after], fitted[after], color=LAW, lw=1, label=line)
            axes.plot(fit.time_s[after], measured[after], "o", ms=3, color=COLOUR, label=dots)
        log_time_axis(axes, "time since programming")
        law = "law of ln t" if fit.law == "ln t" else "table of quantiles"
        axes.set(ylabel="change of ln G", title=f"5, 25, 50, 75, 95 % points of {fit.cells:,} cells, {law}")
        axes.legend(loc="upper left")
    return figure


def _bars(
    axes: Axes, x: np.ndarray, estimates: Sequence[Estimate], colour: str, unit: float, label: str | None = None
) -> None:
    values = unit * np.array([one.value for one in estimates])
    low, high = (
        unit * np.array([getattr(one, end) if np.isfinite(getattr(one, end)) else one.value for one in estimates])
        for end in ("low", "high")
    )
    bars = np.maximum([values - low, high - values], 0)
    axes.errorbar(x, values, bars, fmt="o", ms=3, lw=0.8, color=colour, label=label)


def _log_log(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log", xlabel="conductance [uS]")
    plain_log_axis(axes.xaxis, axes.get_xlim())
    plain_log_axis(axes.yaxis, axes.get_ylim())
