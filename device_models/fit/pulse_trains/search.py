"""Which law the trains of one direction follow, its numbers, and how sure they are.

Candidates: reads scatter around the curve alone; or beside it lies what pulses leave, kept for good or forgotten, along
the staircase or in conductance. The smallest AIC wins: what is missed beside the curve makes every interval too narrow.
Numbers are those of the largest restricted likelihood; their covariance is the inverse of its curvature over the
unknowns c, ln(s/r), ln(1 - k) and ln r.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import get_args

import numpy as np

from device_models.fit.pulse_trains.likelihood import Along, Beside, Solved, Train, solve

STEEPEST = 20.0
LEAST_RATIO, MOST_RATIO = -12.0, 7.0  # ln(s/r): reads alone, no read noise
LEAST_FORGOTTEN = -9.0  # ln(1 - k)
STARTS = (0.0, 3.0)  # of c
KNOWN = 1.0  # sd of ln(s/r), up to which a law says how much pulses leave
RIVAL = 4.0  # of AIC, up to which a law cannot be told from the best
HALF_CHI2 = 1.9207  # half of the 95 % point of chi-square with one degree of freedom


@dataclass(frozen=True)
class Form:
    """Which unknowns a law has beside c."""

    beside: bool
    forgets: bool
    along: Along = "staircase"

    @property
    def free(self) -> int:
        return 1 + self.beside + self.forgets

    @property
    def bounds(self) -> list[tuple[float, float]]:
        ratio, forgotten = [(LEAST_RATIO, MOST_RATIO)], [(LEAST_FORGOTTEN, -1e-3)]
        return [(-STEEPEST, STEEPEST), *(ratio * self.beside), *(forgotten * self.forgets)]

    def law(self, unknowns: np.ndarray) -> Beside:
        """unknowns: c, ln(s/r), ln(1 - k), as far as the form has them."""
        keeps = float(-np.expm1(unknowns[2])) if self.forgets else 1.0
        return Beside(float(np.exp(unknowns[1])) if self.beside else 0.0, keeps, self.along)


ALONE = Form(False, False)
FORMS = (ALONE, *(Form(True, forgets, along) for forgets, along in product((False, True), get_args(Along))))


@dataclass(frozen=True)
class Found:
    """The law that was chosen. covariance: of the unknowns and, last, ln r; NaN rows for those at a bound.
    candidates: form and AIC above the best, the best first. rivals: laws that cannot be told from it."""

    form: Form
    unknowns: np.ndarray
    covariance: np.ndarray
    solved: Solved
    candidates: tuple[tuple[Form, float], ...]
    rivals: tuple[Found, ...] = ()

    @property
    def curvature(self) -> float:
        return float(self.unknowns[0])

    @property
    def beside(self) -> Beside:
        return self.form.law(self.unknowns)


def search(trains: Sequence[Train]) -> Found:
    """The law of trains of one direction."""
    best = {form: _largest(trains, form) for form in FORMS}
    aic = {form: 2 * form.free - 2 * value for form, (_, value) in best.items()}
    order = sorted(FORMS, key=lambda form: aic[form])
    candidates = tuple((one, float(aic[one] - aic[order[0]])) for one in order)

    def found(form: Form) -> Found:
        unknowns = best[form][0]
        solved = solve(trains, float(unknowns[0]), form.law(unknowns))
        return Found(form, unknowns, _covariance(trains, form, unknowns), solved, candidates)

    rivals = (found(form) for form, margin in candidates[1:] if form.beside and margin <= RIVAL)
    return replace(found(order[0]), rivals=tuple(one for one in rivals if one.covariance[1, 1] < KNOWN**2))


def may_be_exact(trains: Sequence[Train], found: Found) -> bool:
    """Whether there may be no read noise at all: the likelihood hardly falls where all scatter is what pulses leave."""
    if not found.form.beside:
        return False
    exact = found.unknowns.copy()
    exact[1] = MOST_RATIO
    return found.solved.log_likelihood + _profiled(trains, found.form)(exact) < HALF_CHI2


def _profiled(trains: Sequence[Train], form: Form) -> Callable[[np.ndarray], float]:
    def lost(unknowns: np.ndarray) -> float:
        return -solve(trains, float(unknowns[0]), form.law(unknowns)).log_likelihood

    return lost


def _largest(trains: Sequence[Train], form: Form) -> tuple[np.ndarray, float]:
    """Unknowns of the largest likelihood, and this."""
    from scipy.optimize import minimize

    starts = [np.array([c, -1.0, -3.0][: form.free]) for c in STARTS]
    lost = _profiled(trains, form)
    found = [minimize(lost, start, method="L-BFGS-B", bounds=form.bounds, options={"maxiter": 200}) for start in starts]
    best = min(found, key=lambda one: one.fun)
    return np.asarray(best.x), -float(best.fun)


def _covariance(trains: Sequence[Train], form: Form, unknowns: np.ndarray) -> np.ndarray:
    """Of the unknowns and ln r, by differences of the likelihood; NaN for those at a bound."""
    free = [k for k, (low, high) in enumerate(form.bounds) if low + 1e-3 < unknowns[k] < high - 1e-3]
    steps = {k: 0.02 if k else 0.02 * max(1.0, abs(float(unknowns[0])) / 2) for k in free}
    samples, lost = sum(len(train.y) for train in trains), _profiled(trains, form)

    def at(*moves: tuple[int, float]) -> float:
        moved = unknowns.copy()
        for k, by in moves:
            moved[k] += by * steps[k]
        return lost(moved)

    hessian = np.zeros((len(free), len(free)))
    for i, one in enumerate(free):
        for j, other in enumerate(free[: i + 1]):
            signs = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
            total = sum(sign * at((one, first), (other, second)) for first, second, sign in signs)
            hessian[i, j] = hessian[j, i] = total / (4 * steps[one] * steps[other])
    # ln r at given unknowns: its own spread, and how it moves with them
    moved = [_log_read(trains, form, unknowns, k, steps[k]) for k in free]
    inner = np.linalg.pinv(hessian, hermitian=True) if free else np.zeros((0, 0))
    of_read = np.array(moved)
    whole = np.full((len(unknowns) + 1, len(unknowns) + 1), np.nan)
    at_free = [*free, len(unknowns)]
    cross = inner @ of_read if free else np.zeros(0)
    block = np.block([[inner, cross[:, None]], [cross[None, :], np.array([[of_read @ cross + 0.5 / samples]])]])
    whole[np.ix_(at_free, at_free)] = block
    return whole


def _log_read(trains: Sequence[Train], form: Form, unknowns: np.ndarray, k: int, step: float) -> float:
    """How ln r moves with one of the unknowns."""
    values = []
    for sign in (1, -1):
        moved = unknowns.copy()
        moved[k] += sign * step
        values.append(0.5 * np.log(solve(trains, float(moved[0]), form.law(moved)).read_variance))
    return float((values[0] - values[1]) / (2 * step))


def ratio_limit(trains: Sequence[Train], form: Form, upwards: bool) -> float:
    """s/r, up or down from the best, at which the likelihood, largest over the others, has fallen by a 95 % point."""
    return float(np.exp(_limit(trains, form, upwards)))


def _limit(trains: Sequence[Train], form: Form, upwards: bool) -> float:
    from scipy.optimize import brentq, minimize

    best = _largest(trains, form)
    lost_at = _profiled(trains, form)

    def fallen(ratio: float) -> float:
        def lost(others: np.ndarray) -> float:
            return lost_at(np.insert(others, 1, ratio))

        bounds = [form.bounds[0], *form.bounds[2:]]
        start = np.delete(best[0], 1)
        return best[1] + float(minimize(lost, start, method="L-BFGS-B", bounds=bounds).fun) - HALF_CHI2

    ends = (best[0][1], MOST_RATIO) if upwards else (LEAST_RATIO, best[0][1])
    if fallen(ends[upwards]) < 0:
        return ends[upwards]
    return float(brentq(fallen, *ends, xtol=0.01))
