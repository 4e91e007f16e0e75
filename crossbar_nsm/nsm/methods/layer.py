"""What the hidden layers of all methods share: weights, and what a layer answers about its units."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from crossbar_nsm.nsm.architecture import DenseSpec
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.normalised_argument import SMALLEST_NORM, normalised_argument

NoisePlace = Literal["synapse", "neuron"]


class HiddenLayer(nn.Module):
    """Weights (outputs, inputs) and, in the subclass of each method, what its units make of w.z.

    `noisy`: whether two passes of one input can differ.
    """

    noisy = False

    def __init__(self, spec: DenseSpec):
        super().__init__()
        self.spec = spec
        self.weight = nn.Parameter(torch.zeros(spec.outputs, spec.inputs))

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Uniform weights within 1/sqrt(inputs); subclasses reset what they add."""
        bound = 1 / math.sqrt(self.spec.inputs)
        nn.init.uniform_(self.weight, -bound, bound, generator=generator)

    def product(self, z: Tensor) -> Tensor:
        """w.z, shape (batch, outputs)."""
        return nn.functional.linear(z, self.weight)

    def argument(self, z: Tensor) -> Tensor:
        """What the activation function is applied to, without noise; shape (batch, outputs)."""
        raise NotImplementedError

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        """One pass: states (batch, outputs), differentiable by the method's rule. Only NSM units know noise places."""
        raise NotImplementedError


class BiasedLayer(HiddenLayer):
    """Units with the argument w.z + b; parameters weight (outputs, inputs) and bias (outputs)."""

    def __init__(self, spec: DenseSpec):
        super().__init__(spec)
        self.bias = nn.Parameter(torch.zeros(spec.outputs))

    def reset_parameters(self, generator: torch.Generator) -> None:
        super().reset_parameters(generator)
        nn.init.zeros_(self.bias)

    def argument(self, z: Tensor) -> Tensor:
        return nn.functional.linear(z, self.weight, self.bias)


class NormalisedLayer(HiddenLayer):
    """Units with the argument beta w.z/||w|| + c; parameters weight (outputs, inputs), beta (outputs), c (outputs).

    Only the direction of each weight row matters.
    """

    def __init__(self, spec: DenseSpec):
        super().__init__(spec)
        self.beta = nn.Parameter(torch.ones(spec.outputs))
        self.c = nn.Parameter(torch.zeros(spec.outputs))

    def reset_parameters(self, generator: torch.Generator) -> None:
        super().reset_parameters(generator)
        nn.init.ones_(self.beta)
        nn.init.zeros_(self.c)

    def direction_product(self, z: Tensor) -> Tensor:
        """t = w.z/||w||, shape (batch, outputs)."""
        return self.product(z) / self.weight.norm(dim=1).clamp_min(SMALLEST_NORM)

    def argument(self, z: Tensor) -> Tensor:
        return normalised_argument(z, self.weight, self.beta, self.c)
