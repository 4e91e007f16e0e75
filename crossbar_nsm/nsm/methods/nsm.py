"""NSM: noisy threshold units forward, gradient through the activation probability (section 2.3)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from crossbar_nsm.nsm.architecture import DenseSpec
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.layer import NoisePlace, NormalisedLayer
from crossbar_nsm.nsm.methods.normalised_argument import fire_normalised
from crossbar_nsm.nsm.noise import BernoulliNoise, NoiseLaw


class NSMLayer(NormalisedLayer):
    """Threshold units with noisy weights: P(z = +1) = 1/2 [1 + erf(beta w.z/||w|| + c)]."""

    noisy = True

    def __init__(self, spec: DenseSpec, noise: NoiseLaw):
        super().__init__(spec)
        self.noise = noise

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        fluctuation = self.fluctuation(z, noise_place, draws)
        return fire_normalised(z, self.weight, self.beta, self.c, fluctuation)

    def fluctuation(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        """The noise of the pre-activation in units of ||w|| sqrt(2 v): mean 0, variance 1/2; (batch, outputs), without
        gradient.

        Synapse noise is drawn as its sum: exact for Gaussian xi, moment-matched for Bernoulli xi.
        """
        if noise_place == "synapse":
            return draws.normal(torch.Size((len(z), self.spec.outputs)), sd=math.sqrt(0.5))
        if isinstance(self.noise, BernoulliNoise):
            p = self.noise.keep_probability
            deviation = (draws.uniform(z.shape) < p).to(z.dtype).sub_(p)
        else:
            deviation = draws.normal(z.shape, sd=self.noise.sigma)
        with torch.no_grad():
            return self.direction_product(deviation.mul_(z)).div_(math.sqrt(2 * self.noise.variance))
