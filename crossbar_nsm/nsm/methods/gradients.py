"""Binary states forward, a useful gradient backward."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

_ONE = torch.ones((), dtype=torch.float32, device="cpu")
_LOG_SLOPE = torch.tensor(math.log(2 / math.sqrt(math.pi)), dtype=torch.float32, device="cpu")


class _ThroughProbability(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, argument: Tensor, u: Tensor) -> Tensor:
        ctx.save_for_backward(argument)
        return threshold(u)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:
        (argument,) = ctx.saved_tensors
        return slope_of_erf(argument).mul_(grad_outputs[0]), None


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, u: Tensor, window: float | None) -> Tensor:
        ctx.save_for_backward(u)
        ctx.window = window
        return threshold(u)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:
        (u,) = ctx.saved_tensors
        passes = grad_outputs[0] if ctx.window is None else grad_outputs[0] * (u.abs() <= ctx.window)
        return passes, None


def slope_of_erf(argument: Tensor) -> Tensor:
    """2/sqrt(pi) exp(-argument^2), the derivative of erf."""
    return torch.addcmul(_LOG_SLOPE, argument, argument, value=-1).exp_()


def threshold(u: Tensor, out: Tensor | None = None) -> Tensor:
    """+1 where u >= 0, else -1 (a zero of negative sign, which only a sum of such zeros gives, counts as negative).

    out: where to write, u itself say: memory that is new for every layer and step costs more than the comparison.
    """
    return torch.copysign(_ONE, u, out=out)


def fire_through_probability(argument: Tensor, u: Tensor) -> Tensor:
    """z = +1 if u >= 0 else -1 forward; the derivative of E[z] = 2P - 1 = erf(argument) backward (section 2.3).

    `argument` = beta w.z/||w|| + c, `u` any noisy pre-activation whose sign has that probability; both (batch, units).
    """
    result: Tensor = _ThroughProbability.apply(argument, u)
    return result


def fire_straight_through(u: Tensor, window: float | None) -> Tensor:
    """z = +1 if u >= 0 else -1 forward; dz/du = 1 backward where |u| <= window (everywhere when None).

    Bengio, Leonard and Courville 2013 (arXiv:1308.3432); the window is that of Courbariaux et al. 2016
    (arXiv:1602.02830).
    """
    result: Tensor = _StraightThrough.apply(u, window)
    return result
