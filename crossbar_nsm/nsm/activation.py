"""The training rule of the paper (section 2.3): binary states forward, activation probability backward."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor


class FireThroughProbability(torch.autograd.Function):
    """z = +1 if u >= 0 else -1 forward; the derivative of E[z] = 2P - 1 = erf(argument) backward.

    `argument` = beta w.z/||w|| + c, `u` any noisy pre-activation whose sign has that probability; both (batch, units).
    """

    @staticmethod
    def forward(ctx: Any, argument: Tensor, u: Tensor) -> Tensor:
        ctx.save_for_backward(argument)
        return torch.where(u >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:
        (argument,) = ctx.saved_tensors
        return grad_outputs[0] * (2 / math.sqrt(math.pi)) * torch.exp(-argument * argument), None


def fire(argument: Tensor, u: Tensor) -> Tensor:
    """States +-1 of `u` whose gradient flows through the activation probability of `argument`."""
    result: Tensor = FireThroughProbability.apply(argument, u)
    return result
