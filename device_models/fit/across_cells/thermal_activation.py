"""Activation energy of what bakes do to cells: do time and temperature stand for each other?

A time t at T does what t exp[-E/k (1/T - 1/300 K)] does at 300 K. If so, every number of a bake (here ln of the spread
of ln G, and its median) is one function of u = ln t - E/k (1/T - 1/300 K), taken as a parabola of its own for each.
`superposed` finds E. That needs bakes of several lengths at one temperature: of bakes of one length any E does, with
another function. What these show is how fast the spread rises with temperature, `apparent`: spread ~ exp(-B/kT), in
which B is E times the unknown power of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from device_models.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from device_models.fit.interval import Estimate, around
from device_models.parts.temperature import REFERENCE_K

LOWEST_EV, HIGHEST_EV = 0.02, 4.0
APART = 3.0  # factor between times of bakes at one temperature, from which they tell what time does
SAME_K = 5.0
FEWEST_OF_A_PARABOLA = 5
MOST_SPREAD = 0.5  # sd of ln E over cells drawn anew, from which bakes tell no energy


@dataclass(frozen=True)
class Activation:
    """energy [eV], and chi-square p of the law that has it. between: of `apparent`, that of neighbouring temperatures
    alone [eV]."""

    energy: Estimate
    p: float
    between: tuple[float, ...] = ()


def inverse_ev(temperature_k: np.ndarray) -> np.ndarray:
    """1/kT - 1/k300 K [1/eV]."""
    return np.asarray(ELEMENTARY_CHARGE_C / BOLTZMANN_J_PER_K * (1 / temperature_k - 1 / REFERENCE_K))


def lengths_differ(temperature_k: np.ndarray, time_s: np.ndarray) -> bool:
    """Whether at one of several temperatures bakes are APART in time."""
    near = np.abs(temperature_k[:, None] - temperature_k[None]) <= SAME_K
    far = time_s[:, None] >= APART * time_s[None]
    return bool((near & far).any() and not near.all())


def superposed(
    temperature_k: np.ndarray,
    time_s: np.ndarray,
    values: np.ndarray,
    errors: np.ndarray,
    resampled: Sequence[np.ndarray],
) -> Activation | None:
    """Of bakes (P,) and their numbers, with standard errors, (R, P); None where these tell no energy.

    resampled: the numbers of cells drawn anew, (R, P) each, from which the interval is: reads of a cell at several
    times are not independent. p takes them as if, and is too large where they are.
    """
    from scipy import stats

    degree = 2 if len(time_s) >= FEWEST_OF_A_PARABOLA else 1
    freedom = values.shape[0] * (len(time_s) - degree - 1) - 1
    if not lengths_differ(temperature_k, time_s) or freedom < 1:
        return None
    best, *others = (_best(temperature_k, time_s, one, errors, degree) for one in (values, *resampled))
    inside = best is not None and all(other is not None for other in others)
    spread = float(np.std(np.log([energy for energy, _ in others]))) if inside else np.inf  # type: ignore[misc]
    if best is None or spread > MOST_SPREAD:
        return None
    return Activation(around(best[0], spread, "eV", "log"), float(stats.chi2.sf(best[1], freedom)))


def _best(
    temperature_k: np.ndarray, time_s: np.ndarray, values: np.ndarray, errors: np.ndarray, degree: int
) -> tuple[float, float] | None:
    """The energy of the least chi-square, and that; None at the ends of the range."""
    from scipy.optimize import minimize_scalar

    log_time, beyond = np.log(time_s), inverse_ev(temperature_k)

    def chi_square(log_energy: float) -> float:
        u = log_time - np.exp(log_energy) * beyond
        return _left(u, values, errors, degree)

    grid = np.linspace(np.log(LOWEST_EV), np.log(HIGHEST_EV), 16)
    at = int(np.argmin([chi_square(energy) for energy in grid]))
    if at in (0, len(grid) - 1):
        return None
    found = minimize_scalar(chi_square, bounds=(grid[at - 1], grid[at + 1]), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x)), float(found.fun)


def _left(u: np.ndarray, values: np.ndarray, errors: np.ndarray, degree: int) -> float:
    """Chi-square of the best polynomials of u, one for each row."""
    basis = np.vander((u - u.mean()) / max(float(np.ptp(u)), 1e-12), degree + 1)
    weights = 1 / errors**2
    normal = np.einsum("rp,pi,pj->rij", weights, basis, basis)
    found = np.linalg.solve(normal, np.einsum("rp,pi,rp->ri", weights, basis, values)[..., None])[..., 0]
    return float(np.sum(weights * (values - found @ basis.T) ** 2))


def apparent(temperature_k: np.ndarray, log_spread: np.ndarray, errors: np.ndarray) -> Activation | None:
    """Of ln of the spread, (R, P), with one slope for all R. None of fewer than three temperatures."""
    from scipy import stats

    order = np.argsort(temperature_k)
    x = -inverse_ev(temperature_k[order])
    if len(x) < 3 or not (np.diff(temperature_k[order]) > SAME_K).all():
        return None
    values, weights = log_spread[:, order], 1 / errors[:, order] ** 2
    dx, dy = (of - _over(weights, of)[:, None] for of in (np.broadcast_to(x, values.shape), values))
    information = float(np.sum(weights * dx**2))
    slope = float(np.sum(weights * dx * dy)) / information
    chi_square = float(np.sum(weights * (dy - slope * dx) ** 2))
    p = float(stats.chi2.sf(chi_square, values.size - values.shape[0] - 1))
    between = [float(np.mean(values[:, b] - values[:, a]) / (x[b] - x[a])) for a, b in pairwise(range(len(x)))]
    return Activation(around(slope, information**-0.5, "eV"), p, tuple(between))


def _over(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Weighted mean of each row."""
    return np.asarray(np.sum(weights * values, axis=1) / weights.sum(axis=1))
