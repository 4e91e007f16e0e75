"""Temperature: what is known to depend on it, and how. Numbers of presets are those at 300 K."""

from __future__ import annotations

import numpy as np

from device_models.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C

REFERENCE_K = 300.0
LARGEST_EXPONENT = 60.0  # e^60 times slower is never, faster at once; times stay within single precision


def arrhenius(activation_energy_ev: float, temperature_k: float) -> float:
    """Factor on a time constant that was given at 300 K: exp[E_a / k (1/T - 1/300 K)]."""
    exponent = activation_energy_ev * ELEMENTARY_CHARGE_C / BOLTZMANN_J_PER_K * (1 / temperature_k - 1 / REFERENCE_K)
    return float(np.exp(np.clip(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT)))
