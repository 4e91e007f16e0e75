"""Activation energy of what bakes do to cells: do time and temperature stand for each other?

A time t at T does what t exp[-E/k (1/T - 1/300 K)] does at 300 K. If so, every number of a bake (here ln of the spread
of ln G, and its median) is one function of u = ln t - E/k (1/T - 1/300 K), taken as a parabola of its own for each.
`superposed` finds E. That needs bakes of several lengths at one temperature: of bakes of one length any E does, with
another function. What these show is how fast the spread rises with temperature, `apparent`: spread ~ exp(-B/kT), in
which B is E times the unknown power of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from device_models.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from device_models.fit.interval import Estimate, Z, around
from device_models.parts.temperature import REFERENCE_K

LOWEST_EV, HIGHEST_EV = 0.02, 4.0
APART = 3.0  # factor between times of bakes at one temperature, from which they tell what time does
SAME_K = 5.0
FEWEST_OF_A_PARABOLA = 5


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
    temperature_k: np.ndarray, time_s: np.ndarray, values: np.ndarray, errors: np.ndarray
) -> Activation | None:
    """Of bakes (P,) and their numbers, with standard errors, (R, P). None where no energy makes them one function, or
    any does: the interval has no end. It is of chi-square 3.84 above the least, times chi-square by degrees of freedom
    where that is above 1."""
    from scipy import stats
    from scipy.optimize import brentq, minimize_scalar

    if not lengths_differ(temperature_k, time_s):
        return None
    beyond, degree = inverse_ev(temperature_k), 2 if len(time_s) >= FEWEST_OF_A_PARABOLA else 1
    freedom = values.shape[0] * (len(time_s) - degree - 1) - 1

    def chi_square(energy_ev: float) -> float:
        u = np.log(time_s) - energy_ev * beyond
        return sum(_left(u, *row, degree) for row in zip(values, errors, strict=True))

    grid = np.geomspace(LOWEST_EV, HIGHEST_EV, 100)
    at = int(np.argmin([chi_square(energy) for energy in grid]))
    if freedom < 1 or at in (0, len(grid) - 1):
        return None
    best = minimize_scalar(chi_square, bounds=(grid[at - 1], grid[at + 1]), method="bounded", options={"xatol": 1e-5})
    allowed = float(best.fun) + Z**2 * max(1.0, float(best.fun) / freedom)

    def above(energy_ev: float) -> float:
        return chi_square(energy_ev) - allowed

    if min(above(LOWEST_EV), above(HIGHEST_EV)) <= 0:
        return None
    low, high = brentq(above, LOWEST_EV, best.x), brentq(above, best.x, HIGHEST_EV)
    return Activation(Estimate(float(best.x), low, high, "eV"), float(stats.chi2.sf(best.fun, freedom)))


def _left(u: np.ndarray, values: np.ndarray, errors: np.ndarray, degree: int) -> float:
    """Chi-square of the best polynomial of u."""
    design = np.vander((u - u.mean()) / max(float(np.ptp(u)), 1e-12), degree + 1) / errors[:, None]
    found, *_ = np.linalg.lstsq(design, values / errors, rcond=None)
    return float(np.sum((design @ found - values / errors) ** 2))


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
