"""How much noise a trained network needs: P(z = +1) = 1/2 [1 + erf(beta w.z/||w|| + c)] is that of synapses whose xi
has sd/mean = 1/(sqrt(2) |beta|)."""

from __future__ import annotations

import numpy as np

SMALLEST_BETA = 1e-6


def needed_fluctuation(beta: np.ndarray) -> np.ndarray:
    """sd/mean that the synapses of neurons with these betas need; cells that fluctuate by so much give them by
    themselves."""
    return 1 / (np.sqrt(2) * np.maximum(np.abs(beta), SMALLEST_BETA))


def native_beta(fluctuation: float) -> float:
    """Of neurons whose synapses have this sd/mean: the inverse of `needed_fluctuation`."""
    return float(1 / (np.sqrt(2) * fluctuation))
