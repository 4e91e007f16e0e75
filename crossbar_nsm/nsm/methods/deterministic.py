"""Ordinary deterministic layers: ReLU, sigmoid or tanh, with dropout and batch normalisation on request."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from crossbar_nsm.nsm.architecture import Placement
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.config import Deterministic
from crossbar_nsm.nsm.methods.layer import BiasedLayer, NoisePlace

ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}


class DeterministicLayer(BiasedLayer):
    """activation(w.z + b); dropout acts in training only and keeps the mean."""

    def __init__(self, place: Placement, method: Deterministic, first: bool):
        super().__init__(place)
        self.activation = ACTIVATIONS[method.name]
        self.input_dropout = method.input_dropout if first else 0.0
        self.dropout = method.dropout
        self.batch_norm = _batch_norm(place) if method.batch_norm else None
        self.gain = math.sqrt(6) if method.initialisation == "he" else 1.0

    def reset_parameters(self, generator: torch.Generator) -> None:
        super().reset_parameters(generator)
        with torch.no_grad():
            self.weight.mul_(self.gain)

    def argument(self, z: Tensor) -> Tensor:
        argument = super().argument(z)
        return argument if self.batch_norm is None else self.batch_norm(argument)

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        states = self.activation(self.argument(self._drop(z, self.input_dropout, draws)))
        return self._drop(states, self.dropout, draws)

    def _drop(self, z: Tensor, share: float, draws: Draws) -> Tensor:
        if not self.training or share == 0:
            return z
        return z * (draws.uniform(z.shape) >= share) / (1 - share)


def _batch_norm(place: Placement) -> nn.Module:
    kind = nn.BatchNorm2d if len(place.outputs) == 3 else nn.BatchNorm1d
    return kind(place.outputs[0], dtype=torch.float32)
