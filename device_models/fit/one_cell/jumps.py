"""Jumps of the level: what fresh and slow noise leave of a trace's variance, as a slow trap.

A preset has no key for a level that moves once. A trap that is captured and emits at the same rate moves as often as
not, and as far; of n moves in a trace of length T its correlation time is T / (2 n), and its variance within the trace,
about the trace's own mean,

    a^2 / 4 [1 - A(2 n)],     A(x) = (2/x) [1 - (1 - e^-x) / x],

a the height of a jump, A(x) the variance of a mean over x correlation times. a is such that this is the variance V that
noise leaves; n such that the lowest decade of the spectrum, of segments of the trace, has the level that was measured.
Jumps in either direction, one after another, are those of a trap of one or two: a random walk, whose variance they have
in common. A trace tells little of how often its level jumps: the interval is that of a Poisson count of n.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from device_models.fit.interval import Estimate, around
from device_models.fit.one_cell.choice import Choice, left_out
from device_models.fit.one_cell.laws import Law
from device_models.fit.one_cell.power_law import sampled
from device_models.fit.one_cell.spectra import density_of, welch_of
from device_models.fit.one_cell.standard import Standard
from device_models.parts.windows import window_attenuation
from device_models.shown import shown

FEWEST, MOST = 1.0, 10.0  # moves in a trace: fewer cannot be told, more are a trap that was found
HALVINGS = 40
DEEPEST = 0.9  # share of the conductance that a jump takes, at most
LEAKED = 1  # lowest frequencies of the spectrum, which slower fluctuations reach


@shown
@dataclass(frozen=True)
class Jumps:
    """variance_s2: [S^2] of the trace that they stand for. count: in the trace. length_s: of the trace. step_s: by
    which the level [S] goes down, and comes back."""

    variance_s2: float
    count: Estimate
    length_s: float
    step_s: Estimate

    @property
    def dwell_s(self) -> Estimate:
        """Mean time [s] between jumps."""
        return time_between(self.length_s, self.count)


def jumps_of(s: Standard, choice: Choice) -> Jumps | None:
    """Of a trace whose level steps, or which no law explains; None where noise has its variance. Lasting levels above 0
    only: where V is too much for that, the highest jump."""
    variance, length = left_out(s, choice), float(s.time[-1]) + 1
    if variance <= 0:
        return None
    count = _count(s, choice.law, variance, length)
    level = s.middle_s / s.scale_s
    most = DEEPEST * level / (1 - DEEPEST / 2)
    height = min(float(2 * np.sqrt(variance / within(count))), most)
    return Jumps(
        variance_s2=s.scale_s**2 * variance,
        count=poisson(count),
        length_s=length * s.interval_s,
        step_s=around(s.scale_s * height, float(1 / np.sqrt(2 * count)), "S", "log"),
    )


def within(count: float | np.ndarray) -> np.ndarray:
    """1 - A(2 n): share of a slow trap's variance that a trace of so many moves shows."""
    return np.asarray(1 - window_attenuation(np.ones(()), 2 * np.asarray(count)))


def time_between(length_s: float, count: Estimate) -> Estimate:
    """Mean time [s] between moves of which there are so many in length_s."""
    return Estimate(length_s / count.value, length_s / count.high, length_s / count.low, "s")


def poisson(count: float) -> Estimate:
    """Interval of the mean of a Poisson number that was `count` (no whole number need be)."""
    from scipy.special import gammaincinv

    return Estimate(count, float(gammaincinv(count, 0.025)), float(gammaincinv(count + 1, 0.975)), "1")


def _count(s: Standard, law: Law, variance: float, length: float) -> float:
    """Moves in the trace, FEWEST to MOST, from the level of the lowest decade of its spectrum."""
    frequency_hz, measured = welch_of(s, s.y)
    noise = density_of(s, replace(law, steps=()), frequency_hz)
    lowest = slice(LEAKED, int(np.searchsorted(frequency_hz, 10 * frequency_hz[0])))
    turns = frequency_hz[lowest] * s.interval_s
    unit = s.scale_s**2 * s.interval_s * variance

    def above(count: float) -> float:
        trap = unit / within(count) * sampled(np.array([length / (2 * count)]), turns)[:, 0]
        return float(np.mean(np.log((noise[lowest] + trap) / measured[lowest])))

    low, high = FEWEST, MOST
    for _ in range(HALVINGS):
        half = float(np.sqrt(low * high))
        low, high = (half, high) if above(half) < 0 else (low, half)
    return low
