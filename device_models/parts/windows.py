"""Means over a read window of what forgets exponentially: correlation exp(-|t - s| / tau), the variance is taken for 1.

A window averages over T. The mean of it has the variance a, and with that of a window which starts D >= T later the
covariance c,

    a = (2/x) [1 - (1 - e^-x) / x],     c = (2/x)^2 sinh^2(x/2) e^(-D/tau),     x = T/tau:

c is not a e^(-D/tau), and for windows side by side the difference of two means has much less variance than that would
give: a - c is (D - T/3) / tau for slow processes.

A trajectory of an Ornstein-Uhlenbeck process moves from window to window by its state x at their starts. With
x' = rho x + kick n at the start of the next window, D later, the mean m of this window is jointly normal with n, given
x, so that

    m = p x + q n + rest,     p = (1 - e^-x) / x,     q = (1 - e^-x)^2 / x  e^(x - D/tau) / kick.

The rest is normal, of variance a - p^2 - q^2. The process is Markov: given the states at the two starts, what it does
between them has nothing to do with anything before or after. So the rest is noise that no other window shares, and one
draw per process and window is exact, whatever the distances of windows.

Equations: docs/physics.md#window-averages.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from device_models.parts.ornstein_uhlenbeck import kick_and_loss

SMALL = 1e-3  # of windows over tau: the closed form loses digits


class WindowStep(NamedTuple):
    """One window and the step to the next, in units of the process's sd: x += kick n - loss x, and the window's mean is
    from_state x + from_kick n + a fresh normal of variance `rest`."""

    kick: np.ndarray
    loss: np.ndarray
    from_state: np.ndarray
    from_kick: np.ndarray
    rest: np.ndarray


def window_step(tau_s: np.ndarray, window_s: float | np.ndarray, step_s: float | np.ndarray) -> WindowStep:
    """Of processes tau_s, from the start of a window to that of the next, step_s >= window_s later; a window of 0 sees
    the state itself."""
    tau_s = np.asarray(tau_s, np.float64)
    kick, loss = kick_and_loss(step_s, tau_s)
    start, x = start_share(tau_s, window_s), window_s / tau_s
    from_kick = x * start**2 * np.exp(x - step_s / tau_s) / np.where(kick > 0, kick, 1.0)
    rest = window_attenuation(tau_s, window_s) - start**2 - from_kick**2
    return WindowStep(kick, loss, start, from_kick, np.maximum(rest, 0.0))


def start_share(tau_s: np.ndarray, window_s: float | np.ndarray) -> np.ndarray:
    """Share of the state at its start in the expected mean of a window, (1 - e^-x) / x."""
    x = np.maximum(window_s / np.asarray(tau_s, np.float64), np.finfo(float).tiny)
    share: np.ndarray = -np.expm1(-x) / x
    return share


def window_attenuation(tau_s: np.ndarray, window_s: float | np.ndarray) -> np.ndarray:
    """a, the variance of a window mean."""
    x = window_s / np.asarray(tau_s, np.float64)
    large = np.maximum(x, SMALL)
    return np.where(x < SMALL, 1 - x / 3 + x**2 / 12, 2 / large * (1 + np.expm1(-large) / large))


def window_covariance(tau_s: np.ndarray, window_s: float, lag_s: float | np.ndarray) -> np.ndarray:
    """c, the covariance of two window means whose starts are lag_s >= window_s apart, written so that it cannot
    overflow."""
    tau_s = np.asarray(tau_s, np.float64)
    covariance: np.ndarray = start_share(tau_s, window_s) ** 2 * np.exp((window_s - lag_s) / tau_s)
    return covariance


def window_spread(tau_s: np.ndarray, window_s: float) -> np.ndarray:
    """The variance of a window mean given the state at the window's start, a - p^2, exact however slow the process."""
    x = window_s / np.asarray(tau_s, np.float64)
    lost_share = 1 - start_share(tau_s, window_s)
    lost_share = np.where(x < SMALL, x / 2 - x**2 / 6 + x**3 / 24, lost_share)
    spread: np.ndarray = lost_share * (2 - lost_share) - _averaged_out(x)
    return spread


def window_change(tau_s: np.ndarray, window_s: float, lag_s: float) -> np.ndarray:
    """a - c, half the mean squared change of window means whose starts are lag_s >= window_s apart (0: none), exact
    however slow the process."""
    tau_s = np.asarray(tau_s, np.float64)
    if lag_s == 0:
        return np.zeros_like(tau_s)
    x, kept = window_s / tau_s, np.exp(-lag_s / tau_s)
    gained = np.where(x < SMALL, (x**2 / 12 + x**4 / 360) * kept, window_covariance(tau_s, window_s, lag_s) - kept)
    change: np.ndarray = -np.expm1(-lag_s / tau_s) - _averaged_out(x) - gained
    return change


def _averaged_out(x: np.ndarray) -> np.ndarray:
    """1 - a."""
    large = np.maximum(x, SMALL)
    return np.where(x < SMALL, x / 3 - x**2 / 12 + x**3 / 60, 1 - 2 / large * (1 + np.expm1(-large) / large))
