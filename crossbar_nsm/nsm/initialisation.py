"""How a network starts: from one batch of data (eq. 8), or from another trained network."""

from __future__ import annotations

import torch
from torch import Tensor

from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.layer import NoisePlace, NormalisedLayer
from crossbar_nsm.nsm.network import Network
from device_models.errors import CheckpointError

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
    z = states
    for layer in net.hidden_layers():
        if isinstance(layer, NormalisedLayer):
            t = layer.direction_product(z)
            slope = 1 / t.std(dim=0).clamp_min(SMALLEST_SPREAD) if beta is None else torch.full_like(t[0], beta)
            layer.beta.copy_(slope)
            layer.c.copy_(-t.mean(dim=0) * slope)
        z = layer(z, noise_place, draws)


@torch.no_grad()
def start_from(net: Network, trained: Network) -> bool:
    """Copy every parameter that both networks have; True when beta and c are among them (or `net` has none).

    A deterministic network gives an NSM its weights and output layer; beta and c are then set from data. Raises
    CheckpointError when the layers differ.
    """
    if trained.architecture.layers != net.architecture.layers:
        sizes = " against ".join(str(which.architecture) for which in (trained, net))
        raise CheckpointError(f"start_from: the trained network has other layers ({sizes})")
    given = trained.state_dict()
    own = net.state_dict()
    for name in own.keys() & given.keys():
        own[name].copy_(given[name])
    return all(name in given for name in own if name.endswith((".beta", ".c")))
