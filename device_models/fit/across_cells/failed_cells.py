"""Cells that did not take their target, told from the spread of those that did.

Errors of good cells have one shape: normal, Laplace's, Student's t, or two normals of like middle. Failed cells are,
whatever their target, at the low end of the range (or below), at the high end (or above), anywhere between, or far from
the target with a normal spread of their own. For every shape the kinds that are there are found one after the other,
with their shares by expectation and maximisation; of all the likeliest is taken (BIC). A cell's weight as a good one is
its probability to be one: too thin tails would take cells far from their target for failed ones.

The interval of a share is the exact binomial one of as many cells as tell the same (the observed information).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from device_models.fit.across_cells.programming_shape import NORMAL, SHAPES, ErrorShape
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
NARROWEST_MISS = 6.0  # sd of cells that missed over that of good ones
CLEARLY = 6.0  # of the BIC
LEADERS = 4  # shapes that do best beside failures of general kinds, for which the kinds that are there are sought
PASSES, CONVERGED = 300, 1e-7
GROUP, MOST_GROUPS = 50, 20
NARROWEST, WIDEST = 0.05, 20.0  # sd of good cells over that which is given
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
    """weights: by component, `good` and kinds of failure; densities: of every pair, weighted. good_sd, miss_sd: over
    the sd that is given."""

    shape: ErrorShape
    weights: dict[str, float]
    good_sd: float
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
    rough = sorted((_fitted(shape, z, sd, fixed, ("good", "any", "missed")) for shape in SHAPES), key=_bic)
    mixture = min((_kinds_found(one.shape, z, sd, fixed) for one in rough[:LEADERS]), key=_bic)
    failed = [name for name in KINDS if name in mixture.weights]
    return FailedCells(
        {name: _share(mixture, name) for name in failed},
        _share(mixture, *failed) if failed else binomial(0.0, n),
        mixture.miss_sd * float(np.median(sd)) if "missed" in failed else 0.0,
        mixture.share("good"),
    )


def _bic(mixture: _Mixture) -> float:
    return mixture.bic


def _kinds_found(shape: ErrorShape, z: np.ndarray, sd: np.ndarray, fixed: Mapping[str, np.ndarray]) -> _Mixture:
    """With as many kinds of failure as the BIC asks for."""
    mixture = _fitted(shape, z, sd, fixed, ("good",))
    while more := [
        _fitted(shape, z, sd, fixed, (*mixture.weights, name)) for name in KINDS if name not in mixture.weights
    ]:
        best = min(more, key=_bic)
        if best.bic > mixture.bic - CLEARLY:
            break
        mixture = best
    return mixture


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


def _fitted(
    shape: ErrorShape, z: np.ndarray, sd: np.ndarray, fixed: Mapping[str, np.ndarray], names: tuple[str, ...]
) -> _Mixture:
    """EM of the components; z: errors over `sd`."""
    weights = {name: 1.0 if name == "good" else 0.02 for name in names}
    good, miss, before = 1.0, 30.0, -np.inf
    floor = 1e-300 / sd
    for _ in range(PASSES):
        norm = sum(weights.values())
        weights = {name: weight / norm for name, weight in weights.items()}
        own = {"good": shape.density(z / good) / (good * sd), "missed": NORMAL.density(z / miss) / (miss * sd)}
        densities = {name: weight * {**own, **fixed}[name] for name, weight in weights.items()}
        total = np.sum(list(densities.values()), axis=0) + floor
        log_likelihood = float(np.sum(np.log(total)))
        if log_likelihood - before < CONVERGED * len(z):
            break
        before = log_likelihood
        parts = {name: density / total for name, density in densities.items()}
        weights = {name: float(part.mean()) for name, part in parts.items()}
        good = float(np.clip(shape.sd(z, parts["good"], good), NARROWEST, WIDEST))
        if "missed" in parts:
            miss = max(NORMAL.sd(z, parts["missed"], miss), NARROWEST_MISS * good)
    free = len(names) + ("missed" in names) + shape.parameters
    return _Mixture(shape, weights, good, miss, densities, free * np.log(len(z)) - 2 * log_likelihood)


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
