"""The comparator: z = +1 if u + bias + offset + noise >= 0, else -1, with hysteresis. Signals in weight units."""

from __future__ import annotations

import numpy as np
from numba import njit

from crossbar_nsm.engine.counter_random import with_normal_noise
from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.neuron.config import ComparatorConfig
from device_models.streams import Stream


class Comparator:
    """The comparators of one layer.

    weight_per_a (neurons): weight units per ampere of column current, so that every neuron's own scale applies.
    bias (neurons): the programmed threshold, as a signal added to u. last (neurons): previous decisions, 0 at start.
    """

    def __init__(self, config: ComparatorConfig, weight_per_a: np.ndarray, bias: np.ndarray, stream: Stream):
        normals = stream.generator("comparator_offset").standard_normal(len(bias))
        self.offset = (config.offset_sd_a * weight_per_a * normals).astype(np.float32)
        self.noise_sd = (config.noise_sd_a * weight_per_a).astype(np.float32)
        self.hysteresis = (config.hysteresis_a * weight_per_a).astype(np.float32)
        self.bias = bias.astype(np.float32)
        self.key = stream.key("decision")
        self.reset()

    def reset(self) -> None:
        """Forget the previous decisions."""
        self.last = np.zeros(len(self.bias), np.float32)

    def decide(self, u: np.ndarray, passes: Passes) -> np.ndarray:
        """States +-1 (passes, neurons) float32 of combined signals u, in time order."""
        if self.noise_sd.any():
            rows = np.arange(len(u))
            u = with_normal_noise(u, rows, self.noise_sd, 0, passes.samples, passes.images, self.key)
        if self.hysteresis.any():
            return _decide_with_hysteresis(u, self.bias + self.offset, self.hysteresis, self.last)
        return np.where(u + (self.bias + self.offset) >= 0, np.float32(1), np.float32(-1))


@njit(cache=True)
def _decide_with_hysteresis(u, bias, hysteresis, last):
    """The last decision pulls the signal half the hysteresis its own way; `last` moves on in place."""
    z = np.empty_like(u)
    for p in range(u.shape[0]):
        for i in range(u.shape[1]):
            z[p, i] = np.float32(1) if u[p, i] + bias[i] + last[i] * hysteresis[i] / 2 >= 0 else np.float32(-1)
            last[i] = z[p, i]
    return z
