"""beta w.z/||w|| + c with the gradients of eq. 6 and 7 in closed form: half the passes over the weights of autograd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from crossbar_nsm.nsm.methods.gradients import slope_of_erf, threshold

SMALLEST_NORM = 1e-12  # as torch.nn.functional.normalize: a row of zeros gives t = 0
Gradients = tuple[Tensor | None, Tensor, Tensor, Tensor]


class _NormalisedArgument(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, weight: Tensor, beta: Tensor, c: Tensor) -> Tensor:
        argument, saved = _argument(z, weight, beta, c)
        ctx.save_for_backward(*saved)
        return argument

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Gradients:
        return _gradients(ctx.saved_tensors, grad_outputs[0], ctx.needs_input_grad[0])


class _FireNormalised(torch.autograd.Function):
    """The argument and `fire_through_probability` in one: a step of an NSM spends less time between its products."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, weight: Tensor, beta: Tensor, c: Tensor, fluctuation: Tensor) -> Tensor:
        argument, saved = _argument(z, weight, beta, c)
        ctx.save_for_backward(argument, *saved)
        return threshold(fluctuation.add_(argument))

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        argument, *saved = ctx.saved_tensors
        upstream = slope_of_erf(argument).mul_(grad_outputs[0])
        return *_gradients(saved, upstream, ctx.needs_input_grad[0]), None


def _argument(z: Tensor, weight: Tensor, beta: Tensor, c: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
    """The argument, and what `_gradients` needs."""
    norm = torch.linalg.vector_norm(weight, dim=1).clamp_min_(SMALLEST_NORM)
    product, slope = z @ weight.T, beta / norm
    return torch.addcmul(c, product, slope), (z, weight, norm, slope, product)


def _gradients(saved: Sequence[Tensor], upstream: Tensor, of_inputs: bool) -> Gradients:
    """With v = beta w/||w|| and dL/dv = upstream^T z:
    dL/dbeta = w.dL/dv/||w|| = sum over the batch of upstream t (eq. 6),
    dL/dw = beta/||w|| dL/dv - beta w/||w||^2 dL/dbeta (eq. 7)."""
    z, weight, norm, slope, product = saved
    of_beta = (upstream * product).sum(dim=0).div_(norm)
    scaled = upstream * slope
    of_weight = scaled.T @ z
    of_weight.addcmul_(weight, (slope * of_beta).div_(norm).unsqueeze(1), value=-1)
    of_z = scaled @ weight if of_inputs else None
    return of_z, of_weight, of_beta, upstream.sum(dim=0)


def normalised_argument(z: Tensor, weight: Tensor, beta: Tensor, c: Tensor) -> Tensor:
    """beta w.z/||w|| + c, shape (batch, outputs); z (batch, inputs), weight (outputs, inputs), beta and c (outputs)."""
    result: Tensor = _NormalisedArgument.apply(z, weight, beta, c)
    return result


def fire_normalised(z: Tensor, weight: Tensor, beta: Tensor, c: Tensor, fluctuation: Tensor) -> Tensor:
    """Signs of `normalised_argument` + fluctuation (batch, outputs), which is overwritten; the derivative of
    erf(argument) = 2P - 1 backward (section 2.3)."""
    result: Tensor = _FireNormalised.apply(z, weight, beta, c, fluctuation)
    return result
