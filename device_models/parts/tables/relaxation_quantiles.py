"""Relaxation as a table of quantiles: how far cells of a conductance have moved a time after programming.

The change of ln G is given at times, conductances and standard normal scores z of the cells: that at z is the quantile
Phi(z) of cells programmed to the same conductance. It is linear in ln t, in ln G and in z between the points, goes on
linearly in z beyond the outermost scores, and is that of the nearest conductance beyond the ends. Nothing is known of
times before the first, at which cells are as programmed; after the last they stay as they were then.

Times may be those of bakes, each at a temperature of its own. With an activation energy they have an order: that of the
times at 300 K that do the same. A bake is in the table as it was measured, whatever the energy, which only says what
lies between the bakes and at other times.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import numpy as np
import scipy  # scipy.special is loaded where it is first used: it takes 0.2 s
from pydantic import Field, model_validator

from device_models.parts.tables.interpolation import (
    FAR_SCORE,
    MOST_NUMBERS,
    MOST_POINTS,
    Conductances,
    Points,
    Scores,
    between,
    bilinear,
    check_rising,
    check_same_length,
)
from device_models.parts.temperature import arrhenius
from device_models.schema import Finite, Positive, Schema

MOST_RISE = 10.0  # at FAR_SCORE: a factor of 2e4 on the conductance

Temperature = Annotated[Positive, Field(le=1000)]
Row = Annotated[list[Finite], Field(min_length=1, max_length=MOST_POINTS)]


class RelaxationQuantiles(Schema):
    """Change of ln G by time since programming, conductance and normal score."""

    time_s: Points
    """times since programming, rising [s]; before the first cells are as programmed, from the last on they stay"""
    temperature_k: Annotated[list[Temperature], Field(min_length=1, max_length=MOST_POINTS)] | None = None
    """temperature at which cells stood for each of these times [K] (null: 300 K); times at 300 K that do the same, by
    relaxation.activation_energy_ev, rise"""
    conductance_s: Conductances
    """programmed conductances, rising [S]; cells beyond the ends change as those at the ends"""
    normal_score: Scores
    """standard normal z of each quantile Phi(z), rising: 0 is the median cell, -1.645 the lowest 5 %"""
    change: Annotated[list[Annotated[list[Row], Field(min_length=1)]], Field(min_length=1)]
    """change of ln G: for each time a row for each conductance, with a number for each score, rising or level;
    linear beyond the outermost scores"""

    @model_validator(mode="after")
    def _is_a_table(self) -> RelaxationQuantiles:
        sizes = len(self.time_s), len(self.conductance_s), len(self.normal_score)
        for name in ("conductance_s", "normal_score"):
            check_rising(name, getattr(self, name))
        if self.temperature_k is None:
            check_rising("time_s", self.time_s)
        else:
            check_same_length(time_s=self.time_s, temperature_k=self.temperature_k)
        if sizes[0] * sizes[1] * sizes[2] > MOST_NUMBERS:
            raise ValueError(f"change: {sizes[0] * sizes[1] * sizes[2]} numbers, at most {MOST_NUMBERS}")
        check_same_length(time_s=self.time_s, change=self.change)
        for time_s, of_time in zip(self.time_s, self.change, strict=True):
            check_same_length(conductance_s=self.conductance_s, **{f"change at {time_s:g} s": of_time})
            for row in of_time:
                check_same_length(normal_score=self.normal_score, **{f"change at {time_s:g} s, a row": row})
        return self

    @model_validator(mode="after")
    def _rises(self) -> RelaxationQuantiles:
        table = np.array(self.change)
        falls = np.argwhere(np.diff(table, axis=2) < 0)
        if len(falls):
            time, conductance, score = falls[0]
            pair = table[time, conductance, score : score + 2]
            raise ValueError(
                f"change: falls from {pair[0]:g} to {pair[1]:g} with normal_score at {self.time_s[time]:g} s and "
                f"{self.conductance_s[conductance]:g} S; quantiles must not fall"
            )
        largest = float(self._at(table, FAR_SCORE).max())
        if largest > MOST_RISE:
            raise ValueError(
                f"change: reaches {largest:.3g} at z = {FAR_SCORE:g}, at most {MOST_RISE:g}; it goes on linearly "
                "beyond the last normal_score: are the last two too close?"
            )
        return self

    def check_order(self, activation_energy_ev: float) -> None:
        """Raises ValueError where times at 300 K of bakes do not rise."""
        if self.temperature_k is None:
            return
        bakes = zip(self._times_at_300_k(activation_energy_ev), self.time_s, self.temperature_k, strict=True)
        for (before, *first), (after, *then) in pairwise(bakes):
            if not after > before:
                raise ValueError(
                    f"quantiles: {then[0]:g} s at {then[1]:g} K is no more than {first[0]:g} s at {first[1]:g} K with "
                    f"activation_energy_ev={activation_energy_ev:g}; order them by what they do, or give another energy"
                )

    def at_300_k(self, activation_energy_ev: float) -> RelaxationQuantiles:
        """The same with times at 300 K."""
        if self.temperature_k is None:
            return self
        times = self._times_at_300_k(activation_energy_ev)
        return self.model_copy(update={"time_s": times, "temperature_k": None})

    def _times_at_300_k(self, activation_energy_ev: float) -> list[float]:
        assert self.temperature_k is not None
        bakes = zip(self.time_s, self.temperature_k, strict=True)
        return [time_s / arrhenius(activation_energy_ev, temperature_k) for time_s, temperature_k in bakes]

    @property
    def spreads(self) -> bool:
        """Whether cells of one conductance change differently."""
        return bool((np.ptp(self.change, axis=2) > 0).any())

    def log_change(self, g_s: np.ndarray, age_s: float, normals: np.ndarray) -> np.ndarray:
        """Change of ln G of cells programmed to `g_s` [S], at their normal scores; arrays of one shape."""
        table = self._at_age(age_s)
        return bilinear(table, self._rows(g_s), between(normals, self.normal_score))

    def moments_s(self, g_s: np.ndarray, age_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Mean and sd over cells [S] of the change of conductance of cells programmed to `g_s` [S], exact: pieces of
        log-normal laws."""
        scores, rows = self.normal_score, self._rows(g_s)
        here, *others = (bilinear(self._at_age(age_s), rows, _column(number, g_s)) for number in range(len(scores)))
        first, second, low = np.zeros(np.shape(g_s)), np.zeros(np.shape(g_s)), -np.inf
        for number, further in enumerate(others or [here]):
            high = scores[number + 1] if number + 2 < len(scores) else np.inf
            slope = (further - here) / (scores[number + 1] - scores[number]) if others else np.zeros_like(here)
            start = here - slope * scores[number]  # at z = 0
            first += _piece(1, start, slope, low, high)
            second += _piece(2, start, slope, low, high)
            here, low = further, high
        return g_s * (first - 1), g_s * np.sqrt(np.maximum(second - first**2, 0.0))

    def _at(self, table: np.ndarray, score: float) -> np.ndarray:
        """The table at one score, or at the last where that is further out."""
        number, along = between(np.array(max(score, self.normal_score[-1])), self.normal_score)
        following = min(int(number) + 1, len(self.normal_score) - 1)
        at_score: np.ndarray = table[..., number] + along * (table[..., following] - table[..., number])
        return at_score

    def _rows(self, g_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inside = np.clip(np.asarray(g_s, np.float64), self.conductance_s[0], self.conductance_s[-1])
        return between(np.log(inside), np.log(self.conductance_s).tolist())

    def _at_age(self, age_s: float) -> np.ndarray:
        """The table at one age, (conductances, scores)."""
        table = np.array(self.change)
        if age_s < self.time_s[0]:
            return np.zeros(table.shape[1:])
        now = np.log(np.clip(age_s, self.time_s[0], self.time_s[-1]))
        before, share = between(now, np.log(self.time_s).tolist())
        after = min(int(before) + 1, len(table) - 1)
        at_age: np.ndarray = table[before] + share * (table[after] - table[before])
        return at_age


def _column(number: int, g_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.full(np.shape(g_s), number), np.zeros(np.shape(g_s))


def _piece(power: int, start: np.ndarray, slope: np.ndarray, low: float, high: float) -> np.ndarray:
    """E[exp(power (start + slope z)); low < z < high] of a standard normal z."""
    tilt = power * slope
    mass = scipy.special.ndtr(high - tilt) - scipy.special.ndtr(low - tilt)
    moment: np.ndarray = np.exp(power * start + tilt**2 / 2) * mass
    return moment
