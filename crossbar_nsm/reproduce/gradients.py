"""Gradients of three methods at the same weights (Fig. 8)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.initialisation import start_from
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.network import Network

PAIRS = ("nsm and nsm", "nsm and nsm_binconcrete", "nsm and sigmoid")
SEEDS = {"nsm": 11, "nsm again": 12, "nsm_binconcrete": 13, "sigmoid": 14}  # own draws for each estimate


def gradient_cosines(net: Network, states: Tensor, labels: Tensor, draws: int, noise_place: NoisePlace) -> np.ndarray:
    """Cosine of the angle between gradients of the weights at `net`'s weights, shape (pairs, layers).

    Each gradient is the mean over `draws` passes of the batch; `nsm and nsm` compares two independent estimates of one
    gradient: what remains of the estimates' own noise.
    """
    gradients = {
        name: mean_gradients(
            _with_method(net, name.split()[0]), states, labels, draws if name != "sigmoid" else 1, noise_place, seed
        )
        for name, seed in SEEDS.items()
    }
    own = gradients["nsm"]
    others = (gradients["nsm again"], gradients["nsm_binconcrete"], gradients["sigmoid"])
    return np.array([[float(cosine(a, b)) for a, b in zip(own, other, strict=True)] for other in others])


def mean_gradients(
    net: Network, states: Tensor, labels: Tensor, draws: int, noise_place: NoisePlace, seed: int
) -> list[Tensor]:
    """Gradient of the mean cross-entropy with respect to every layer's weight, averaged over `draws` passes."""
    source = GeneratorDraws(torch.Generator().manual_seed(seed))
    for _ in range(draws):
        loss = functional.cross_entropy(net(states, noise_place, source), labels) / draws
        loss.backward()
    result = [net.layers[spec.name].weight.grad for spec in net.architecture.layers]
    return [gradient for gradient in result if isinstance(gradient, Tensor)]


def cosine(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of the angle between two arrays of any shape."""
    return functional.cosine_similarity(a.flatten(), b.flatten(), dim=0)


def _with_method(net: Network, method: str) -> Network:
    """A copy of `net`, its weights (and beta, c where there are any) under another method."""
    fields = net.architecture.model_dump() | {"method": method}
    other = Network(Architecture.model_validate(fields))
    start_from(other, net)
    return other
