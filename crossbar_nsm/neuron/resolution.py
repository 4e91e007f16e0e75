"""Gains a_i (or g_i) and thresholds as converters of a few bits store them: the nearest of 2^bits evenly spaced levels.

Both ends of a range are levels. The neurons of a layer share one converter range for their gains and one reference
current for their thresholds. `bits` None is exact.

Equations: docs/physics.md#registers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.neuron.config import NeuronConfig
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Resolution:
    """How finely the registers of a layer hold gains and thresholds. weight_per_a (outputs): weight units per A."""

    neuron: NeuronConfig
    weight_per_a: np.ndarray

    def gain(self, gain: np.ndarray, reached: np.ndarray) -> np.ndarray:
        """As held, (outputs, positions); gains of neurons that reach nothing do not widen the range for the others."""
        bits = self.neuron.gain_bits
        if bits is None or not reached.any():
            return quantised_gain(gain, bits)
        inside = np.clip(gain, gain[reached].min(), gain[reached].max())
        return quantised_gain(inside, bits)

    def threshold(self, threshold: np.ndarray) -> np.ndarray:
        """As held, (outputs, positions)."""
        return quantised_threshold(threshold, self.weight_per_a[:, None], self.neuron.threshold_bits)


def quantised_gain(gain: np.ndarray, bits: int | None) -> np.ndarray:
    """The gains of a layer, any shape, on 2^bits levels from the smallest to the largest of them."""
    if bits is None:
        return gain
    return _quantised(gain, float(gain.min()), float(gain.max()), bits)


def quantised_threshold(threshold: np.ndarray, weight_per_a: np.ndarray, bits: int | None) -> np.ndarray:
    """The thresholds of a layer, in weight units, on 2^bits levels of current from -I to +I, I the largest current of
    them. weight_per_a: weight units per ampere, of a shape that broadcasts with threshold: (neurons, 1) for thresholds
    (neurons, positions).

    An even number of levels around 0 has none at 0: half a step is the smallest threshold.
    """
    if bits is None:
        return threshold
    current_a = threshold / weight_per_a
    largest_a = float(np.abs(current_a).max())
    return _quantised(current_a, -largest_a, largest_a, bits) * weight_per_a


def _quantised(values: np.ndarray, low: float, high: float, bits: int) -> np.ndarray:
    if high <= low:
        return values
    step = (high - low) / (2**bits - 1)
    number = np.floor((values - low) / step + 0.5)
    result: np.ndarray = np.clip(low + number * step, low, high)
    return result
