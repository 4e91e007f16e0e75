"""The Ornstein-Uhlenbeck process: a normal that forgets exponentially, exact for any time step.

x' = rho x + sqrt(1 - rho^2) n with rho = exp(-dt / tau): variance 1 when stationary, autocorrelation rho.
"""

from __future__ import annotations

import numpy as np


def step(state: np.ndarray, dt_s: float, tau_s: float, normals: np.ndarray) -> np.ndarray:
    """States after `dt_s` (tau_s 0: without memory); `normals`: fresh standard normals of the state's shape. The
    reference of all readers; single precision stays single."""
    ratio = dt_s / tau_s if tau_s > 0 else np.inf
    return float(np.exp(-ratio)) * state + float(np.sqrt(-np.expm1(-2 * ratio))) * normals


def grown_variance(age_s: float, tau_s: float | np.ndarray) -> np.ndarray:
    """Variance of a state that was 0 `age_s` ago."""
    return -np.expm1(-2 * age_s / np.asarray(tau_s))


def kick_and_loss(dt_s: float | np.ndarray, tau_s: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """sqrt(1 - rho^2) and 1 - rho, exact however small: a step is x += kick n - loss x."""
    tau_s = np.asarray(tau_s, np.float64)
    ratio = np.where(tau_s > 0, dt_s / np.where(tau_s > 0, tau_s, 1.0), np.inf)
    return np.sqrt(-np.expm1(-2 * ratio)), -np.expm1(-ratio)


def spectrum(variance: np.ndarray, tau_s: np.ndarray, frequency_hz: np.ndarray) -> np.ndarray:
    """One-sided density per Hz, mean over the last axis of processes: 4 v tau / (1 + (2 pi f tau)^2)."""
    density = 4 * variance * tau_s / (1 + (2 * np.pi * frequency_hz[:, None] * tau_s) ** 2)
    mean: np.ndarray = density.mean(axis=-1)
    return mean


def sampled_spectrum(
    variance: np.ndarray, tau_s: np.ndarray, frequency_hz: np.ndarray, interval_s: float
) -> np.ndarray:
    """The same of processes read every interval_s: what lies above half the sampling rate is folded back."""
    rho, turn = np.exp(-interval_s / tau_s), np.cos(2 * np.pi * frequency_hz * interval_s)[:, None]
    density = 2 * interval_s * variance * -np.expm1(-2 * interval_s / tau_s) / (1 - 2 * rho * turn + rho**2)
    mean: np.ndarray = density.mean(axis=-1)
    return mean
