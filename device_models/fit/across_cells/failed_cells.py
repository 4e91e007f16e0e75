"""Cells that did not take their target, told from the spread of those that did.

Errors of good cells are a normal, and a wider normal of the same middle where their tails are heavy. Failed cells are,
whatever their target, at the low end of the range (or below), at the high end (or above), anywhere between, or far from
the target with a spread of their own. The kinds that are there are found by the BIC, one after the other, their shares
by expectation and maximisation. A cell's weight as a good one is its probability to be one.

The interval of a share is the exact binomial one of as many cells as tell the same (the observed information).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from device_models.fit.interval import Estimate
from device_models.shown import shown

Failure = Literal["low", "high", "any", "missed"]
KINDS: tuple[Failure, ...] = ("any", "low", "high", "missed")
PLACES: dict[Failure, str] = {
    "low": "at the lowest target or below",
    "high": "at the highest target or above",
    "any": "anywhere",
    "missed": "far from the target",
}
FEWEST_PAIRS = 40  # to look for failed cells among
ALONE = 15.0  # sd, of fewer pairs than that, from which on a cell is told
FAR = 4.5  # sd; with no cell farther from its target nothing is told apart
NEAR = 2.0  # sd within which a cell is at an end of the range
WIDEST_GOOD = 4.0  # sd of the wider normal of good cells over that of the other
NARROWEST_MISS = 6.0  # sd of cells that missed over that of good ones
CLEARLY = 6.0  # of the BIC
PASSES, CONVERGED = 300, 1e-7
GROUP, MOST_GROUPS = 50, 20
MAD_OF_SD = 0.6744897501960817


@shown
@dataclass(frozen=True)
class FailedCells:
    """shares: of all cells, by where they are found: `low`, `high`, `any` (uniform over the range), `missed` (around
    the target, miss_sd_s [S] wide); only kinds that were found. total: of all of them; its lower end is 0 for none.
    good: probability of every pair to be a cell that took its target."""

    shares: dict[Failure, Estimate]
    total: Estimate
    miss_sd_s: float
    good: np.ndarray

    @property
    def count(self) -> int:
        """Cells that probably failed."""
        return int(np.count_nonzero(self.good < 0.5))


@dataclass(frozen=True)
class _Mixture:
    """weights: by component, `core` and `wide` (good) and kinds of failure; densities: of every pair, weighted."""

    weights: dict[str, float]
    core_sd: float
    wide_sd: float
    miss_sd: float
    densities: dict[str, np.ndarray]
    bic: float

    @property
    def total(self) -> np.ndarray:
        total: np.ndarray = np.sum(list(self.densities.values()), axis=0)
        return total

    def share(self, *names: str) -> np.ndarray:
        """Probability of every pair to be of these components."""
        share: np.ndarray = np.sum([self.densities[name] for name in names], axis=0) / self.total
        return share


def find_failed(target: np.ndarray, programmed: np.ndarray, middle: np.ndarray, sd: np.ndarray) -> FailedCells:
    """Around `middle`, the mean error of good cells [S], and their sd [S], of every pair."""
    n = len(target)
    z = (programmed - target - middle) / sd
    if n < FEWEST_PAIRS or np.abs(z).max() < FAR:
        return FailedCells({}, binomial(0.0, n), 0.0, np.ones(n))
    fixed = _at_ends(target, programmed, sd)
    mixture = _fitted(z, sd, fixed, ())
    while more := [
        _fitted(z, sd, fixed, (*mixture.weights, name)) for name in ("wide", *KINDS) if name not in mixture.weights
    ]:
        best = min(more, key=lambda one: one.bic)
        if best.bic > mixture.bic - CLEARLY:
            break
        mixture = best
    failed = [name for name in KINDS if name in mixture.weights]
    good = mixture.share(*(name for name in mixture.weights if name not in failed))
    return FailedCells(
        {name: _share(mixture, name) for name in failed},
        _share(mixture, *failed) if failed else binomial(0.0, n),
        mixture.miss_sd * float(np.median(sd)) if "missed" in failed else 0.0,
        good,
    )


def rough_spread(target: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle and sd of the errors of every pair [S], from medians of groups of like targets: no law, and whatever up to
    half of the cells do."""
    groups = int(np.clip(len(target) // GROUP, 1, MOST_GROUPS))
    edges = np.unique(np.quantile(target, np.linspace(0, 1, groups + 1)[1:-1]))
    group = np.searchsorted(edges, target, side="right")
    found = [(target[group == k], error[group == k]) for k in np.unique(group)]
    middle = float(np.median([np.median(e) for _, e in found]))
    sds = np.array([np.median(np.abs(e - np.median(e))) / MAD_OF_SD for _, e in found])
    sds = np.where(sds > 0, sds, np.maximum(sds.max(), 1e-3 * float(np.std(error))))
    at = np.array([np.median(t) for t, _ in found])
    return np.full(len(target), middle), np.interp(target, at, sds)


def alone(target: np.ndarray, error: np.ndarray) -> int:
    """Cells far from all others, in error and in error over target, by medians: of pairs too few to tell kinds."""
    far = np.ones(len(error), dtype=bool)
    for value in (error, error / np.where(target > 0, target, 1.0)):
        away = np.abs(value - np.median(value))
        sd = float(np.median(away)) / MAD_OF_SD
        far &= (away > ALONE * sd) & (sd > 0)
    return int(np.count_nonzero(far))


def _at_ends(target: np.ndarray, programmed: np.ndarray, sd: np.ndarray) -> dict[str, np.ndarray]:
    """Densities [1/S] of the kinds of failure that have one place for all targets."""
    low, high = float(target.min()), float(target.max())
    bottom, top = min(float(programmed.min()), low), max(float(programmed.max()), high)
    below = low + NEAR * float(sd[target.argmin()])
    above = high - NEAR * float(sd[target.argmax()])
    return {
        "any": np.full(len(target), 1 / (top - bottom)),
        "low": (programmed <= below) / (below - bottom),
        "high": (programmed >= above) / (top - above),
    }


def _fitted(z: np.ndarray, sd: np.ndarray, fixed: Mapping[str, np.ndarray], extra: tuple[str, ...]) -> _Mixture:
    """EM of the components `core` and `extra`; z: errors over `sd`."""
    names = tuple(dict.fromkeys(("core", *extra)))
    weights = {name: 1.0 if name == "core" else 0.3 if name == "wide" else 0.02 for name in names}
    core, wide, miss, before = 1.0, 2.5, 30.0, -np.inf
    floor = 1e-300 / sd
    for _ in range(PASSES):
        norm = sum(weights.values())
        weights = {name: weight / norm for name, weight in weights.items()}
        densities = {name: w * _density(name, z, sd, fixed, core, wide, miss) for name, w in weights.items()}
        total = np.sum(list(densities.values()), axis=0) + floor
        log_likelihood = float(np.sum(np.log(total)))
        if log_likelihood - before < CONVERGED * len(z):
            break
        before = log_likelihood
        parts = {name: density / total for name, density in densities.items()}
        weights = {name: float(part.mean()) for name, part in parts.items()}
        core = _sd(z, parts["core"], 0.05, 20.0)
        wide = _sd(z, parts["wide"], 1.2 * core, WIDEST_GOOD * core) if "wide" in parts else wide
        good = _good_sd(weights, core, wide)
        miss = _sd(z, parts["missed"], NARROWEST_MISS * good, np.inf) if "missed" in parts else miss
    free = len(names) + sum(name in names for name in ("wide", "missed"))
    return _Mixture(weights, core, wide, miss, densities, free * np.log(len(z)) - 2 * log_likelihood)


def _density(name: str, z: np.ndarray, sd: np.ndarray, fixed: Mapping[str, np.ndarray], *widths: float) -> np.ndarray:
    """[1/S]; widths: of core, wide and missed, over sd."""
    if name in fixed:
        return fixed[name]
    width = widths[("core", "wide", "missed").index(name)]
    return np.exp(-np.minimum((z / width) ** 2, 1400) / 2) / (width * sd * np.sqrt(2 * np.pi))


def _sd(z: np.ndarray, part: np.ndarray, low: float, high: float) -> float:
    return float(np.clip(np.sqrt(np.sum(part * z**2) / max(part.sum(), 1e-12)), low, high))


def _good_sd(weights: Mapping[str, float], core: float, wide: float) -> float:
    far = weights.get("wide", 0.0)
    return float(np.sqrt((weights["core"] * core**2 + far * wide**2) / (weights["core"] + far)))


def _share(mixture: _Mixture, *names: str) -> Estimate:
    """Share of components and its interval."""
    p = float(sum(mixture.weights[name] for name in names))
    inside = mixture.share(*names)
    score = inside / p - (1 - inside) / (1 - p)
    information = float(np.sum(score**2))
    return binomial(p, min(information * p * (1 - p), len(inside)))


def binomial(share: float, n: float) -> Estimate:
    """Clopper-Pearson interval of a share among n cells (that need be no whole number)."""
    from scipy.special import betaincinv

    k = share * n
    low = float(betaincinv(k, n - k + 1, 0.025)) if k > 0 else 0.0
    high = float(betaincinv(k + 1, n - k, 0.975)) if k < n else 1.0
    return Estimate(float(share), low, high, "fraction of cells")


def suggestions(failed: FailedCells, pairs: int, sd_s: float) -> Iterator[str]:
    """What a preset makes of them, and how to write them again, one line each. sd_s: of good cells in the middle."""
    if not failed.shares:
        return
    kinds = ", ".join(f"{100 * share.value:.2g} % {PLACES[name]}" for name, share in failed.shares.items())
    yield (
        f"{failed.count} of {pairs} cells did not take their target ({kinds}): they are in `faults`, not in the "
        "spread; if writing them again helps, set faults to 0 and in their place "
        f"programming.verify.acceptance_s={3 * sd_s:.2g}"
    )
    if "missed" in failed.shares:
        yield (
            f"cells that missed lie within about {failed.miss_sd_s:.2g} S of their target; the preset has them "
            "anywhere in its range (faults.stuck_any)"
        )
