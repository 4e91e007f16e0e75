"""How one programming scatters around its target: three shapes, each a rising function of a standard normal z.

`partial_moments_s(target, low, high)` gives P, E[G 1] and E[G^2 1] restricted to low < z < high, in closed form: from
these follow the exact moments of every law, with or without write-verify.

Equations: docs/physics.md#programming.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy  # scipy.special is loaded where it is first used: it takes 0.2 s

from device_models.shown import shown

Moments = tuple[np.ndarray, np.ndarray, np.ndarray]
LINEAR_BELOW = 1e-4


class Spread(Protocol):
    """Targets and conductances [S] are arrays of one shape; bounds on z are too, or hold for all of them."""

    def conductance_s(self, target_s: np.ndarray, z: np.ndarray) -> np.ndarray:
        """G of cells whose latent normal is z."""
        ...

    def latent(self, target_s: np.ndarray, g_s: np.ndarray) -> np.ndarray:
        """Smallest z whose conductance is at least g_s (-inf, inf beyond the ends)."""
        ...

    def partial_moments_s(self, target_s: np.ndarray, low: np.ndarray, high: np.ndarray) -> Moments: ...

    def device_share(self, target_s: np.ndarray) -> np.ndarray:
        """Share of the variance of z that is a constant of the cell."""
        ...


def _density(z: np.ndarray) -> np.ndarray:
    return np.exp(-np.minimum(np.square(z), 1400.0) / 2) / np.sqrt(2 * np.pi)


def _first(z: np.ndarray) -> np.ndarray:
    """z phi(z), 0 at the ends."""
    return np.where(np.isfinite(z), z, 0.0) * _density(z)


def _mass(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """P(low < z < high)."""
    mass: np.ndarray = scipy.special.ndtr(high) - scipy.special.ndtr(low)
    return mass


def _log_mass(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """ln P(low < z < high), precise in both tails; -inf for an empty interval."""
    low, high = np.where(low > 0, -high, low), np.where(low > 0, -low, high)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_below = scipy.special.log_ndtr(high)
        log_mass = log_below + np.log(-np.expm1(scipy.special.log_ndtr(low) - log_below))
    return np.where(high > low, log_mass, -np.inf)


def _ratio(difference: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """difference / scale; where scale is 0: -inf for difference <= 0, else inf."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(scale > 0, difference / scale, np.where(difference > 0, np.inf, -np.inf))


@dataclass(frozen=True)
class NormalSpread:
    """G = max(0, target + sd(target) z)."""

    sd_s: Callable[[np.ndarray], np.ndarray]
    share: float = 0.0

    def conductance_s(self, target_s: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.maximum(target_s + self.sd_s(target_s) * z, 0.0)

    def latent(self, target_s: np.ndarray, g_s: np.ndarray) -> np.ndarray:
        return np.where(g_s > 0, _ratio(g_s - target_s, self.sd_s(target_s)), -np.inf)

    def partial_moments_s(self, target_s: np.ndarray, low: np.ndarray, high: np.ndarray) -> Moments:
        sd = self.sd_s(target_s)
        inside = np.clip(low, _ratio(-target_s, sd), high)  # below: clipped at 0
        mass, density = _mass(inside, high), _density(high) - _density(inside)
        first = target_s * mass - sd * density
        second = (target_s**2 + sd**2) * mass - 2 * target_s * sd * density - sd**2 * (_first(high) - _first(inside))
        return _mass(low, high), first, second

    def device_share(self, target_s: np.ndarray) -> np.ndarray:
        return np.full_like(target_s, self.share)


@dataclass(frozen=True)
class LogNormalSpread:
    """G = target exp(s z), s^2 = cycle_sd^2 + device_sd^2, both functions of the target: the target is the median."""

    cycle_sd: Callable[[np.ndarray], np.ndarray]
    device_sd: Callable[[np.ndarray], np.ndarray]

    def log_sd(self, target_s: np.ndarray) -> np.ndarray:
        """Total sd of ln G, of both parts."""
        return np.hypot(self.cycle_sd(target_s), self.device_sd(target_s))

    def conductance_s(self, target_s: np.ndarray, z: np.ndarray) -> np.ndarray:
        return target_s * np.exp(self.log_sd(target_s) * z)

    def latent(self, target_s: np.ndarray, g_s: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = _ratio(np.log(np.maximum(g_s, 0.0)) - np.log(target_s), self.log_sd(target_s))
        return np.where(g_s <= 0, -np.inf, np.where(target_s > 0, inside, np.inf))

    def partial_moments_s(self, target_s: np.ndarray, low: np.ndarray, high: np.ndarray) -> Moments:
        s = self.log_sd(target_s)

        def moment(k: int) -> np.ndarray:
            return target_s**k * np.exp((k * s) ** 2 / 2) * _mass(low - k * s, high - k * s)

        return moment(0), moment(1), moment(2)

    def device_share(self, target_s: np.ndarray) -> np.ndarray:
        total = self.log_sd(target_s) ** 2
        return np.where(total > 0, self.device_sd(target_s) ** 2 / np.where(total > 0, total, 1.0), 0.0)


@shown
@dataclass(frozen=True)
class StaircaseSpread:
    """G(x) = start + (end - start) (1 - exp(-c x)) / (1 - exp(-c)) at position x = x(target) + sd z on a staircase of
    pulses, 0 <= x <= 1, from `start_s` (x = 0) to `end_s` (x = 1); c = curvature, 0 is a straight line."""

    start_s: float
    end_s: float
    curvature: float
    sd: float
    share: float = 0.0

    def _rise(self, x: np.ndarray) -> np.ndarray:
        """Fraction of the way at position x."""
        if self.curvature < LINEAR_BELOW:
            return x
        return np.expm1(-self.curvature * x) / np.expm1(-self.curvature)

    def position(self, g_s: np.ndarray) -> np.ndarray:
        """x of a conductance [S] within the range."""
        fraction = np.clip((g_s - self.start_s) / (self.end_s - self.start_s), 0.0, 1.0)
        if self.curvature < LINEAR_BELOW:
            return fraction
        return -np.log1p(fraction * np.expm1(-self.curvature)) / self.curvature

    def at_position(self, x: np.ndarray) -> np.ndarray:
        """Conductance [S] at position x; positions beyond the ends are those of the ends."""
        return self.start_s + (self.end_s - self.start_s) * self._rise(np.clip(x, 0.0, 1.0))

    @property
    def _sign(self) -> float:
        return 1.0 if self.end_s > self.start_s else -1.0

    def conductance_s(self, target_s: np.ndarray, z: np.ndarray) -> np.ndarray:
        return self.at_position(self.position(target_s) + self._sign * self.sd * z)

    def latent(self, target_s: np.ndarray, g_s: np.ndarray) -> np.ndarray:
        lowest, highest = min(self.start_s, self.end_s), max(self.start_s, self.end_s)
        step = self._sign * (self.position(g_s) - self.position(target_s))
        inside = _ratio(step, np.full_like(target_s, self.sd))
        return np.where(g_s <= lowest, -np.inf, np.where(g_s > highest, np.inf, inside))

    def partial_moments_s(self, target_s: np.ndarray, low: np.ndarray, high: np.ndarray) -> Moments:
        x, sd, span = self.position(target_s), self.sd, self.end_s - self.start_s
        ends = [_ratio(self._sign * (end - x), np.full_like(x, sd)) for end in (0.0, 1.0)]
        bottom = np.clip(low, np.minimum(*ends), high)
        top = np.clip(np.maximum(*ends), bottom, high)
        at_end = _mass(top, high) if self._sign > 0 else _mass(low, bottom)
        if self.curvature < LINEAR_BELOW:
            mass, density = _mass(bottom, top), _density(top) - _density(bottom)
            step = self._sign * sd
            rise = x * mass - step * density
            square = (x**2 + sd**2) * mass - 2 * x * step * density - sd**2 * (_first(top) - _first(bottom))
        else:
            c, scale = self.curvature, np.expm1(-self.curvature)

            def exponential(k: int) -> np.ndarray:
                shift = self._sign * k * c * sd
                return np.exp(-k * c * x + (k * c * sd) ** 2 / 2 + _log_mass(bottom + shift, top + shift))

            zero, one, two = (exponential(k) for k in range(3))
            rise, square = (one - zero) / scale, (two - 2 * one + zero) / scale**2
        rise, square = rise + at_end, square + at_end
        total = _mass(low, high)
        first = self.start_s * total + span * rise
        second = self.start_s**2 * total + 2 * self.start_s * span * rise + span**2 * square
        return total, first, second

    def device_share(self, target_s: np.ndarray) -> np.ndarray:
        return np.full_like(target_s, self.share)
