"""Numbers of measured cells against their conductance: traps, and slow noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, plain_log_axis, subplots
from device_models.checks.arguments import checked, each, instance_of
from device_models.fit.interval import Estimate
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.number_text import counted

TRACES = each(instance_of(TraceFit, of="a fitted trace, of FitResult.traces"), least=1)
COLOUR, EMISSION = LAYER_COLOURS[0], LAYER_COLOURS[1]


@checked(fits=TRACES)
def fitted_traps(fits: Sequence[TraceFit]) -> Figure:
    """Amplitude of every trap, and its capture and emission times, against the level of its cell, with 95 % bars."""
    traps = [(fit.level_s.value, trap) for fit in fits for trap in fit.traps]
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


@checked(fits=TRACES)
def fitted_slow_noise(fits: Sequence[TraceFit]) -> Figure:
    """Amplitude of the slow noise at 1 Hz and its spectral exponent against the level of every cell, with 95 % bars."""
    slow = [(fit.level_s.value, fit.slow) for fit in fits if fit.slow is not None]
    levels = 1e6 * np.array([level for level, _ in slow])
    with look():
        figure, (left, right) = subplots(1, 2, figsize=(2 * COLUMN_INCH, 0.85 * COLUMN_INCH))
        _bars(left, levels, [noise.amplitude_s for _, noise in slow], COLOUR, 1e6)
        left.set(ylabel="sqrt(f S) at 1 Hz [uS]", title=f"Slow noise of {counted(len(slow), 'cell')}")
        _log_log(left)
        _bars(right, levels, [noise.exponent for _, noise in slow], COLOUR, 1.0)
        right.set(xscale="log", xlabel="conductance [uS]", ylabel="exponent of 1/f", title="spectral exponent")
        plain_log_axis(right.xaxis, right.get_xlim())
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
