"""Forward passes of the ideal NSM with counter-based streams: same seed, same bits, whatever the batch.

`synapse`: xi is independent for every synapse and pass, so each neuron fires independently by the erf law: exact for
Gaussian xi, moment-matched for Bernoulli xi; `xi="exact"` draws every synapse's xi instead. `neuron`: one xi per input
neuron and pass, shared by all outputs (what the authors ran).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from crossbar_nsm.engine.kernels.counter_random import bernoulli_draws, normals
from crossbar_nsm.engine.kernels.product import blocked_product
from crossbar_nsm.engine.kernels.threshold import fire_with_noisy_product, fire_with_normal_noise
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.nsm.architecture import Architecture, Placement, PoolSpec
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.noise import BernoulliNoise
from crossbar_nsm.nsm.numpy_product import ActiveShare, Pool, contiguous, numpy_product
from crossbar_nsm.nsm.substrate import Substrate, Substrates, row_norms
from device_models.streams import Stream

if TYPE_CHECKING:
    from torch import nn

Xi = Literal["erf", "exact"]


@dataclass(frozen=True)
class XiDraws:
    """How xi is drawn: noise and xi as above; seed and purpose address the draws, beside layer, image and sample."""

    noise: NoisePlace = "synapse"
    xi: Xi = "erf"
    seed: int = 0
    purpose: str = "ideal"


class IdealPass:
    """The forward pass of an NSM, given by its substrates, on chunks of passes; states are flat, (passes, units)."""

    def __init__(
        self, architecture: Architecture, substrates: Substrates, output: nn.Linear, states: np.ndarray, draws: XiDraws
    ):
        self.states = states.reshape(len(states), -1)
        *hidden, _ = architecture.placements()
        self.layers = {
            place.spec.name: Pool(place) if isinstance(place.spec, PoolSpec)
            else _IdealLayer(place, substrates[place.spec.name], draws)
            for place in hidden
        }  # fmt: skip
        self.output_matrix = contiguous(output.weight.detach().numpy().T)
        self.output_bias = output.bias.detach().numpy()

    def layer_states(self, passes: Passes) -> list[np.ndarray]:
        """States of every hidden layer and pool, each (passes, units)."""
        z, input_of = passes.of(self.states), passes.input_of
        states = []
        for layer in self.layers.values():
            if isinstance(layer, _IdealLayer):
                z = layer.fire(z, input_of, passes)
                input_of = np.arange(len(passes))
            else:
                z = layer(z)
            states.append(z if len(z) == len(passes) else z[input_of])
        return states

    def logits(self, passes: Passes) -> np.ndarray:
        """Logits (passes, classes)."""
        return blocked_product(self.layer_states(passes)[-1], self.output_matrix) + self.output_bias


class _IdealLayer:
    """u = sum_j (xi_j + a) w_j z_j + b of one NSM layer in numpy; inputs z (inputs, fan-in), input_of (passes) tells
    which input each pass sees."""

    def __init__(self, place: Placement, substrate: Substrate, draws: XiDraws):
        self.law = substrate.law
        exact = draws.noise == "synapse" and draws.xi == "exact" and isinstance(self.law, BernoulliNoise)
        self.kind = "exact" if exact else draws.noise
        self.key = Stream(seed=draws.seed, layer=place.spec.name).key(f"{draws.purpose} {self.kind}")
        self.product = numpy_product(place, substrate.weight)
        self.scaling = _of_units(substrate.scaling, place)
        self.bias = _of_units(substrate.bias, place)
        self.mean_gain = np.float32(self.law.mean) + self.scaling
        self.sd = _of_units(math.sqrt(self.law.variance) * row_norms(substrate.weight), place)
        self.active = None if place.all_active else ActiveShare(place, substrate.weight)

    def fire(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        if self.kind == "synapse":
            return self._with_drawn_sums(z, input_of, passes)
        noisy = self._noisy_product(z, input_of, passes)
        fired: np.ndarray = fire_with_noisy_product(noisy, self.product(z), input_of, self.scaling, self.bias)
        return fired

    def _with_drawn_sums(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        """Synapse noise: one normal for the sum over a unit's synapses."""
        mean, gain, bias = self.product(z), self.mean_gain, self.bias
        if self.active is not None:  # the sign of u / s, which has the noise of a unit with s = 1
            mean = (mean * gain + bias) / self.active(z)
            gain, bias = np.ones_like(gain), np.zeros_like(bias)
        draws = (passes.samples, passes.images, self.key)
        fired: np.ndarray = fire_with_normal_noise(mean, input_of, gain, bias, self.sd, *draws)
        return fired

    def _noisy_product(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        """sum_j xi_j w_j z_j in every pass, with the xi of neurons or of single synapses."""
        if self.kind == "exact":
            return self.product.masked(z, input_of, self.law.mean, passes, self.key)
        return self.product(self._xi(z.shape[1], passes) * z[input_of])

    def _xi(self, width: int, passes: Passes) -> np.ndarray:
        if isinstance(self.law, BernoulliNoise):
            return bernoulli_draws(width, self.law.mean, 0, passes.samples, passes.images, self.key)
        return 1 + np.float32(self.law.sigma) * normals(width, 0, passes.samples, passes.images, self.key)


def _of_units(parameter: np.ndarray, place: Placement) -> np.ndarray:
    """A parameter (outputs) or (outputs, height, width) as one float32 number per unit, flat."""
    shape = (*parameter.shape, *(1 for _ in range(len(place.outputs) - parameter.ndim)))
    return np.broadcast_to(parameter.reshape(shape), place.outputs).astype(np.float32).ravel()
