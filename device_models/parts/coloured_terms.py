"""Terms of slow noise whose spectrum S(f) = A^2 / 1 Hz (f / 1 Hz)^-gamma falls less or more steeply than 1/f.

With a = gamma - 1, and times in seconds: Ornstein-Uhlenbeck terms of variance c A^2 tau^a for each e-fold of tau have
this spectrum, as

    int 4 c tau^gamma / (1 + (2 pi f tau)^2) dtau / tau = f^-gamma,     c = (2 pi)^a cos(pi a / 2).

Terms that began at 0 a time b ago, the fastest at tau_1, have the variance c [(2 b)^a Gamma(1 - a) - tau_1^a] A^2 / a.
It is that of the spectrum from 1/t to 1/(2 t_r), [t^a - (2 t_r)^a] A^2 / a, at every age t, where

    b = t / (4 pi) [cos(pi a / 2) Gamma(1 - a)]^(-1/a),     tau_1 = (t_r / pi) cos(pi a / 2)^(-1/a);

for a -> 0 these are t / (4 pi e^0.577) and t_r / pi of 1/f noise (see `flicker`). Near gamma = 2, tau_1 would grow
without limit, for the fast terms are next to nothing there: it ends at FARTHEST t_r / pi. A lattice of width w counts
(a w / 2) / sinh(a w / 2) of what it has above or below an edge; that is in tau_1, too.

Steep spectra come from the slowest terms, however slow. What those beyond `slowest_s` would add at times far shorter
than they are, a random walk, is put on the slowest one for gamma > 1: its variance over tau grows by theirs,
c slowest_s^(a - 1) / (1 - a), which for gamma = 2 is all there is.

Equations: docs/physics.md#flicker-noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy  # scipy.special is loaded where it is first used: it takes 0.2 s

from device_models.parts.flicker_trajectory import FlickerTerms
from device_models.parts.ornstein_uhlenbeck import grown_variance
from device_models.parts.windows import start_share, window_change, window_spread
from device_models.shown import shown

FARTHEST = 10.0


def fastest_share(exponent: float, terms_per_decade: float) -> float:
    """tau_1 over t_r / pi for the spectral exponent gamma, not 1."""
    a = exponent - 1
    counted = _of_lattice(a, np.log(10) / terms_per_decade) * np.cos(np.pi * a / 2)
    return float(np.exp(min(-np.log(counted) / a, np.log(FARTHEST))))


def begun_share(exponent: float) -> float:
    """b / t, the share of the age since which terms grow, for the spectral exponent gamma, not 1."""
    a = exponent - 1
    product = np.pi / 2 * np.sinc((1 - a) / 2) * scipy.special.gamma(2 - a)  # cos(pi a / 2) Gamma(1 - a)
    return float(product ** (-1 / a) / (4 * np.pi))


def variances(exponent: float, tau_s: np.ndarray, width: float, slowest_s: float) -> np.ndarray:
    """Of terms on a lattice `width` in ln tau that ends at slowest_s, in units of A^2, (terms)."""
    a = exponent - 1
    scale = (2 * np.pi) ** a * np.cos(np.pi * a / 2)
    variance: np.ndarray = width * scale * tau_s**a
    if a > 0:
        per_tau = (2 * np.pi) ** a * np.pi / 2 * np.sinc((1 - a) / 2) * slowest_s ** (a - 1)
        variance[-1] += _of_lattice(1 - a, width) * per_tau * tau_s[-1]
    return variance


def _of_lattice(slope: float, width: float) -> float:
    """Sum over a lattice times its width, over the integral, of e^(slope x) up to the edge of a cell."""
    half = slope * width / 2
    return float(half / np.sinh(half)) if half else 1.0


@shown
@dataclass(frozen=True)
class ColouredTerms(FlickerTerms):
    """FlickerTerms of a spectral exponent that is not 1. Terms of 1e9 A^2 may change by 1e-15 of that from read to
    read: everything is computed from changes. settled_s: the age whose variance `covariance` has, at any age, with the
    changes of reads long after programming (None: the age's own).
    """

    exponent: float = 1.0
    settled_s: float | None = None

    def grown(self, age_s: float) -> np.ndarray:
        return grown_variance(begun_share(self.exponent) * age_s, self.tau_s)

    def covariance(self, age_s: float, lag_s: float) -> float:
        if self.settled_s is not None:
            return replace(self, settled_s=None).accumulated(self.settled_s) - self.fresh(lag_s)
        grown, share = self.grown(age_s), start_share(self.tau_s, self.window_s) ** 2
        if lag_s == 0:
            return float((self.variance * (window_spread(self.tau_s, self.window_s) + grown * share)).sum())
        of_window = -np.expm1(-self.window_s / self.tau_s) * np.exp((self.window_s - lag_s) / self.tau_s)
        return float((self.variance * share * (of_window + grown * np.exp(-lag_s / self.tau_s))).sum())

    def fresh(self, interval_s: float) -> float:
        return float((self.variance * window_change(self.tau_s, self.window_s, interval_s)).sum())

    def settled(self, age_s: float) -> ColouredTerms:
        return replace(self, settled_s=age_s)
