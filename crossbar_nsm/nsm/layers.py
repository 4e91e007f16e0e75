"""Layers of an NSM in torch, in the canonical parameters (w, beta, c)."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from crossbar_nsm.nsm.activation import fire
from crossbar_nsm.nsm.architecture import NSMDenseSpec
from crossbar_nsm.nsm.noise import BernoulliNoise, NoiseLaw

NoisePlace = Literal["synapse", "neuron"]


class NSMDense(nn.Module):
    """Fully connected threshold units: P(z = +1) = 1/2 [1 + erf(beta w.z/||w|| + c)].

    Parameters: weight (outputs, inputs), beta (outputs), c (outputs). Only the direction of each weight row matters.
    """

    def __init__(self, spec: NSMDenseSpec, noise: NoiseLaw):
        super().__init__()
        self.spec, self.noise = spec, noise
        self.weight = nn.Parameter(torch.zeros(spec.outputs, spec.inputs))
        self.beta = nn.Parameter(torch.ones(spec.outputs))
        self.c = nn.Parameter(torch.zeros(spec.outputs))

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Uniform weights within 1/sqrt(inputs), beta 1, c 0."""
        bound = 1 / math.sqrt(self.spec.inputs)
        nn.init.uniform_(self.weight, -bound, bound, generator=generator)
        nn.init.ones_(self.beta)
        nn.init.zeros_(self.c)

    def direction_product(self, z: Tensor) -> Tensor:
        """t = w.z/||w||, shape (batch, outputs)."""
        return nn.functional.linear(z, nn.functional.normalize(self.weight, dim=1))

    def argument(self, z: Tensor) -> Tensor:
        """beta t + c, the argument of erf in eq. 3; shape (batch, outputs)."""
        return self.beta * self.direction_product(z) + self.c

    def forward(self, z: Tensor, noise_place: NoisePlace, generator: torch.Generator) -> Tensor:
        """One noisy pass: states +-1, differentiable through the activation probability."""
        argument = self.argument(z)
        with torch.no_grad():
            u = self._noisy(z, argument, noise_place, generator)
        return fire(argument, u)

    def _noisy(self, z: Tensor, argument: Tensor, noise_place: NoisePlace, generator: torch.Generator) -> Tensor:
        """A pre-activation with the layer's noise, in units of ||w|| sqrt(2 v): its mean is `argument`."""
        if noise_place == "synapse":
            return argument + torch.randn(argument.shape, generator=generator) / math.sqrt(2)
        fluctuation = (self._draw_xi(z.shape, generator) - self.noise.mean) * z
        return argument + self.direction_product(fluctuation) / math.sqrt(2 * self.noise.variance)

    def _draw_xi(self, shape: torch.Size, generator: torch.Generator) -> Tensor:
        if isinstance(self.noise, BernoulliNoise):
            return (torch.rand(shape, generator=generator) < self.noise.keep_probability).float()
        return 1 + self.noise.sigma * torch.randn(shape, generator=generator)
