"""StNN: stochastic binary network of sigmoid units without biases (Lee et al. 2015, arXiv:1412.7525; Table 1)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.gradients import threshold
from crossbar_nsm.nsm.methods.layer import HiddenLayer, NoisePlace


class _SampleSigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, argument: Tensor, uniform: Tensor) -> Tensor:
        probability = torch.sigmoid(argument)
        ctx.save_for_backward(probability)
        return threshold(probability - uniform)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:
        (probability,) = ctx.saved_tensors
        return grad_outputs[0] * 2 * probability * (1 - probability), None


class StNNLayer(HiddenLayer):
    """P(z = +1) = sigmoid(w.z) forward; the derivative of E[z] = 2P - 1 backward."""

    noisy = True

    def argument(self, z: Tensor) -> Tensor:
        return self.product(z, self.weight)

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        argument = self.argument(z)
        result: Tensor = _SampleSigmoid.apply(argument, draws.uniform(argument.shape))
        return result
