"""Which gain g_i a neuron needs so that its decisions have the trained slope beta_i.

A circuit combines its reads to u = s_0 + g s_1 (`Circuit.signals`). With E[s_k] = m_k w.z + o_k, covariance C_kl of
what is fresh from pass to pass and added noise of variance s^2,

    beta(g) = M(g) ||w|| / sqrt(2 V(g)),   M = m_0 + g m_1,   V = C_00 + 2 g C_01 + g^2 C_11 + s^2,

so beta(g) = beta_i is a quadratic equation in g. Where it has no solution the gain that comes nearest is taken.

Equations: docs/physics.md#recovered-beta.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_models.shown import shown

LARGEST_GAIN = 1e4
DETERMINISTIC_BETA = 1e6  # with a larger one noise decides nothing that float32 could tell
SMALLEST_SLOPE = 0.1  # of the second signal, over that of the first, for it to be a product of its own


@shown
@dataclass(frozen=True)
class SignalMoments:
    """What is known, or believed, of the two signals of a layer's neurons, in weight units.

    slope (2, neurons): m_k. covariance (2, 2, neurons): C_kl of the part that is fresh from pass to pass. added
    (neurons): variance added once per decision. norm (neurons): ||w_i||. offset (2, neurons): o_k. residual (2, 2,
    neurons): covariance over inputs of what E[s_k] differs from the line m_k w.z + o_k. frozen (2, 2, neurons):
    covariance of the part of the noise that successive passes share.
    """

    slope: np.ndarray
    covariance: np.ndarray
    added: np.ndarray
    norm: np.ndarray
    offset: np.ndarray | float = 0.0
    residual: np.ndarray | float = 0.0
    frozen: np.ndarray | float = 0.0

    @property
    def has_gain(self) -> bool:
        """Whether the gain changes anything: not for the circuit `none`."""
        return bool(self.slope[1].any() or self.covariance[1, 1].any())

    def repeated(self, times: int) -> SignalMoments:
        """The same for every one of `times` neurons in place of each."""
        parts = (np.asarray(value) for value in vars(self).values())
        return SignalMoments(*(np.repeat(part, times, axis=-1) if part.ndim else part for part in parts))

    def mean_slope(self, gain: np.ndarray) -> np.ndarray:
        """M, (neurons)."""
        result: np.ndarray = self.slope[0] + gain * self.slope[1]
        return result

    def mean_offset(self, gain: np.ndarray) -> np.ndarray:
        """What is added to E[u] whatever the input, (neurons)."""
        offset = np.broadcast_to(self.offset, self.slope.shape)
        result: np.ndarray = offset[0] + gain * offset[1]
        return result

    def variance(self, gain: np.ndarray) -> np.ndarray:
        """V, (neurons)."""
        return variance_of_sum(self.covariance, gain) + self.added

    def beta(self, gain: np.ndarray) -> np.ndarray:
        """M ||w|| / sqrt(2 V); infinite without noise, 0 for zero weights."""
        signal = self.mean_slope(gain) * self.norm
        deviation = np.sqrt(2 * self.variance(gain))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(signal == 0, 0.0, signal / deviation)

    def noiseless(self, gain: np.ndarray) -> np.ndarray:
        """Neurons whose signal does not change from pass to pass, but for rounding errors of this calculation."""
        deviation, signal = np.sqrt(2 * self.variance(gain)), np.abs(self.mean_slope(gain)) * self.norm
        result: np.ndarray = deviation * DETERMINISTIC_BETA <= signal
        return result

    def direction_error(self, gain: np.ndarray) -> np.ndarray:
        """Root mean square over inputs of E[u] less its line, in units of M ||w||: what it adds to t = w.z/||w||."""
        return self._in_t(np.sqrt(np.maximum(variance_of_sum(self._full(self.residual), gain), 0)), gain)

    def offset_in_t(self, gain: np.ndarray) -> np.ndarray:
        """The offset of E[u] in units of M ||w||."""
        return self._in_t(self.mean_offset(gain), gain)

    def frozen_share(self, gain: np.ndarray) -> np.ndarray:
        """Share of the variance of u that successive passes share, (neurons)."""
        frozen = np.maximum(variance_of_sum(self._full(self.frozen), gain), 0)
        total = frozen + self.variance(gain)
        result: np.ndarray = frozen / np.where(total > 0, total, 1)
        return result

    def _full(self, values: np.ndarray | float) -> np.ndarray:
        return np.broadcast_to(values, self.covariance.shape)

    def _in_t(self, values: np.ndarray, gain: np.ndarray) -> np.ndarray:
        scale = np.abs(self.mean_slope(gain)) * self.norm
        return np.where(scale > 0, values / np.where(scale > 0, scale, 1), 0.0)


def variance_of_sum(covariance: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Variance of s_0 + g s_1."""
    result: np.ndarray = covariance[0, 0] + 2 * gain * covariance[0, 1] + gain**2 * covariance[1, 1]
    return result


def solve_gain(moments: SignalMoments, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gains (neurons) that realise `beta` (neurons), and whether each is within reach of the circuit. A beta may be
    below 0, at a position whose channel has others: few circuits reach it.

    Without any noise no gain helps: it is 0 then, which leaves the programmed weights as they are.
    """
    if not moments.has_gain:
        native = moments.beta(np.zeros_like(beta))
        return np.zeros_like(beta), np.isclose(native, beta, rtol=1e-6) | (moments.norm == 0)
    (m0, m1), v0 = moments.slope, moments.variance(np.zeros_like(beta))
    v01, v11 = moments.covariance[0, 1], moments.covariance[1, 1]
    # (m0 + g m1)^2 n = v0 + 2 g v01 + g^2 v11, with n = ||w||^2 / (2 beta^2)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        n = moments.norm**2 / (2 * beta**2)
        a, b, c = m1**2 * n - v11, 2 * (m0 * m1 * n - v01), m0**2 * n - v0
        root = np.sqrt(np.maximum(b**2 - 4 * a * c, 0))
        roots = np.stack([(-b + root) / (2 * a), (-b - root) / (2 * a), -c / b])
    candidates = np.vstack([_allowed(moments, roots), _extremes(moments)])
    return _choose(moments, beta, candidates)


def reach(moments: SignalMoments) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest beta that some gain gives, (neurons); the former not below 0."""
    if not moments.has_gain:
        native = moments.beta(np.zeros(moments.slope.shape[1]))
        return native, native
    betas = np.nan_to_num(np.stack([moments.beta(gain) for gain in _extremes(moments)]), posinf=np.inf)
    return np.maximum(betas.min(axis=0), 0.0), betas.max(axis=0)


def _extremes(moments: SignalMoments) -> np.ndarray:
    """Gains among which beta is largest and least, (candidates, neurons): where M^2/V is largest, and the ends."""
    (m0, m1), v0 = moments.slope, moments.variance(np.zeros_like(moments.norm))
    v01, v11 = moments.covariance[0, 1], moments.covariance[1, 1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        best = (m0 * v01 - m1 * v0) / (m1 * v01 - m0 * v11)
    ends = np.stack([np.zeros_like(m0), np.full_like(m0, LARGEST_GAIN)])
    return _allowed(moments, np.vstack([best[None], ends]))


def _allowed(moments: SignalMoments, gain: np.ndarray) -> np.ndarray:
    """Gains within their limits: not below -1 and not below -m0/m1, at which a computed or averaged product cancels
    the first signal, whichever is lower."""
    m0, m1 = moments.slope
    with np.errstate(divide="ignore", invalid="ignore"):
        cancels = np.where(m1 > SMALLEST_SLOPE * m0, -m0 / m1, -1.0)
    result: np.ndarray = np.clip(np.nan_to_num(gain), np.minimum(-1.0, cancels), LARGEST_GAIN)
    return result


def _choose(moments: SignalMoments, beta: np.ndarray, candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the candidate gains (candidates, neurons) the one whose beta comes nearest; ties go to the largest gain."""
    reached = np.stack([moments.beta(gain) for gain in candidates])
    error = np.abs(np.nan_to_num(reached, posinf=1e30, neginf=-1e30) - beta)
    best, size = error.min(axis=0), 1 + np.abs(beta)
    gain = np.where(error <= best + 1e-12 * size, candidates, -np.inf).max(axis=0)
    silent = moments.norm == 0  # no weights: any gain fires alike
    noiseless = np.stack([moments.variance(g) for g in candidates]).max(axis=0) == 0
    return np.where(silent | noiseless, 0.0, gain), ((best <= 1e-6 * size) & ~noiseless) | silent
