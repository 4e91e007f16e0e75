"""Where the values of a swept parameter lie on an axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from crossbar_nsm.report.figures.time_axis import time_ticks
from crossbar_nsm.report.points.swept_parameter import SweptParameter

LOG_SPAN = 20  # values that span more lie on a logarithmic axis
SLANTED = 34  # characters of all names together, that do not fit beside each other in a column
MOST_TICKS, CLOSEST_TICKS = 8, 1.4

Drawn = TypeVar("Drawn")


@dataclass(frozen=True)
class ParameterAxis:
    """An x axis in the parameter's unit.

    Numbers lie on it, logarithmically where they span more than LOG_SPAN; a 0 then lies one step below the others, past
    a break of the axis. Anything else is a category, at 0, 1, 2, ...
    """

    parameter: SweptParameter

    @property
    def logarithmic(self) -> bool:
        """Whether the axis is logarithmic, but for a 0."""
        if not self.parameter.numeric or min(self.parameter.values) < 0:
            return False
        positive = self._positive
        return len(positive) > 1 and positive[-1] > LOG_SPAN * positive[0]

    @property
    def broken(self) -> bool:
        """Whether 0 is among the values of a logarithmic axis."""
        return self.logarithmic and 0 in self.parameter.values

    def position(self, value: Any) -> float:
        """Where a value lies."""
        if not self.parameter.numeric:
            return float(self.parameter.values.index(value))
        return self._zero if value == 0 and self.broken else float(self.parameter.factor * value)

    def runs(self, at: Mapping[float, Drawn | None]) -> list[list[tuple[float, Drawn]]]:
        """What is drawn at positions, in the pieces that a line joins: not over a missing one, over the break of the
        axis, or from category to category."""
        runs: list[list[tuple[float, Drawn]]] = [[]]
        for x in sorted(at):
            drawn = at[x]
            if drawn is not None:
                runs[-1].append((x, drawn))
            if drawn is None or not self.parameter.numeric or (self.broken and x == self._zero):
                runs.append([])
        return [run for run in runs if run]

    def draw(self, axes: Axes) -> None:
        """Label, scale and ticks of the x axis of `axes`."""
        axes.set_xlabel(self.parameter.label)
        if not self.parameter.numeric:
            self._draw_categories(axes)
            return
        if self.logarithmic:
            axes.set_xscale("log")
        if self.parameter.is_time:
            time_ticks(axes)
        ticks = self._ticks()
        if ticks:
            axes.set_xticks([self.position(value) for value in ticks], [self.parameter.text(v) for v in ticks])
            axes.xaxis.set_minor_locator(NullLocator())
        if self.broken:
            gap = math.sqrt(self._zero * self._positive[0])
            for x in (gap / 1.06, gap * 1.06):
                axes.plot(x, 0, marker=[(-0.4, -1), (0.4, 1)], color="black", ms=6, mew=0.8, clip_on=False,
                          transform=axes.get_xaxis_transform(), label="_break")  # fmt: skip

    def _draw_categories(self, axes: Axes) -> None:
        texts = [self.parameter.text(value) for value in self.parameter.values]
        slanted: dict[str, Any] = {"rotation": 25, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xlim(-0.5, len(texts) - 0.5)
        axes.set_xticks(range(len(texts)), texts, **(slanted if sum(map(len, texts)) > SLANTED else {}))
        axes.grid(axis="x", visible=False)

    @property
    def _positive(self) -> list[float]:
        """In the unit shown, rising."""
        return sorted({self.parameter.factor * value for value in self.parameter.values if value > 0})

    @property
    def _zero(self) -> float:
        """One step below the lowest: the mean step of the others, from 2 to 10."""
        low, high = self._positive[0], self._positive[-1]
        return float(low / min(max((high / low) ** (1 / (len(self._positive) - 1)), 2.0), 10.0))

    def _ticks(self) -> list[float]:
        """Values that have room for a tick; none where matplotlib's own ticks are better: tiny or huge numbers."""
        values: list[float] = sorted(set(self.parameter.values))
        in_unit = [self.parameter.factor * value for value in values]
        plain = self.parameter.is_time or all(1e-3 <= abs(value) < 1e5 or value == 0 for value in in_unit)
        if self.broken and not plain:
            return [0.0, *self._thinned(values[1:], 4)]
        if not plain or (len(values) > MOST_TICKS and not self.broken):
            return []
        span = in_unit[-1] - in_unit[0]
        roomy = all(
            self.position(high) > CLOSEST_TICKS * self.position(low) if self.logarithmic else after - before > span / 12
            for (low, high), (before, after) in zip(pairwise(values), pairwise(in_unit), strict=True)
        )
        if self.broken:
            few = 4 if self.parameter.is_time else 5
            return values if roomy and len(values) <= MOST_TICKS else [0.0, *self._thinned(values[1:], few)]
        return values if roomy else []

    def _thinned(self, values: list[float], most: int) -> list[float]:
        """At most `most` of the values, with both ends."""
        count = min(most, len(values))
        return [values[round(index * (len(values) - 1) / max(count - 1, 1))] for index in range(count)]
