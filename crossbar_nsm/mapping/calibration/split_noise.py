"""How far the fresh noise of a circuit's reads is off where `read.slow_noise` is split.

The split keeps the variance of a read and that of the difference of successive reads. Reads that are further apart
differ by more in time; as the split draws them, they do not.

Equations: docs/physics.md#splitting-slow-noise.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.mapping.calibration.exact_moments import Arrays, operand_covariances
from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.gain import variance_of_sum
from device_models.warning import warn

MOST_RATIO = 1.25  # of variances: 12 % of beta


def split_over_exact(circuit: Circuit, arrays: Arrays, positions: int, gain: np.ndarray) -> float:
    """Fresh variance of the signals as reads draw it over that of the laws in time, median over neurons; gain
    (channels, positions). 1 where nothing is split, NaN where nothing is fresh."""
    if not any(array.splits_slow_noise for array in arrays.values()):
        return 1.0
    unsplit = {name: array.unsplit for name, array in arrays.items()}
    drawn, exact = (
        variance_of_sum(operand_covariances(circuit, of, positions)[0], gain.mean(axis=1)) for of in (arrays, unsplit)
    )
    noisy = exact > 0
    return float(np.median(drawn[noisy] / exact[noisy])) if noisy.any() else float("nan")


def warn_of_split(layer: str, circuit: Circuit, arrays: Arrays, positions: int, gain: np.ndarray) -> None:
    """Warns where the split's noise is not that of the law, by which `analytic` and recovered values go."""
    ratio = split_over_exact(circuit, arrays, positions, gain)
    if ratio < 1 / MOST_RATIO or ratio > MOST_RATIO:
        warn(
            f"layer {layer}: read.slow_noise: split draws {ratio:.2g} times the noise variance that reads of circuit "
            f"{circuit.name} have in time, by which analytic calibration and recovered beta go: approximate; use "
            "read.slow_noise: trajectory"
        )
