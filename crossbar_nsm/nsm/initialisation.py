"""How a network starts: from one batch of data (eq. 8), or from another trained network."""

from __future__ import annotations

import torch
from torch import Tensor

from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.layer import HiddenLayer, NoisePlace, NormalisedLayer
from crossbar_nsm.nsm.methods.product import over_units, per_output, sum_over
from crossbar_nsm.nsm.network import Network

SMALLEST_SPREAD = 1e-3


@torch.no_grad()
def initialise_from_data(
    net: Network, states: Tensor, noise_place: NoisePlace, draws: Draws, beta: float | None = None
) -> None:
    """Set beta and c of every layer that has them from one batch of encoded images (batch, inputs), layer after layer.

    With t = w.z/||w||, mean mu and standard deviation sigma per unit: beta <- 1/sigma, c <- -mu/sigma, so that the
    erf argument gets zero mean and unit variance over the batch (eq. 8). When `beta` is given it is used instead of
    1/sigma and c <- -mu beta, so that every unit still fires half of the time on average.
    """

    def set_and_fire(_name: str, layer: HiddenLayer, z: Tensor) -> Tensor:
        if isinstance(layer, NormalisedLayer):
            _set_from_inputs(layer, z, beta)
        states: Tensor = layer(z, noise_place, draws)
        return states

    net.walk(states, set_and_fire)


def _set_from_inputs(layer: NormalisedLayer, z: Tensor, beta: float | None) -> None:
    """Eq. 8 for the argument (beta t + c)/s = beta (t - mu)/s, mu such that its mean is zero. The variance of a channel
    is pooled over its positions, many of which never change at the border of an image."""
    share = layer.active_share(z)
    t, inverse = layer.direction_product(z) / share, 1 / share
    mu = sum_over(t, layer.c) / sum_over(inverse.expand_as(t), layer.c)
    centred = t - over_units(mu, t) * inverse
    one_c_for_all_positions = layer.c.ndim < t.ndim - 1
    variance = (centred.transpose(0, 1).flatten(1).var(dim=1) if one_c_for_all_positions
                else centred.var(dim=0).view(len(layer.weight), -1).mean(dim=1))  # fmt: skip
    slope = 1 / variance.sqrt().clamp_min(SMALLEST_SPREAD) if beta is None else torch.full_like(variance, beta)
    layer.beta.copy_(per_output(slope, layer.beta))
    layer.c.copy_(-layer.beta * mu)


@torch.no_grad()
def start_from(net: Network, trained: Network) -> bool:
    """Copy every parameter that both networks have; True when beta and c are among them (or `net` has none).

    A deterministic network gives an NSM its weights and output layer; beta and c are then set from data. Raises
    CheckpointError when the layers differ.
    """
    net.architecture.check_start(trained.architecture)
    given = trained.state_dict()
    own = net.state_dict()
    for name in own.keys() & given.keys():
        own[name].copy_(given[name])
    return all(name in given for name in own if name.endswith((".beta", ".c")))
