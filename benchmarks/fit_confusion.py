"""Which law the fit of one trace chooses for synthetic traces of each kind, and whether its intervals hold the truth.

    python -m benchmarks.fit_confusion                                  # 2,000 samples, 10 seeds: about 3 minutes
    python -m benchmarks.fit_confusion --samples 20000 --seeds 50       # about an hour
    python -m benchmarks.fit_confusion --kinds flicker "trap + white" --out found.json

Traces are made without what the fit is made of: 1/f^gamma from its spectrum up to half the sampling rate (Fourier
synthesis of a series eight times as long), traps from exponential holding times, random walks by adding up. White noise
has sd 1 unless said. Parameters are drawn for each trace:

- levels 50 to 200; 1/f noise S = 1 / f^gamma per interval, with white noise of sd 1.5 to 5 where it has some;
- random walks of 0.3 a step, or 0.05 to 0.5 beside white noise;
- drift by exponents of 0.05 to 0.15 with noise of 1 % of the conductance; relaxation by 2 to 8 % of the level for each
  e-fold of time with noise of 1 % of the level: both fall by a third or more, else they are the same to first order;
- traps of 3 to 10 sd (5 to 10 in 1/f noise), capture and emission times of 4 intervals to a 50th of the trace, the one
  up to three times the other: 20 switches and more;
- one to five steps of 2 to 6 sd at any time.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from device_models.fit import Trace, TraceFit
from device_models.fit.interval import Estimate
from device_models.fit.one_cell.levels import fit_trace

INTERVAL_S, UNIT_S = 1e-3, 1e-6
LONGER = 8


@dataclass
class Truth:
    """A trace in units of UNIT_S every INTERVAL_S, with what it was made of."""

    g: np.ndarray
    known: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """kind, seed: of the truth; fitted: the law that was chosen; held: whether each interval holds the truth."""

    kind: str
    seed: int
    fitted: str
    unexplained: bool
    held: dict[str, bool]
    seconds: float


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


Maker = Callable[[int, np.random.Generator], Truth]
OnLevel = Callable[[int, np.random.Generator, float], Truth]
ALONE: dict[str, tuple[Maker, str]] = {
    "white": (white, "white"),
    "flicker": (pink, "flicker"),
    "flicker + white": (pink_and_white, "flicker + white"),
    "flicker, exponent 1.5": (steep, "flicker"),
    "random walk": (walk, "random walk"),
    "random walk + white": (walk_and_white, "random walk + white"),
    "steps + white": (steps, "steps + white"),
}
ON_LEVEL: dict[str, tuple[OnLevel, str]] = {
    "drift + white": (drift, "drift + white"),
    "relaxation + white": (relaxation, "relaxation + white"),
    "trap + white": (trap, "trap + white"),
    "2 traps + white": (two_traps, "2 traps + white"),
    "trap + flicker + white": (trap_in_flicker, "trap + flicker + white"),
}
KINDS = (*ALONE, *ON_LEVEL)
ALSO = {"trap + flicker + white": "trap + flicker"}  # the white part may be too small to be told


def made(kind: str, n: int, seed: int) -> Truth:
    """A trace with its level."""
    rng = np.random.default_rng([KINDS.index(kind), n, seed])
    level = 100 * between(0.5, 2, rng)
    truth = ALONE[kind][0](n, rng) if kind in ALONE else ON_LEVEL[kind][0](n, rng, level)
    return Truth(level + truth.g, truth.known)


def is_right(kind: str, fitted: str) -> bool:
    expected = ALONE[kind][1] if kind in ALONE else ON_LEVEL[kind][1]
    return fitted == expected or fitted == ALSO.get(kind)


def fitted(truth: Truth) -> TraceFit:
    n = len(truth.g)
    return fit_trace(Trace("", INTERVAL_S * np.arange(1, n + 1), UNIT_S * truth.g, "made", "made:1"))


def held(truth: Truth, fit: TraceFit) -> dict[str, bool]:
    """Whether each interval holds the truth, of parts that were found."""
    estimates: dict[str, Estimate | None] = {
        "white": fit.noise_s,
        "exponent": fit.slow and fit.slow.exponent,
        "amplitude": fit.slow and fit.slow.amplitude_s,
        "walk": fit.slow and fit.slow.amplitude_s,
        "drift": fit.trend and fit.trend.slope,
        "relaxation": fit.trend and fit.trend.slope,
        "step": fit.telegraph and fit.telegraph.amplitude,
        "capture": fit.telegraph and fit.telegraph.capture_s,
        "emission": fit.telegraph and fit.telegraph.emission_s,
    }
    exponent = truth.known.get("exponent", 1.0)
    units = {
        "white": UNIT_S, "amplitude": UNIT_S * INTERVAL_S ** ((1 - exponent) / 2), "relaxation": UNIT_S,
        "walk": UNIT_S / np.sqrt(2 * np.pi**2 * INTERVAL_S), "capture": INTERVAL_S, "emission": INTERVAL_S,
    }  # fmt: skip
    return {
        name: bool(estimate.holds(units.get(name, 1.0) * value))
        for name, value in truth.known.items()
        if (estimate := estimates[name]) is not None
    }


def find(kind: str, n: int, seed: int) -> Found:
    truth = made(kind, n, seed)
    began = time.process_time()
    fit = fitted(truth)
    seconds = time.process_time() - began
    holds = held(truth, fit) if is_right(kind, fit.kind) and not fit.unexplained else {}
    return Found(kind, seed, fit.kind, bool(fit.unexplained), holds, seconds)


def of_kind(kind: str, found: Sequence[Found]) -> list[str]:
    """How often it was found, the time of a fit, how often the intervals held the truth, and what else was found."""
    mine = [item for item in found if item.kind == kind]
    wrong = [item for item in mine if item.unexplained or not is_right(kind, item.fitted)]
    names = {name: [item.held[name] for item in mine if name in item.held] for item in mine for name in item.held}
    holds = ", ".join(f"{name} {sum(holds)}/{len(holds)}" for name, holds in names.items())
    seconds = np.mean([item.seconds for item in mine])
    others = Counter(item.fitted + " (unexplained)" * item.unexplained for item in wrong)
    first = f"{kind:24} {len(mine) - len(wrong):3}/{len(mine)}  {seconds:5.1f} s  {holds or '-'}"
    return [first, *(f"{'':26}{count} x {name}" for name, count in others.most_common())]


def invented(found: Sequence[Found]) -> tuple[int, int]:
    """Traces without traps in which some were found, and all of them."""
    without = [item for item in found if "trap" not in item.kind]
    return sum("trap" in item.fitted for item in without), len(without)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--out", type=Path, help="every trace as JSON")
    given = parser.parse_args()
    found: list[Found] = []
    for kind in given.kinds:
        found += [find(kind, given.samples, given.first_seed + seed) for seed in range(given.seeds)]
        print("\n".join(of_kind(kind, found)), flush=True)
        if given.out is not None:
            given.out.write_text(json.dumps([item.__dict__ for item in found]))
    print("traps invented: {} of {} traces without any".format(*invented(found)))


if __name__ == "__main__":
    main()
