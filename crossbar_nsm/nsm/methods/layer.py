"""What the hidden layers of all methods share: weights, and what a layer answers about its units."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from crossbar_nsm.nsm.architecture import Placement
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.normalised_argument import SMALLEST_NORM, normalised_argument
from crossbar_nsm.nsm.methods.product import fan_in, product_of, row_norm

NoisePlace = Literal["synapse", "neuron"]


class HiddenLayer(nn.Module):
    """Weights (outputs, inputs) or (outputs, inputs, kernel, kernel) and, in the subclass of each method, what its
    units make of w.z. States are (batch, outputs) or (batch, outputs, height, width), called (batch, units...) below.

    `noisy`: whether two passes of one input can differ.
    """

    noisy = False

    def __init__(self, place: Placement):
        super().__init__()
        self.place = place
        self.product = product_of(place)
        self.weight = nn.Parameter(torch.zeros(self.product.weight_shape, dtype=torch.float32))

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Uniform weights within 1/sqrt(inputs of a unit); subclasses reset what they add."""
        bound = 1 / math.sqrt(fan_in(self.product.weight_shape))
        nn.init.uniform_(self.weight, -bound, bound, generator=generator)

    def argument(self, z: Tensor) -> Tensor:
        """What the activation function is applied to, without noise; shape (batch, units...)."""
        raise NotImplementedError

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        """One pass: states (batch, units...), differentiable by the method's rule. Only NSM units know noise places."""
        raise NotImplementedError


class BiasedLayer(HiddenLayer):
    """Units with the argument w.z + b; parameters weight and bias (outputs)."""

    def __init__(self, place: Placement):
        super().__init__(place)
        self.bias = nn.Parameter(torch.zeros(self.product.weight_shape[0], dtype=torch.float32))

    def reset_parameters(self, generator: torch.Generator) -> None:
        super().reset_parameters(generator)
        nn.init.zeros_(self.bias)

    def argument(self, z: Tensor) -> Tensor:
        return self.product(z, self.weight, self.bias)


class NormalisedLayer(HiddenLayer):
    """Units with the argument beta w.z/||w|| + c; parameters weight, beta and c, (outputs) or per position.

    Only the direction of each weight row matters.
    """

    def __init__(self, place: Placement):
        super().__init__(place)
        self.beta = nn.Parameter(torch.ones(self.product.parameter_shape, dtype=torch.float32))
        self.c = nn.Parameter(torch.zeros(self.product.parameter_shape, dtype=torch.float32))

    def reset_parameters(self, generator: torch.Generator) -> None:
        super().reset_parameters(generator)
        nn.init.ones_(self.beta)
        nn.init.zeros_(self.c)

    def direction_product(self, z: Tensor) -> Tensor:
        """t = w.z/||w||, shape (batch, units...)."""
        return self.product.scaled(z, self.weight, 1 / row_norm(self.weight).clamp_min(SMALLEST_NORM))

    def active_share(self, z: Tensor) -> Tensor:
        """Share of the noise that reaches a unit, 1 unless some inputs are silent; shape () or as the argument."""
        return torch.ones((), dtype=torch.float32)

    def normalised_argument(self, z: Tensor) -> Tensor:
        """beta t + c, shape (batch, units...)."""
        return normalised_argument(z, self.weight, self.beta, self.c, self.product)

    def argument(self, z: Tensor) -> Tensor:
        return self.normalised_argument(z)
