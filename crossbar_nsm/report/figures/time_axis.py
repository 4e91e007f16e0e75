"""Axes of time whose ticks people can read: 100 ns, 1 min, 1 day."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from device_models.number_text import time_text

DECADES_S = tuple(float(f"1e{power}") for power in range(-12, 1))
ROUND_S = (60.0, 3600.0, 86_400.0, 2_592_000.0, 31_536_000.0, 315_360_000.0)
MOST_TICKS = 5


def log_time_axis(axes: Axes, label: str) -> None:
    """The x axis of what is drawn, logarithmic, in seconds: ticks at round times, as text."""
    axes.set_xscale("log")
    axes.set_xlabel(label)
    low, high = axes.get_xlim()
    times_s = [time_s for time_s in (*DECADES_S, *ROUND_S) if low <= time_s <= high]
    step = -(-len(times_s) // MOST_TICKS)
    if len(times_s) > 1:
        axes.set_xticks(times_s[:: max(step, 1)])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(low, high)
    time_ticks(axes)


def _text(time_s: float, _position: int | None) -> str:
    return time_text(time_s)  # by name: a figure with a lambda cannot be pickled


def time_ticks(axes: Axes) -> None:
    """Ticks of an x axis in seconds as text with their units."""
    axes.xaxis.set_major_formatter(FuncFormatter(_text))
