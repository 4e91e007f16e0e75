"""Gradients of three methods at the same weights (Fig. 8)."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from crossbar_nsm.nsm.architecture import Architecture, PoolSpec
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.initialisation import start_from
from crossbar_nsm.nsm.methods.config import Method
from crossbar_nsm.nsm.methods.layer import HiddenLayer, NoisePlace
from crossbar_nsm.nsm.network import Network

PAIRS = ("nsm and nsm", "nsm and nsm_binconcrete", "nsm and sigmoid")
SIGMOID_SLOPE = 4 / math.sqrt(math.pi)  # of a sigmoid with the slope of 1/2 [1 + erf] at 0


def gradient_cosines(
    net: Network, binconcrete: Method, states: Tensor, labels: Tensor, draws: int, noise_place: NoisePlace
) -> np.ndarray:
    """Cosine of the angle between gradients of the weights at `net`'s parameters, shape (pairs, layers).

    Each gradient is the mean over `draws` passes of the batch. `nsm and nsm` compares two independent estimates of one
    gradient: what remains of the estimates' own noise. `sigmoid` is the network of deterministic sigmoid units whose
    outputs 2 sigmoid(4/sqrt(pi) x) - 1 stand for the mean states erf(x) of the NSM, at the same w, beta and c.
    """
    fields = net.architecture.model_dump() | {"method": binconcrete.model_dump()}
    other = Network(Architecture.model_validate(fields))
    start_from(other, net)
    own = mean_gradients(net, states, labels, draws, noise_place, seed=11)
    others = (
        mean_gradients(net, states, labels, draws, noise_place, seed=12),
        mean_gradients(other, states, labels, draws, noise_place, seed=13),
        sigmoid_gradients(net, states, labels),
    )
    return np.array([[float(cosine(a, b)) for a, b in zip(own, other, strict=True)] for other in others])


def mean_gradients(
    net: Network, states: Tensor, labels: Tensor, draws: int, noise_place: NoisePlace, seed: int
) -> list[Tensor]:
    """Gradient of the mean cross-entropy with respect to every layer's weight, averaged over `draws` passes."""
    source = GeneratorDraws(torch.Generator().manual_seed(seed))
    total = [torch.zeros_like(weight) for weight in weights(net)]
    for _ in range(draws):
        loss = functional.cross_entropy(net(states, noise_place, source), labels)
        for mean, gradient in zip(total, torch.autograd.grad(loss, weights(net)), strict=True):
            mean += gradient / draws
    return total


def sigmoid_gradients(net: Network, states: Tensor, labels: Tensor) -> list[Tensor]:
    """As `mean_gradients`, of the deterministic sigmoid network in place of the NSM."""

    def fire(_name: str, layer: HiddenLayer, z: Tensor) -> Tensor:
        return torch.tanh(SIGMOID_SLOPE / 2 * layer.argument(z))  # 2 sigmoid(k x) - 1

    loss = functional.cross_entropy(net.walk(states, fire), labels)
    return list(torch.autograd.grad(loss, weights(net)))


def weights(net: Network) -> list[Tensor]:
    """Weights of all layers that have some, in order."""
    return [net.layers[spec.name].weight for spec in net.architecture.layers if not isinstance(spec, PoolSpec)]  # type: ignore[misc]


def cosine(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of the angle between two arrays of any shape."""
    return functional.cosine_similarity(a.flatten(), b.flatten(), dim=0)
