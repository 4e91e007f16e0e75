"""Which traces show noise (evenly spaced) and which show drift (times over a decade or more)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.table import Trace

JITTER = 0.1
MOSTLY = 0.8
DECADE = 10.0


def split_traces(traces: Sequence[Trace]) -> tuple[list[Trace], list[Trace]]:
    """(evenly spaced, spread over decades); raises ConfigError for a trace that is neither."""
    even = [trace for trace in traces if _even(trace).all()]
    rest = [trace for trace in traces if not _even(trace).all()]
    for trace in rest:
        _check_decades(trace)
    return even, rest


def _even(trace: Trace) -> np.ndarray:
    """Which intervals are within 10 % of the median."""
    intervals = np.diff(trace.time_s)
    middle = np.median(intervals)
    return np.abs(intervals - middle) <= JITTER * middle


def _check_decades(trace: Trace) -> None:
    even = _even(trace)
    if even.mean() >= MOSTLY and len(even) > 10:
        gap = int(np.flatnonzero(~even)[0])
        raise ConfigError(
            f"{trace.place}: trace `{trace.cell}` is evenly spaced but for {np.count_nonzero(~even)} gaps, the first "
            f"after {trace.time_s[gap]:g} s; give the parts as separate cells"
        )
    positive = trace.time_s[trace.time_s > 0]
    if positive[-1] < DECADE * positive[0]:
        raise ConfigError(
            f"{trace.place}: trace `{trace.cell}` is neither evenly spaced (telegraph noise) nor spread over a decade "
            f"of time (drift): {trace.time_s[0]:g} to {trace.time_s[-1]:g} s"
        )
