"""The comparator: z = +1 if u + bias + offset + noise >= 0, else -1, with hysteresis. Signals in weight units."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.engine.kernels.counter_random import with_normal_noise
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.neuron.config import ComparatorConfig
from device_models.streams import Stream


class Comparator:
    """The comparators of one layer: one for every output, which decides at one position after the other.

    weight_per_a (outputs): weight units per ampere of column current, so that every neuron's own scale applies. bias
    (outputs, positions): the programmed threshold, as a signal added to u. last (outputs): previous decisions, 0 at
    start. shift, noise_sd (units, outputs first): what is added to u, and the sd of the noise of a decision.
    """

    def __init__(self, config: ComparatorConfig, weight_per_a: np.ndarray, bias: np.ndarray, stream: Stream):
        outputs, positions = bias.shape
        normals = stream.generator("comparator_offset").standard_normal(outputs)
        self.offset = (config.offset_sd_a * weight_per_a * normals).astype(np.float32)
        self.noise_sd = np.repeat(config.noise_sd_a * weight_per_a, positions).astype(np.float32)
        self.hysteresis = (config.hysteresis_a * weight_per_a).astype(np.float32)
        self.key = stream.key("decision")
        self.set_bias(bias)
        self.reset()

    def set_bias(self, bias: np.ndarray) -> None:
        """Program other thresholds, (outputs, positions); memories stay."""
        self.shift = (bias.astype(np.float32) + self.offset[:, None]).ravel()

    @property
    def has_memory(self) -> bool:
        """Whether decisions depend on the one before."""
        return bool(self.hysteresis.any())

    def reset(self) -> None:
        """Forget the previous decisions."""
        self.last = np.zeros(len(self.offset), np.float32)

    def decide(self, u: np.ndarray, passes: Passes) -> np.ndarray:
        """States +-1 (passes, units) float32 of combined signals u, in time order."""
        if self.noise_sd.any():
            input_of = np.arange(len(u))
            u = with_normal_noise(u, input_of, self.noise_sd[None], 0, passes.samples, passes.images, self.key)
        if self.has_memory:
            return _decide_with_hysteresis(u, self.shift, self.hysteresis, self.last)
        return np.where(u + self.shift >= 0, np.float32(1), np.float32(-1))


@kernel()
def _decide_with_hysteresis(u, shift, hysteresis, last):
    """The last decision pulls the signal half the hysteresis its own way; `last` moves on in place."""
    z = np.empty_like(u)
    positions = u.shape[1] // last.size
    for p in range(u.shape[0]):
        for i in range(last.size):
            for unit in range(i * positions, (i + 1) * positions):
                pulled = u[p, unit] + shift[unit] + last[i] * hysteresis[i] / 2
                last[i] = np.float32(1) if pulled >= 0 else np.float32(-1)
                z[p, unit] = last[i]
    return z
