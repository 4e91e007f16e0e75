"""Exact likelihood of a trace whose noise is normal: white, 1/f^gamma or a random walk, around levels and trends.

Noise is white noise plus Ornstein-Uhlenbeck terms (`power_law`; a random walk is one term slower than the trace), so
the likelihood takes O(samples) at any times (celerite2; Foreman-Mackey et al. 2017, doi:10.3847/1538-3881/aa9332).
Levels and slopes are those of generalised least squares. Times in intervals, conductances in sd of the trace; `pivot`
is the frequency where the density of slow noise is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from device_models.fit.one_cell.power_law import BEYOND, FLATTEST, STEEPEST, band, ladder

Slow = Literal["", "flicker", "random walk"]
RATIO = 12.0  # ln of the largest ratio of slow to white density at the pivot
STEP = 1e-3


@dataclass(frozen=True)
class Colour:
    """Which noise: slow, with or without white. Its shape is `free` numbers: the exponent of flicker, and ln of slow
    over white density at the pivot where it has both."""

    slow: Slow
    white: bool

    @property
    def kinds(self) -> tuple[str, ...]:
        return (*([self.slow] if self.slow else []), *(["white"] if self.white else []))

    @property
    def free(self) -> int:
        return int(self.slow == "flicker") + int(bool(self.slow) and self.white)

    @property
    def bounds(self) -> list[tuple[float, float]]:
        exponent = [(FLATTEST, STEEPEST)] if self.slow == "flicker" else []
        return exponent + ([(-RATIO, RATIO)] if self.slow and self.white else [])


WHITE = Colour("", True)


@dataclass(frozen=True)
class NoiseLaw:
    """Slow density P f^-exponent and white variance; in squared sd of the trace, per 1/interval."""

    density: float
    exponent: float
    white: float
    slow: Slow

    def terms(self, samples: int) -> tuple[np.ndarray, np.ndarray]:
        """Correlation times and variances of the slow part."""
        if self.slow == "flicker":
            rungs = ladder(samples)
            return rungs.tau, self.density * rungs.variances(self.exponent)
        if self.slow == "random walk":
            tau = np.array([BEYOND * samples])
            return tau, self.density * np.pi**2 * tau
        return np.zeros(0), np.zeros(0)

    def spectrum_at(self, frequency: float) -> float:
        """Density of the slow part alone, at a frequency far below half the sampling rate."""
        return self.density * frequency**-self.exponent if self.slow else 1.0

    def spectrum(self, frequency: np.ndarray) -> np.ndarray:
        """One-sided; a random walk is folded."""
        white = np.full(len(frequency), 2 * self.white)
        if self.slow == "random walk":
            return white + self.density * (np.pi / np.sin(np.pi * frequency)) ** 2
        return white + self.density * frequency**-self.exponent if self.slow else white

    def variance(self, samples: int) -> float:
        """Of a trace so long, about its mean: between the frequencies that it shows."""
        return self.white + (self.density * band(self.exponent, 1 / samples, 0.5) if self.slow else 0.0)


def noise_law(colour: Colour, shape: np.ndarray, pivot: float, scale: float = 1.0) -> NoiseLaw:
    """`scale` times: slow density 1 at the pivot, or white noise of variance 1 alone."""
    if not colour.slow:
        return NoiseLaw(0.0, 0.0, scale, "")
    exponent = float(shape[0]) if colour.slow == "flicker" else 2.0
    white = float(np.exp(-shape[-1])) / 2 if colour.white else 0.0
    return NoiseLaw(scale * pivot**exponent, exponent, scale * white, colour.slow)


def pivot_of(samples: int) -> float:
    """In the middle of the decades that a trace shows."""
    return float(np.sqrt(0.5 / samples))


@dataclass(frozen=True)
class Fitted:
    """Noise, columns' coefficients with their covariance, and standard normal scores of every sample's prediction."""

    colour: Colour
    shape: np.ndarray
    noise: NoiseLaw
    coefficients: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    scores: np.ndarray


Search = Literal["long", "exact", "spectrum", "none"]
LONG = 30_000


def fit_noise(
    time: np.ndarray,
    y: np.ndarray,
    columns: np.ndarray,
    colour: Colour,
    start: np.ndarray | None = None,
    *,
    search: Search = "exact",
) -> Fitted:
    """Largest likelihood of y (n) = columns (n, c) times coefficients + noise.

    search: for the noise's shape by this likelihood, or by that of the spectrum of what ordinary least squares leave,
    which is quick and next to as good; or none, at the shape `start`. Of more than LONG samples `exact` takes the
    spectrum too, and only `long` the likelihood.
    """
    if search == "none" or not colour.free:
        return _fitted(time, y, columns, colour, np.zeros(0) if start is None else start)
    shape, spread = spectral_shape(y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0], colour)
    if search == "long" or (search == "exact" and len(y) <= LONG):
        shape = _best_shape(time, y, columns, colour, shape, spread)
    return _fitted(time, y, columns, colour, shape)


def _best_shape(
    time: np.ndarray, y: np.ndarray, columns: np.ndarray, colour: Colour, start: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Search in units of `spread` around `start`, in which the likelihood is round."""
    from scipy.optimize import minimize

    low, high = np.array(colour.bounds).T

    def loss(u: np.ndarray) -> float:
        shape = start + spread @ u
        inside = np.clip(shape, low, high)
        return -concentrated(time, y, columns, colour, inside)[0] + float(np.sum(((shape - inside) / STEP) ** 2))

    found = minimize(
        loss, np.zeros(len(start)), method="L-BFGS-B",
        options={"eps": 0.02, "ftol": 0.01 / len(y), "gtol": 0.1, "maxfun": 80},
    )  # fmt: skip
    return np.clip(start + spread @ found.x, low, high)


def concentrated(
    time: np.ndarray, y: np.ndarray, columns: np.ndarray, colour: Colour, shape: np.ndarray
) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Log-likelihood at the best scale and coefficients, that scale, whitened (y, columns), coefficients."""
    n = len(y)
    law = noise_law(colour, shape, pivot_of(n))
    white, log_det = whitened(time, np.column_stack([y, columns]), law)
    coefficients = np.linalg.lstsq(white[:, 1:], white[:, 0], rcond=None)[0]
    residual = white[:, 0] - white[:, 1:] @ coefficients
    scale = float(residual @ residual) / n
    if not (np.isfinite(log_det) and scale > 0):
        return -1e12, 1.0, white, coefficients
    return -0.5 * (n * (np.log(2 * np.pi * scale) + 1) + log_det), scale, white, coefficients


def _fitted(time: np.ndarray, y: np.ndarray, columns: np.ndarray, colour: Colour, shape: np.ndarray) -> Fitted:
    value, scale, white, coefficients = concentrated(time, y, columns, colour, shape)
    residual = white[:, 0] - white[:, 1:] @ coefficients
    return Fitted(
        colour=colour,
        shape=shape,
        noise=noise_law(colour, shape, pivot_of(len(y)), scale),
        coefficients=coefficients,
        covariance=scale * np.linalg.pinv(white[:, 1:].T @ white[:, 1:]),
        log_likelihood=value,
        scores=residual / np.sqrt(scale),
    )


class Covariance:
    """Of noise at given times: factored once, which is most of the cost."""

    def __init__(self, time: np.ndarray, law: NoiseLaw) -> None:
        from celerite2 import driver

        self._time, self._white = time, law.white
        tau, variances = law.terms(len(time))
        self._rates, self.proper = 1 / tau, True
        if not len(tau):
            self.log_det = float(len(time) * np.log(law.white))
            return
        self._left, right, diagonal = _terms(len(time), variances, law.white)
        try:
            self._d, self._w = driver.factor(time, self._rates, diagonal, self._left, right, diagonal, right)
            self.log_det = float(np.log(self._d).sum())
        except driver.LinAlgError:
            self.proper, self.log_det = False, float("inf")

    def whitened(self, columns: np.ndarray) -> np.ndarray:
        """Columns as independent variables of variance 1; as they are where this is no covariance."""
        from celerite2 import driver

        if not len(self._rates):
            return np.asarray(columns / np.sqrt(self._white))
        columns = np.array(columns, dtype=float, order="C")
        if not self.proper:
            return columns
        solved = driver.solve_lower(self._time, self._rates, self._left, self._w, columns, columns)
        return np.asarray(solved / np.sqrt(self._d)[:, None])

    def weights(self, residual: np.ndarray) -> np.ndarray:
        """The inverse of the covariance times a residual."""
        from celerite2 import driver

        if not len(self._rates):
            return np.asarray(residual / self._white)
        z, out = np.array(residual[:, None], dtype=float, order="C"), np.empty((len(residual), 1))
        z = driver.solve_lower(self._time, self._rates, self._left, self._w, z, z) / self._d[:, None]
        return np.asarray(driver.solve_upper(self._time, self._rates, self._left, self._w, z, out)[:, 0])


def whitened(time: np.ndarray, columns: np.ndarray, law: NoiseLaw) -> tuple[np.ndarray, float]:
    """Columns as independent variables of variance 1, and ln det of the covariance; infinite where it is none."""
    covariance = Covariance(time, law)
    return covariance.whitened(columns), covariance.log_det


def slow_mean(time: np.ndarray, residual: np.ndarray, law: NoiseLaw) -> np.ndarray:
    """Conditional mean of the slow noise of longer correlation than two intervals, given white + slow noise."""
    from celerite2 import driver

    n = len(time)
    tau, variances = law.terms(n)
    slow = tau > 2
    if not slow.any():
        return np.zeros(n)
    known = Covariance(time, law).weights(residual)[:, None]
    left, right, _ = _terms(n, variances[slow], 0.0)
    mean = variances[slow].sum() * known
    mean += driver.matmul_lower(time, 1 / tau[slow], left, right, known, np.zeros((n, 1)))
    mean += driver.matmul_upper(time, 1 / tau[slow], left, right, known, np.zeros((n, 1)))
    return np.asarray(mean[:, 0])


def _terms(n: int, variances: np.ndarray, white: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """celerite2's U, V and diagonal of real terms."""
    left = np.ascontiguousarray(np.broadcast_to(variances, (n, len(variances))))
    return left, np.ones((n, len(variances))), np.full(n, white + variances.sum())


def spectral_shape(residual: np.ndarray, colour: Colour) -> tuple[np.ndarray, np.ndarray]:
    """Of largest Whittle likelihood of the tapered, binned periodogram, and a root of its covariance."""
    from scipy.optimize import minimize

    frequency, density, counts = binned_periodogram(residual)
    pivot = pivot_of(len(residual))
    axes = [np.linspace(0.3, 1.95, 12)] if colour.slow == "flicker" else []
    axes += [np.linspace(-8, 8, 17)] if colour.white else []
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*axes)], axis=-1)

    def loss(shape: np.ndarray) -> float:
        law = noise_law(colour, shape, pivot).spectrum(frequency)
        scale = float((counts * density / law).sum() / counts.sum())
        return float(counts @ np.log(scale * law))

    found = minimize(loss, min(grid, key=loss), method="Nelder-Mead", bounds=colour.bounds, options={"xatol": 0.01}).x
    curves = np.array([[_curve(loss, found, a, b) for b in range(len(found))] for a in range(len(found))])
    values, vectors = np.linalg.eigh(curves)
    return found, np.asarray(vectors / np.sqrt(np.maximum(values, 1.0)))


def _curve(loss: Callable[[np.ndarray], float], at: np.ndarray, a: int, b: int) -> float:
    step_a, step_b = (np.where(np.arange(len(at)) == k, 0.05, 0.0) for k in (a, b))
    corners = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    return sum(i * j * loss(at + i * step_a + j * step_b) for i, j in corners) / (4 * 0.05**2)


def binned_periodogram(y: np.ndarray, per_decade: int = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of Hann-tapered y: mean frequency, one-sided density and number of ordinates in bins of equal ln f."""
    n = len(y)
    taper = np.hanning(n + 2)[1:-1]
    power = 2 * np.abs(np.fft.rfft(taper * (y - y.mean()))) ** 2 / (taper @ taper)
    frequency = np.arange(len(power)) / n
    power, frequency = power[2 : (n + 1) // 2], frequency[2 : (n + 1) // 2]
    index = np.floor(per_decade * np.log10(frequency / frequency[0])).astype(int)
    _, index = np.unique(index, return_inverse=True)
    counts = np.bincount(index).astype(float)
    return np.bincount(index, frequency) / counts, np.bincount(index, power) / counts, counts


def noise_covariance(time: np.ndarray, y: np.ndarray, columns: np.ndarray, fit: Fitted) -> np.ndarray:
    """Of ln slow density at the pivot, exponent, ln white variance (3, 3), from the information matrix with the
    coefficients at their best; 0 for what the noise has not, NaN where the likelihood has no peak."""
    n, colour, law = len(y), fit.colour, fit.noise
    pivot = pivot_of(n)
    here = [bool(colour.slow), colour.slow == "flicker", colour.white]
    at = np.array([np.log(law.spectrum_at(pivot)), law.exponent, np.log(law.white) if law.white else 0.0])
    places = np.flatnonzero(here)

    def value(shift: np.ndarray) -> float:
        log_density, exponent, log_white = at + shift
        moved = NoiseLaw(
            float(np.exp(log_density)) * pivot**exponent if colour.slow else 0.0,
            float(exponent), float(np.exp(log_white)) if colour.white else 0.0, colour.slow,
        )  # fmt: skip
        white, log_det = whitened(time, np.column_stack([y, columns]), moved)
        residual = white[:, 0] - white[:, 1:] @ np.linalg.lstsq(white[:, 1:], white[:, 0], rcond=None)[0]
        return -0.5 * (log_det + float(residual @ residual))

    steps = np.eye(3) * np.where(np.array(here), np.array([0.02, 0.01, 0.02]), 0.0)
    size, middle = len(places), value(np.zeros(3))
    information = np.zeros((size, size))
    for i, a in enumerate(places):
        for j, b in enumerate(places[: i + 1]):
            if i == j:
                curve = value(steps[a]) - 2 * middle + value(-steps[a])
            else:
                curve = (
                    value(steps[a] + steps[b]) - value(steps[a] - steps[b])
                    - value(steps[b] - steps[a]) + value(-steps[a] - steps[b])
                ) / 4  # fmt: skip
            information[i, j] = information[j, i] = -curve / (steps[a, a] * steps[b, b])
    covariance = np.zeros((3, 3))
    proper = bool(np.all(np.isfinite(information))) and np.linalg.eigvalsh(information)[0] > 0
    covariance[np.ix_(places, places)] = np.linalg.inv(information) if proper else np.nan
    return covariance
