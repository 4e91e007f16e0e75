"""SN: stochastic network of noisy rectifiers with the straight-through estimator."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from crossbar_nsm.nsm.architecture import Placement
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.config import SN
from crossbar_nsm.nsm.methods.layer import BiasedLayer, NoisePlace


class _RectifyStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, u: Tensor) -> Tensor:
        return u.clamp_min(0)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Tensor:
        return grad_outputs[0]


class SNLayer(BiasedLayer):
    """max(0, w.z + b + noise_sd eta), eta standard normal per unit and pass; the gradient ignores the rectifier."""

    noisy = True

    def __init__(self, place: Placement, method: SN):
        super().__init__(place)
        self.noise_sd = method.noise_sd

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        argument = self.argument(z)
        result: Tensor = _RectifyStraightThrough.apply(argument + draws.normal(argument.shape, sd=self.noise_sd))
        return result
