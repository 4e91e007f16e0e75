"""Data-dependent initialisation (eq. 8): each unit's erf argument gets zero mean and unit variance over one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from crossbar_nsm.nsm.layers import NoisePlace
from crossbar_nsm.nsm.network import NSMNetwork

SMALLEST_SPREAD = 1e-3


@torch.no_grad()
def initialise_from_data(
    net: NSMNetwork, images: Tensor, noise_place: NoisePlace, generator: torch.Generator, beta: float | None = None
) -> None:
    """Set beta and c of every NSM layer from one batch of images (batch, inputs), layer after layer.

    With t = w.z/||w||, mean mu and standard deviation sigma per unit: beta <- 1/sigma, c <- -mu/sigma. When `beta` is
    given it is used instead of 1/sigma and c <- -mu beta, so that every unit still fires half of the time on average.
    """
    z = net.encode(images)
    for layer in net.nsm_layers():
        t = layer.direction_product(z)
        slope = 1 / t.std(dim=0).clamp_min(SMALLEST_SPREAD) if beta is None else torch.full_like(t[0], beta)
        layer.beta.copy_(slope)
        layer.c.copy_(-t.mean(dim=0) * slope)
        z = layer(z, noise_place, generator)
