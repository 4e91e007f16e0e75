"""Which gain g_i a neuron needs so that its decisions have the trained slope beta_i.

With u = sum_k c_k r_k, c = start + g slope, E[r_k] = m_k w.z, Cov[r_k, r_l] = C_kl and added noise of variance s^2,

    beta(g) = M(g) ||w|| / sqrt(2 V(g)),   M = c.m,   V = c^T C c + s^2,

so beta(g) = beta_i is a quadratic equation in g. Where it has no solution the gain that comes nearest is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.neuron.circuits import Circuit

LARGEST_GAIN = 1e4


@dataclass(frozen=True)
class ReadMoments:
    """What calibration believes of the operands of a layer's neurons.

    slope (operands, neurons): m_k. covariance (operands, operands, neurons): C_kl of the part that is fresh from pass
    to pass. added (neurons): variance added once per decision. norm (neurons): ||w_i||. offset (operands,
    neurons): what is added to E[r_k] whatever the input. All in weight units.
    """

    slope: np.ndarray
    covariance: np.ndarray
    added: np.ndarray
    norm: np.ndarray
    offset: np.ndarray | float = 0.0

    def mean_offset(self, coefficients: np.ndarray) -> np.ndarray:
        """What is added to E[u] whatever the input, (neurons)."""
        result: np.ndarray = (coefficients * self.offset).sum(axis=0)
        return result

    def repeated(self, positions: int) -> ReadMoments:
        """The same for every one of `positions` positions of each neuron."""
        parts = (self.slope, self.covariance, self.added, self.norm, np.asarray(self.offset))
        return ReadMoments(*(np.repeat(values, positions, axis=-1) if values.ndim else values for values in parts))

    def mean_slope(self, coefficients: np.ndarray) -> np.ndarray:
        """M = c.m, (neurons)."""
        result: np.ndarray = (coefficients * self.slope).sum(axis=0)
        return result

    def variance(self, coefficients: np.ndarray) -> np.ndarray:
        """V = c^T C c + s^2, (neurons)."""
        return np.einsum("kn,kln,ln->n", coefficients, self.covariance, coefficients) + self.added

    def beta(self, coefficients: np.ndarray) -> np.ndarray:
        """M ||w|| / sqrt(2 V); infinite without noise, 0 for zero weights."""
        signal = self.mean_slope(coefficients) * self.norm
        deviation = np.sqrt(2 * self.variance(coefficients))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(signal == 0, 0.0, signal / deviation)


def solve_gain(circuit: Circuit, moments: ReadMoments, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gains (neurons) that realise `beta` (neurons, >= 0), and whether each is within reach of the circuit.

    Without any noise no gain helps: it is 0 then, which leaves the programmed weights as they are.
    """
    if not any(circuit.slope):
        native = moments.beta(circuit.coefficients(np.zeros_like(beta)))
        return np.zeros_like(beta), np.isclose(native, beta, rtol=1e-6) | (moments.norm == 0)
    start = circuit.coefficients(np.zeros_like(beta))
    slope = np.repeat(np.asarray(circuit.slope)[:, None], len(beta), axis=1)
    m0, m1 = moments.mean_slope(start), moments.mean_slope(slope)
    v0 = moments.variance(start)
    v11 = moments.variance(slope) - moments.added
    v01 = np.einsum("kn,kln,ln->n", start, moments.covariance, slope)
    # (m0 + g m1)^2 n = v0 + 2 g v01 + g^2 v11, with n = ||w||^2 / (2 beta^2)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        n = moments.norm**2 / (2 * beta**2)
        a, b, c = m1**2 * n - v11, 2 * (m0 * m1 * n - v01), m0**2 * n - v0
        root = np.sqrt(np.maximum(b**2 - 4 * a * c, 0))
        roots = np.stack([(-b + root) / (2 * a), (-b - root) / (2 * a), -c / b])
        nearest = (m0 * v01 - m1 * v0) / (m1 * v01 - m0 * v11)  # where M^2 / V is largest
    ends = np.stack([np.zeros_like(beta), np.full_like(beta, LARGEST_GAIN)])
    candidates = np.clip(np.nan_to_num(np.vstack([roots, nearest[None], ends])), -1, LARGEST_GAIN)
    return _choose(circuit, moments, beta, candidates)


def _choose(
    circuit: Circuit, moments: ReadMoments, beta: np.ndarray, candidates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of the candidate gains (candidates, neurons) the one whose beta comes nearest; ties go to the largest gain."""
    reached = np.stack([moments.beta(circuit.coefficients(gain)) for gain in candidates])
    error = np.abs(np.nan_to_num(reached, posinf=1e30, neginf=-1e30) - beta)
    best = error.min(axis=0)
    gain = np.where(error <= best + 1e-12 * (1 + beta), candidates, -np.inf).max(axis=0)
    silent = moments.norm == 0  # no weights: any gain fires alike
    noiseless = np.stack([moments.variance(circuit.coefficients(g)) for g in candidates]).max(axis=0) == 0
    return np.where(silent | noiseless, 0.0, gain), ((best <= 1e-6 * (1 + beta)) & ~noiseless) | silent
