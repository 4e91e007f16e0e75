"""beta w.z/||w|| + c with the gradients of eq. 6 and 7 in closed form: half the passes over the weights of autograd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from crossbar_nsm.nsm.methods.gradients import slope_of_erf, threshold
from crossbar_nsm.nsm.methods.product import Product, over_units, per_output, row_norm, sum_over

SMALLEST_NORM = 1e-12  # as torch.nn.functional.normalize: a row of zeros gives t = 0
Gradients = tuple[Tensor | None, Tensor, Tensor, Tensor]


class _NormalisedArgument(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, weight: Tensor, beta: Tensor, c: Tensor, product: Product) -> Tensor:
        argument, saved = _argument(z, weight, beta, c, product)
        ctx.save_for_backward(*saved)
        ctx.product = product
        return argument

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        return *_gradients(ctx.saved_tensors, grad_outputs[0], ctx.product, ctx.needs_input_grad[0]), None


class _FireNormalised(torch.autograd.Function):
    """The argument and `fire_through_probability` in one: a step of an NSM spends less time between its products."""

    @staticmethod
    def forward(
        ctx: Any, z: Tensor, weight: Tensor, beta: Tensor, c: Tensor, fluctuation: Tensor, product: Product
    ) -> Tensor:
        argument, saved = _argument(z, weight, beta, c, product)
        ctx.save_for_backward(argument, *saved)
        ctx.product = product
        u = fluctuation.add_(argument)
        return threshold(u, out=u)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        argument, *saved = ctx.saved_tensors
        upstream = slope_of_erf(argument).mul_(grad_outputs[0])
        return *_gradients(saved, upstream, ctx.product, ctx.needs_input_grad[0]), None, None


def _argument(z: Tensor, weight: Tensor, beta: Tensor, c: Tensor, product: Product) -> tuple[Tensor, Sequence[Tensor]]:
    """The argument, and what `_gradients` needs."""
    norm = row_norm(weight).clamp_min_(SMALLEST_NORM)
    if beta.ndim < weight.ndim - 1:  # shared by the positions of a channel
        return product(z, weight * per_output(beta / norm, weight), c), (z, weight, beta, norm)
    w_z = product(z, weight)
    slope = over_units(beta, w_z) / over_units(norm, w_z)
    return torch.addcmul(over_units(c, w_z), w_z, slope), (z, weight, beta, norm, slope, w_z)


def _gradients(saved: Sequence[Tensor], upstream: Tensor, product: Product, of_inputs: bool) -> Gradients:
    """With v = beta w/||w|| and dL/dv = upstream^T z, summed over the positions that share a parameter:
    dL/dbeta = w.dL/dv/||w|| (eq. 6), which is also the sum of upstream t,
    dL/dw = beta/||w|| dL/dv - beta w/||w||^2 dL/dbeta (eq. 7)."""
    z, weight, beta, norm, *of_units = saved
    if of_units:  # a beta for every unit
        slope, w_z = of_units
        of_beta = sum_over(upstream * w_z, beta).div_(per_output(norm, beta))
        of_z, of_weight = product.gradients(upstream * slope, z, weight, of_inputs)
    else:  # fewer weights than units: scale those
        rows = per_output(beta / norm, weight)
        of_z, of_direction = product.gradients(upstream, z, weight * rows, of_inputs)
        of_beta = (of_direction * weight).flatten(1).sum(dim=1).div_(norm)
        of_weight = of_direction * rows
    along = (beta * of_beta).view(len(weight), -1).sum(dim=1).div_(norm * norm)
    return of_z, of_weight.addcmul_(weight, per_output(along, weight), value=-1), of_beta, sum_over(upstream, beta)


def normalised_argument(z: Tensor, weight: Tensor, beta: Tensor, c: Tensor, product: Product) -> Tensor:
    """beta w.z/||w|| + c for the units of `product`; beta and c per unit, or per channel of a convolution."""
    result: Tensor = _NormalisedArgument.apply(z, weight, beta, c, product)
    return result


def fire_normalised(
    z: Tensor, weight: Tensor, beta: Tensor, c: Tensor, fluctuation: Tensor, product: Product
) -> Tensor:
    """Signs of `normalised_argument` + fluctuation, which is overwritten; the derivative of erf(argument) = 2P - 1
    backward (section 2.3)."""
    result: Tensor = _FireNormalised.apply(z, weight, beta, c, fluctuation, product)
    return result
