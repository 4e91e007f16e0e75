"""A chip's weights, beta and c in place of the trained ones for one pass, and the gradients back to those."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from crossbar_nsm.mapping.learning.virtual_layer import Realised
from crossbar_nsm.nsm.methods.normalised_argument import SMALLEST_NORM
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.methods.product import per_output, row_norm
from crossbar_nsm.nsm.network import Network

Reach = tuple[Tensor, Tensor, Tensor]  # sign of beta, lowest and highest size of it, in the shape of beta


@dataclass(frozen=True)
class ChipParameters:
    """`Realised` and the reach of beta as tensors in the shapes of the layer's parameters."""

    weight_error: Tensor
    beta_factor: Tensor
    c_shift: Tensor
    weight_by_beta: Tensor | None
    reach: Reach

    @classmethod
    def of(cls, realised: Realised, sign: np.ndarray, reach: Reach, layer: NSMLayer) -> ChipParameters:
        """sign (outputs, 1): of the layer's betas, whose weights `realised` has turned round."""
        by_beta = realised.weight_by_beta
        return cls(
            shaped(sign * realised.weight_error, layer.weight),
            shaped(realised.beta_factor, layer.beta),
            shaped(realised.c_shift, layer.c),
            None if by_beta is None else shaped(by_beta, layer.weight),  # of -w by -beta: the same
            reach,
        )


@contextmanager
def replaced(net: Network, chip: dict[str, ChipParameters]) -> Iterator[None]:
    """The parameters of the chip in place of those of `net`, whose own betas are brought within reach first.

    Gradients found inside are turned into those of the trained parameters: straight through the errors of weights.
    """
    trained = {}
    with torch.no_grad():
        for name, layer in net.named_nsm_layers():
            bring_within(layer, chip[name].reach)
            trained[name] = [parameter.clone() for parameter in (layer.weight, layer.beta, layer.c)]
            _replace(layer, chip[name])
    try:
        yield
    finally:
        with torch.no_grad():
            for name, layer in net.named_nsm_layers():
                if layer.beta.grad is not None:
                    _move_gradients(layer, chip[name], trained[name][0])
                for parameter, value in zip((layer.weight, layer.beta, layer.c), trained[name], strict=True):
                    parameter.copy_(value)


def bring_within(layer: NSMLayer, reach: Reach) -> None:
    """Move beta into its reach and c along with it, so that c/beta, the input at which a neuron fires half of the time,
    stays. No beta changes its sign."""
    sign, lowest, highest = reach
    with torch.no_grad():
        size = layer.beta * sign
        within = torch.minimum(torch.maximum(size, lowest), highest)
        layer.c.mul_(torch.where(size > 0, within / size, 1.0))
        layer.beta.copy_(within * sign)


def _replace(layer: NSMLayer, chip: ChipParameters) -> None:
    """A layer with weights w' divides by ||w'||, the argument of the chip's neurons, beta factor w'.z/||w|| + c', by
    ||w||: so the layer's beta has the factor ||w'||/||w||."""
    norm = row_norm(layer.weight).clamp_min(SMALLEST_NORM)
    layer.weight.add_(chip.weight_error)
    layer.beta.mul_(chip.beta_factor * per_output(row_norm(layer.weight) / norm, layer.beta))
    layer.c.add_(chip.c_shift)


def _move_gradients(layer: NSMLayer, chip: ChipParameters, weight: Tensor) -> None:
    """Turn the gradients by the layer's present beta_l = beta factor ||w'|| / ||w|| and weights w' into those by the
    trained beta, on which w' depends too where two arrays are combined. A layer's gradient by w' is one at constant
    beta_l; with the length of w' that beta_l contains it is dL/dw' + w' (beta_l dL/dbeta_l) / ||w'||^2."""
    of_beta, norm = layer.beta.grad, row_norm(layer.weight).clamp_min(SMALLEST_NORM)
    assert of_beta is not None
    through_weights: Tensor | float = 0.0
    if chip.weight_by_beta is not None:
        assert layer.weight.grad is not None
        along = (layer.beta * of_beta).view(len(weight), -1).sum(dim=1) / norm**2
        of_weight = layer.weight.grad + per_output(along, layer.weight) * layer.weight
        total = (of_weight * chip.weight_by_beta).flatten(1).sum(dim=1)
        through_weights = per_output(total * len(weight) / layer.beta.numel(), layer.beta)
    ratio = norm / row_norm(weight).clamp_min(SMALLEST_NORM)
    of_beta.mul_(chip.beta_factor * per_output(ratio, layer.beta)).add_(through_weights)


def shaped(values: np.ndarray, like: Tensor) -> Tensor:
    """Values as a float32 tensor in the shape of a parameter."""
    return torch.from_numpy(np.ascontiguousarray(values, np.float32)).reshape(like.shape)
