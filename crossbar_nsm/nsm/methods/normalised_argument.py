"""beta w.z/||w|| + c with the gradients of eq. 6 and 7 in closed form: half the passes over the weights of autograd."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

SMALLEST_NORM = 1e-12  # as torch.nn.functional.normalize: a row of zeros gives t = 0


class _NormalisedArgument(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, weight: Tensor, beta: Tensor, c: Tensor) -> Tensor:
        norm = weight.norm(dim=1).clamp_min(SMALLEST_NORM)
        t = (z @ weight.T).div_(norm)
        ctx.save_for_backward(z, weight, beta, norm, t)
        return torch.addcmul(c, t, beta)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, Tensor, Tensor, Tensor]:
        """With v = beta w/||w|| and dL/dv = upstream^T z:
        dL/dbeta = w.dL/dv/||w|| = sum over the batch of upstream t (eq. 6),
        dL/dw = beta/||w|| dL/dv - beta w/||w||^2 dL/dbeta (eq. 7)."""
        z, weight, beta, norm, t = ctx.saved_tensors
        upstream = grad_outputs[0]
        of_beta = (upstream * t).sum(dim=0)
        slope = beta / norm
        scaled = upstream * slope
        of_weight = scaled.T @ z
        of_weight.addcmul_(weight, (slope * of_beta / norm)[:, None], value=-1)
        of_z = scaled @ weight if ctx.needs_input_grad[0] else None
        return of_z, of_weight, of_beta, upstream.sum(dim=0)


def normalised_argument(z: Tensor, weight: Tensor, beta: Tensor, c: Tensor) -> Tensor:
    """beta w.z/||w|| + c, shape (batch, outputs); z (batch, inputs), weight (outputs, inputs), beta and c (outputs)."""
    result: Tensor = _NormalisedArgument.apply(z, weight, beta, c)
    return result
