"""NSM: noisy threshold units forward, gradient through the activation probability (section 2.3)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from crossbar_nsm.nsm.architecture import Placement
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.gradients import fire_through_probability
from crossbar_nsm.nsm.methods.layer import NoisePlace, NormalisedLayer
from crossbar_nsm.nsm.methods.normalised_argument import SMALLEST_NORM, fire_normalised
from crossbar_nsm.nsm.methods.product import per_output, row_norm
from crossbar_nsm.nsm.noise import SMALLEST_SHARE, BernoulliNoise, NoiseLaw


class NSMLayer(NormalisedLayer):
    """Threshold units with noisy weights: P(z = +1) = 1/2 [1 + erf((beta w.z/||w|| + c) / s)].

    s = sqrt(sum_j w_j^2 z_j^2)/||w|| is 1 for inputs +-1. It is less at padded borders, whose zeros carry no noise, and
    depends on the image for real inputs: Var[u] = v sum_j w_j^2 z_j^2.
    """

    noisy = True

    def __init__(self, place: Placement, noise: NoiseLaw):
        super().__init__(place)
        self.noise = noise

    def argument(self, z: Tensor) -> Tensor:
        argument = self.normalised_argument(z)
        return argument if self.place.all_active else argument / self.active_share(z)

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        fluctuation = self.fluctuation(z, noise_place, draws)
        if self.place.all_active:
            return fire_normalised(z, self.weight, self.beta, self.c, fluctuation, self.product)
        argument = self.argument(z)
        return fire_through_probability(argument, fluctuation.add_(argument.detach()))

    def active_share(self, z: Tensor) -> Tensor:
        """s, shape (1 or batch, units...), or () where it is 1; it depends on the image only where inputs are real."""
        if self.place.all_active:
            return super().active_share(z)
        squares = torch.ones_like(z[:1]) if self.place.binary_inputs else z * z
        norm = row_norm(self.weight).clamp_min(SMALLEST_NORM)
        active = self.product(squares, (self.weight / per_output(norm, self.weight)) ** 2)
        return torch.where(per_output(norm > SMALLEST_NORM, active[0]), active.clamp_min(SMALLEST_SHARE**2).sqrt(), 1)

    def fluctuation(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        """The noise of the pre-activation in units of its own sd times sqrt 2: mean 0, variance 1/2; (batch, units...),
        without gradient.

        Synapse noise is drawn as its sum: exact for Gaussian xi, moment-matched for Bernoulli xi.
        """
        if noise_place == "synapse":
            return draws.normal(torch.Size((len(z), *self.place.outputs)), sd=math.sqrt(0.5))
        if isinstance(self.noise, BernoulliNoise):
            p = self.noise.keep_probability
            deviation = (draws.uniform(z.shape) < p).to(z.dtype).sub_(p)
        else:
            deviation = draws.normal(z.shape, sd=self.noise.sigma)
        with torch.no_grad():
            factor = 1 / row_norm(self.weight).clamp_min(SMALLEST_NORM) / math.sqrt(2 * self.noise.variance)
            fluctuation = self.product.scaled(deviation.mul_(z), self.weight, factor)
            return fluctuation if self.place.all_active else fluctuation.div_(self.active_share(z))
