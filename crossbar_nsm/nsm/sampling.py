"""Monte Carlo sampling of the ideal NSM with counter-based streams: same seed, same bits, whatever the batch.

`synapse`: xi is independent for every synapse and pass, so each neuron fires independently by the erf law: exact for
Gaussian xi, moment-matched for Bernoulli xi; `xi="exact"` draws every synapse's xi instead. `neuron`: one xi per input
neuron and pass, shared by all outputs (what the authors ran).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.counter_random import WORDS, bernoulli_draws, fill_words, normals, u64, with_normal_noise
from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.engine.product import blocked_product
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.noise import BernoulliNoise
from crossbar_nsm.nsm.substrate import Substrate, Substrates, row_norms
from device_models.errors import ConfigError
from device_models.streams import Stream

if TYPE_CHECKING:
    from torch import nn

Xi = Literal["erf", "exact"]


class IdealSampler:
    """The forward pass of an NSM, given by its substrates and output layer, on chunks of passes; all draws are
    addressed by seed, purpose, layer, image, sample."""

    def __init__(
        self,
        substrates: Substrates,
        output: nn.Linear,
        states: np.ndarray,
        noise: NoisePlace,
        xi: Xi,
        seed: int,
        purpose: str,
    ):
        stream = Stream(seed=seed)
        self.states = states
        self.layers = [
            _IdealLayer(substrate, noise, xi, stream.at(layer=name), purpose) for name, substrate in substrates.items()
        ]
        self.output_matrix = contiguous(output.weight.detach().numpy().T)
        self.output_bias = output.bias.detach().numpy()

    def hidden_states(self, passes: Passes) -> list[np.ndarray]:
        """States +-1 of every NSM layer, each (passes, outputs)."""
        z, rows = self.states[passes.start : passes.stop], passes.rows
        states = []
        for layer in self.layers:
            z = layer.fire(z, rows, passes)
            rows = np.arange(len(passes))
            states.append(z)
        return states

    def logits(self, passes: Passes) -> np.ndarray:
        """Logits (passes, classes)."""
        return blocked_product(self.hidden_states(passes)[-1], self.output_matrix) + self.output_bias


def check_noise(noise: NoisePlace, xi: Xi) -> None:
    """Raises ConfigError unless both are known."""
    if noise not in get_args(NoisePlace) or xi not in get_args(Xi):
        places, kinds = " or ".join(get_args(NoisePlace)), " or ".join(get_args(Xi))
        raise ConfigError(f"noise={noise!r}, xi={xi!r}: noise is {places}, xi is {kinds}")


class _IdealLayer:
    """u = sum_j (xi_j + a) w_j z_j + b of one NSM layer in numpy; inputs z (inputs, fan-in), rows (passes) tells which
    input each pass sees."""

    def __init__(self, substrate: Substrate, noise: NoisePlace, xi: Xi, stream: Stream, purpose: str):
        self.law = substrate.law
        self.kind = noise if noise == "neuron" or xi == "erf" or not isinstance(self.law, BernoulliNoise) else "exact"
        self.key = stream.key(f"{purpose} {self.kind}")
        self.matrix = contiguous(substrate.weight.T)
        self.scaling = substrate.scaling.astype(np.float32)
        self.bias = substrate.bias.astype(np.float32)
        self.mean_gain = (self.law.mean + self.scaling).astype(np.float32)
        self.sd = (math.sqrt(self.law.variance) * row_norms(substrate.weight)).astype(np.float32)

    def fire(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        u = getattr(self, f"_{self.kind}")(z, rows, passes)
        return np.where(u + self.bias >= 0, np.float32(1), np.float32(-1))

    def _synapse(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        mean = blocked_product(z, self.matrix) * self.mean_gain
        return with_normal_noise(mean, rows, self.sd, 0, passes.samples, passes.images, self.key)

    def _neuron(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        noisy = self._xi(z.shape[1], passes) * z[rows]
        mean = blocked_product(z, self.matrix) * self.scaling
        return blocked_product(noisy, self.matrix) + mean[rows]

    def _exact(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        mean = blocked_product(z, self.matrix) * self.scaling
        masked = _masked_product(z, rows, self.matrix, self.law.mean, passes.samples, passes.images, self.key)
        return masked + mean[rows]

    def _xi(self, width: int, passes: Passes) -> np.ndarray:
        if isinstance(self.law, BernoulliNoise):
            return bernoulli_draws(width, self.law.mean, 0, passes.samples, passes.images, self.key)
        return 1 + np.float32(self.law.sigma) * normals(width, 0, passes.samples, passes.images, self.key)


@njit(parallel=True, cache=True)
def _masked_product(z, rows, matrix, keep_probability, samples, images, key):
    """sum_j xi_ij matrix_ji z_j with an independent Bernoulli xi per synapse and pass, (passes, outputs) float32."""
    inputs, outputs = matrix.shape
    padded = (outputs + WORDS - 1) // WORDS * WORDS
    limit = u64(round(keep_probability * 2.0**32))
    out = np.zeros((rows.size, outputs), np.float32)
    for p in prange(rows.size):
        words = np.empty(padded, np.uint32)
        for j in range(inputs):
            fill_words(words, j, samples[p], images[p], key)
            for i in range(outputs):
                if u64(words[i]) < limit:
                    out[p, i] += matrix[j, i] * z[rows[p], j]
    return out


def contiguous(matrix: np.ndarray) -> np.ndarray:
    """C-contiguous float32 copy, as the products need it."""
    return np.ascontiguousarray(matrix, dtype=np.float32)
