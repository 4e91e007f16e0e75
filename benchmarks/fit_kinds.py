"""Synthetic traces of known kinds, made without what the fit is made of.

1/f^gamma noise comes from its spectrum up to half the sampling rate (Fourier synthesis of a series eight times as
long), traps from exponential holding times, random walks from adding up. White noise has sd 1 unless said. Parameters
are drawn for each trace:

- levels 50 to 200; 1/f noise S = 1 / f^gamma per interval, with white noise of sd 1.5 to 5 where it has some;
- random walks of 0.3 a step, or 0.05 to 0.5 beside white noise;
- drift by exponents of 0.05 to 0.15 with noise of 1 % of the conductance; relaxation by 2 to 8 % of the level for each
  e-fold of time with noise of 1 % of the level: both fall by a third or more, else they are the same to first order;
- traps of 3 to 10 sd (5 to 10 in 1/f noise), capture and emission times of 4 intervals to a 50th of the trace, the one
  up to three times the other: 20 switches and more;
- one to five steps of 2 to 6 sd at any time.

Harder ones, which no law of the fit describes but for the trap beside a drift:

- one defect with three levels, 3 to 10 sd apart, each left for either other one after times as above;
- two traps in 1/f noise; a trap beside one to three steps; a trap beside a drift;
- hum of 50 Hz, of amplitude 0.3 to 3, read at 1 kHz or 400 Hz, in white noise; and in 1/f noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

INTERVAL_S, UNIT_S = 1e-3, 1e-6
LONGER = 8


@dataclass
class Truth:
    """A trace in units of UNIT_S every INTERVAL_S, with what it was made of."""

    g: np.ndarray
    known: dict[str, float] = field(default_factory=dict)


def flicker(n: int, exponent: float, rng: np.random.Generator) -> np.ndarray:
    """Of one-sided density f^-exponent, f in 1/interval, up to 1/2."""
    frequency = np.fft.rfftfreq(LONGER * n)
    size = np.zeros(len(frequency))
    size[1:] = frequency[1:] ** (-exponent / 2) * np.sqrt(LONGER * n) / 2
    normals = rng.standard_normal((2, len(frequency)))
    series = np.fft.irfft(size * (normals[0] + 1j * normals[1]), LONGER * n)
    first = int(rng.integers(0, (LONGER - 1) * n))
    return np.asarray(series[first : first + n])


def states(n: int, capture: float, emission: float, rng: np.random.Generator) -> np.ndarray:
    """0 (free) and 1 (captured) from exponential holding times [intervals]."""
    first = int(rng.random() < emission / (capture + emission))
    holds = rng.exponential(1.0, 4 * int(n / (capture + emission)) + 200)
    holds[first::2] *= capture
    holds[1 - first :: 2] *= emission
    return np.asarray((first + np.searchsorted(np.cumsum(holds), np.arange(n), side="right")) % 2)


def between(low: float, high: float, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def trap_times(n: int, rng: np.random.Generator) -> tuple[float, float]:
    middle, ratio = between(4, n / 50, rng), between(1 / 3, 3, rng)
    return middle * np.sqrt(ratio), middle / np.sqrt(ratio)


def white(n: int, rng: np.random.Generator) -> Truth:
    return Truth(rng.standard_normal(n), {"white": 1.0})


def pink(n: int, rng: np.random.Generator) -> Truth:
    return Truth(flicker(n, 1.0, rng), {"exponent": 1.0, "amplitude": 1.0})


def pink_and_white(n: int, rng: np.random.Generator) -> Truth:
    sd = between(1.5, 5, rng)
    known = {"exponent": 1.0, "amplitude": 1.0, "white": sd}
    return Truth(flicker(n, 1.0, rng) + sd * rng.standard_normal(n), known)


def steep(n: int, rng: np.random.Generator) -> Truth:
    return Truth(flicker(n, 1.5, rng), {"exponent": 1.5})


def walk(n: int, rng: np.random.Generator) -> Truth:
    return Truth(0.3 * np.cumsum(rng.standard_normal(n)), {"walk": 0.3})


def walk_and_white(n: int, rng: np.random.Generator) -> Truth:
    step = between(0.05, 0.5, rng)
    return Truth(step * np.cumsum(rng.standard_normal(n)) + rng.standard_normal(n), {"walk": step, "white": 1.0})


def drift(n: int, rng: np.random.Generator, level: float) -> Truth:
    exponent = between(0.05, 0.15, rng)
    g = level * np.arange(1, n + 1.0) ** -exponent * (1 + 0.01 * rng.standard_normal(n))
    return Truth(g - level, {"drift": exponent})


def relaxation(n: int, rng: np.random.Generator, level: float) -> Truth:
    slope = -level * between(0.02, 0.08, rng)
    g = slope * np.log(np.arange(1, n + 1.0)) + 0.01 * level * rng.standard_normal(n)
    return Truth(g, {"relaxation": slope, "white": 0.01 * level})


def trap(n: int, rng: np.random.Generator, level: float) -> Truth:
    step, (capture, emission) = rng.uniform(3, 10), trap_times(n, rng)
    g = -step * states(n, capture, emission, rng) + rng.standard_normal(n)
    return Truth(g, {"white": 1.0, "step": step / level, "capture": capture, "emission": emission})


def two_traps(n: int, rng: np.random.Generator, level: float) -> Truth:
    g = np.full(n, level)
    for _ in range(2):
        g *= 1 - rng.uniform(3, 10) / level * states(n, *trap_times(n, rng), rng)
    return Truth(g - level + rng.standard_normal(n), {"white": 1.0})


def trap_in_flicker(n: int, rng: np.random.Generator, level: float) -> Truth:
    step, (capture, emission), amplitude = rng.uniform(5, 10), trap_times(n, rng), between(0.3, 1.0, rng)
    g = -step * states(n, capture, emission, rng) + amplitude * flicker(n, 1.0, rng) + rng.standard_normal(n)
    known = {"white": 1.0, "exponent": 1.0, "amplitude": amplitude, "capture": capture, "emission": emission}
    return Truth(g, known)


def steps(n: int, rng: np.random.Generator) -> Truth:
    count = int(rng.integers(1, 6))
    places = np.sort(rng.uniform(0.05, 0.95, count))
    levels = np.cumsum(np.append(0.0, rng.choice([-1, 1], count) * rng.uniform(2, 6, count)))
    return Truth(levels[np.searchsorted(places, np.arange(n) / n)] + rng.standard_normal(n), {"white": 1.0})


def three_levels(n: int, rng: np.random.Generator, level: float) -> Truth:
    times = [between(4, n / 50, rng) for _ in range(3)]
    levels = np.cumsum([0.0, *-rng.uniform(3, 10, 2)])[rng.permutation(3)]
    count = int(6 * n / min(times)) + 200
    visited = (int(rng.integers(3)) + np.cumsum(rng.integers(1, 3, count))) % 3
    ends = np.cumsum(rng.exponential(1.0, count) * np.array(times)[visited])
    g = levels[visited[np.searchsorted(ends, np.arange(n), side="right")]]
    return Truth(g + rng.standard_normal(n))


def two_traps_in_flicker(n: int, rng: np.random.Generator, level: float) -> Truth:
    g = two_traps(n, rng, level).g + between(0.3, 1.0, rng) * flicker(n, 1.0, rng)
    return Truth(g)


def trap_and_steps(n: int, rng: np.random.Generator, level: float) -> Truth:
    count = int(rng.integers(1, 4))
    places = np.sort(rng.uniform(0.05, 0.95, count))
    levels = np.cumsum(np.append(0.0, rng.choice([-1, 1], count) * rng.uniform(2, 6, count)))
    return Truth(trap(n, rng, level).g + levels[np.searchsorted(places, np.arange(n) / n)])


def trap_and_drift(n: int, rng: np.random.Generator, level: float) -> Truth:
    falls = np.arange(1, n + 1.0) ** -between(0.05, 0.15, rng)
    return Truth(falls * (level + trap(n, rng, level).g) - level)


def hum(n: int, rng: np.random.Generator) -> np.ndarray:
    rate = rng.choice([1000.0, 400.0])
    return between(0.3, 3, rng) * np.sin(2 * np.pi * (50 / rate * np.arange(n) + rng.random()))


def hum_and_white(n: int, rng: np.random.Generator) -> Truth:
    return Truth(hum(n, rng) + rng.standard_normal(n))


def hum_and_flicker(n: int, rng: np.random.Generator) -> Truth:
    return Truth(hum(n, rng) + between(0.3, 1.0, rng) * flicker(n, 1.0, rng) + rng.standard_normal(n))


Maker = Callable[[int, np.random.Generator], Truth]
OnLevel = Callable[[int, np.random.Generator, float], Truth]
ALONE: dict[str, Maker] = {
    "white": white,
    "flicker": pink,
    "flicker + white": pink_and_white,
    "flicker, exponent 1.5": steep,
    "random walk": walk,
    "random walk + white": walk_and_white,
    "steps + white": steps,
}
ON_LEVEL: dict[str, OnLevel] = {
    "drift + white": drift,
    "relaxation + white": relaxation,
    "trap + white": trap,
    "2 traps + white": two_traps,
    "trap + flicker + white": trap_in_flicker,
}
HARDER_ALONE: dict[str, Maker] = {"hum + white": hum_and_white, "hum + flicker + white": hum_and_flicker}
HARDER_ON_LEVEL: dict[str, OnLevel] = {
    "three levels + white": three_levels,
    "2 traps + flicker + white": two_traps_in_flicker,
    "trap + steps + white": trap_and_steps,
    "drift + trap + white": trap_and_drift,
}
KINDS = (*ALONE, *ON_LEVEL)
HARDER = (*HARDER_ON_LEVEL, *HARDER_ALONE)
LAWLESS = ("three levels + white", "2 traps + flicker + white", "trap + steps + white")
NAMED = {
    "flicker, exponent 1.5": "flicker",
    "hum + white": "white",
    "hum + flicker + white": "flicker + white",
}
# the white part may be too small to be told
ALSO = {"trap + flicker + white": "trap + flicker", "hum + flicker + white": "flicker"}


def made(kind: str, n: int, seed: int) -> Truth:
    """A trace with its level."""
    rng = np.random.default_rng([(*KINDS, *HARDER).index(kind), n, seed])
    level = 100 * between(0.5, 2, rng)
    alone, on_level = ALONE | HARDER_ALONE, ON_LEVEL | HARDER_ON_LEVEL
    truth = alone[kind](n, rng) if kind in alone else on_level[kind](n, rng, level)
    return Truth(level + truth.g, truth.known)


def is_right(kind: str, fitted: str) -> bool:
    return fitted == NAMED.get(kind, kind) or fitted == ALSO.get(kind)
