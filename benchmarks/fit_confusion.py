"""Which law the fit of one trace chooses for synthetic traces of each kind, and whether its intervals hold the truth.

    python -m benchmarks.fit_confusion                                  # 2,000 samples, 10 seeds: about 2 minutes
    python -m benchmarks.fit_confusion --samples 20000 --seeds 50 --processes 2 --out found.jsonl    # about an hour
    python -m benchmarks.fit_confusion --kinds harder --seeds 20        # kinds that no law describes, and hum
    python -m benchmarks.fit_confusion --kinds flicker "trap + white"

`benchmarks/fit_kinds.py` says how the traces are made. Of each kind: how many of its traces are taken for it (of a kind
that no law describes: with a warning), the time of a fit, how many of the intervals hold the truth; then what others
are taken for, whether the fit says that it does not explain them (unexplained) or warns otherwise (warned), and the sd
that its law carries over that of the trace.
`--out` takes every trace as it is found; where the file is there, what it has is not done again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path

import numpy as np

from benchmarks.fit_kinds import HARDER, INTERVAL_S, KINDS, LAWLESS, UNIT_S, Truth, is_right, made
from device_models.fit import Trace, TraceFit
from device_models.fit.interval import Estimate
from device_models.fit.one_cell.levels import fit_trace

USUAL = ("drift counted from", "no noise is fresh", "sampled every")  # warnings that are not of the law


@dataclass(frozen=True)
class Found:
    """kind, samples, seed: of the truth; fitted: the law that was chosen; warned: whether the fit doubts its law, by
    other words than `unexplained`; carried: sd of the law over that of the trace; held: whether each interval holds the
    truth."""

    kind: str
    samples: int
    seed: int
    fitted: str
    unexplained: bool
    warned: bool
    carried: float
    held: dict[str, bool]
    seconds: float

    @property
    def right(self) -> bool:
        """The law itself; or, of what no law describes, that the fit says so; of hum, that it is named too."""
        if self.kind in LAWLESS:
            return self.unexplained or self.warned
        if "hum" in self.kind and not self.warned:
            return False
        return is_right(self.kind, self.fitted) and not self.unexplained


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


def carried(fit: TraceFit) -> float:
    """Sd of the law, noise and all that moves its level, over that of the trace."""
    variance = fit.noise_s.value**2 + float(np.var(fit.fitted_s))
    if fit.slow is not None:
        gamma, longest_s = fit.slow.exponent.value, fit.samples * fit.interval_s
        frequency = np.geomspace(1 / longest_s, 0.5 / fit.interval_s, 2000)
        variance += fit.slow.amplitude_s.value**2 * float(np.trapezoid(frequency**-gamma, frequency))
    return float(np.sqrt(variance) / fit.total_sd_s)


def find(kind: str, n: int, seed: int) -> Found:
    truth = made(kind, n, seed)
    began = time.process_time()
    fit = fitted(truth)
    seconds = time.process_time() - began
    warned = any(not line.split(": ", 1)[1].startswith((*USUAL, fit.unexplained or "-")) for line in fit.warnings)
    holds = held(truth, fit) if is_right(kind, fit.kind) and not fit.unexplained else {}
    return Found(kind, n, seed, fit.kind, bool(fit.unexplained), warned, carried(fit), holds, seconds)


def of_kind(found: Sequence[Found]) -> list[str]:
    """Of traces of one kind: how often it was found, the time of a fit, how often the intervals held the truth, and
    what else was found."""
    wrong = [item for item in found if not item.right]
    names = {name: [item.held[name] for item in found if name in item.held] for item in found for name in item.held}
    holds = ", ".join(f"{name} {sum(holds)}/{len(holds)}" for name, holds in names.items())
    seconds = np.mean([item.seconds for item in found])
    others = defaultdict(list)
    for item in found if found[0].kind in LAWLESS else wrong:
        told = ", unexplained" * item.unexplained + ", warned" * (item.warned and not item.unexplained)
        others[item.fitted + told].append(item.carried)
    lines = [f"{found[0].kind:26} {len(found) - len(wrong):3}/{len(found)}  {seconds:5.1f} s  {holds or '-'}"]
    for name, shares in sorted(others.items(), key=lambda pair: -len(pair[1])):
        lines.append(f"{'':28}{len(shares)} x {name}: {min(shares):.2f} to {max(shares):.2f} of the sd")
    return lines


def invented(found: Sequence[Found]) -> tuple[int, int]:
    """Traces without traps in which some were found, and all of them."""
    without = [item for item in found if "trap" not in item.kind and "levels" not in item.kind]
    return sum("trap" in item.fitted for item in without), len(without)


def read(path: Path | None) -> Iterator[Found]:
    if path is not None and path.exists():
        yield from (Found(**json.loads(line)) for line in path.read_text().splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=(*KINDS, *HARDER, "harder"))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, help="every trace, a line of JSON each")
    given = parser.parse_args()
    kinds = [kind for name in given.kinds for kind in (HARDER if name == "harder" else [name])]
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    known = {(item.kind, item.samples, item.seed): item for item in read(given.out)}
    every: list[Found] = []
    with ProcessPoolExecutor(given.processes) as pool:
        for kind in kinds:
            found = [known[key] for seed in seeds if (key := (kind, given.samples, seed)) in known]
            missing = [seed for seed in seeds if (kind, given.samples, seed) not in known]
            for item in pool.map(find, repeat(kind), repeat(given.samples), missing):
                found.append(item)
                if given.out is not None:
                    with given.out.open("a") as file:
                        file.write(json.dumps(asdict(item)) + "\n")
            print("\n".join(of_kind(found)), flush=True)
            every += found
    print("traps invented: {} of {} traces without any".format(*invented(every)))


if __name__ == "__main__":
    main()
