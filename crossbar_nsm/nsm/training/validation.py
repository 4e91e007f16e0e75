"""How good a network is between two epochs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.training.config import TrainingConfig

VALIDATION_STATES = 2**21  # of the widest layer at a time


def error_and_nll(
    net: Network, states: Tensor, labels: Tensor, config: TrainingConfig, draws: GeneratorDraws
) -> tuple[float, float]:
    """Error (fraction) and NLL (nats) of the mean probability over validation_samples passes of encoded images."""
    passes = net.passes_that_differ(config.validation_samples)
    wrong, nll = 0, 0.0
    size = max(1, min(1000, VALIDATION_STATES // net.architecture.widest))
    for some, wanted in zip(states.split(size), labels.split(size), strict=True):
        probability = torch.zeros(len(wanted), net.architecture.classes, dtype=torch.float32)
        for _ in range(passes):
            probability += torch.softmax(net(some, config.noise_place, draws), dim=1)
        probability /= passes
        wrong += int((probability.argmax(dim=1) != wanted).sum())
        nll += float(functional.nll_loss(probability.clamp_min(1e-12).log(), wanted, reduction="sum"))
    return wrong / len(labels), nll / len(labels)
