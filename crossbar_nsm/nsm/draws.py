"""Where the random numbers of a pass come from: a torch generator in training, counter-based streams in evaluation."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from crossbar_nsm.engine.counter_random import normals, uniforms
from crossbar_nsm.engine.passes import Passes
from device_models.streams import Stream


class Draws(Protocol):
    """Source of independent numbers; shapes are (batch, width)."""

    def normal(self, shape: torch.Size, sd: float = 1.0) -> Tensor:
        """Normal numbers of mean 0."""

    def uniform(self, shape: torch.Size) -> Tensor:
        """Numbers from [0, 1)."""


class GeneratorDraws:
    """Draws of one torch generator, in the order in which they are asked for."""

    def __init__(self, generator: torch.Generator):
        self.generator = generator

    def normal(self, shape: torch.Size, sd: float = 1.0) -> Tensor:
        return torch.empty(shape).normal_(0, sd, generator=self.generator)

    def uniform(self, shape: torch.Size) -> Tensor:
        return torch.rand(shape, generator=self.generator)


class CounterDraws:
    """Draws of one layer in evaluation, addressed by image, sample and call: they do not depend on the batch."""

    def __init__(self, stream: Stream, purpose: str, passes: Passes):
        self.stream, self.purpose, self.passes = stream, purpose, passes
        self.calls = 0

    def normal(self, shape: torch.Size, sd: float = 1.0) -> Tensor:
        return torch.from_numpy(normals(shape[1], *self._address())).mul_(sd)

    def uniform(self, shape: torch.Size) -> Tensor:
        return torch.from_numpy(uniforms(shape[1], *self._address()))

    def _address(self) -> tuple[int, np.ndarray, np.ndarray, np.uint64]:
        """(read, samples, images, key), a read of its own for every call."""
        self.calls += 1
        return self.calls, self.passes.samples, self.passes.images, self.stream.key(self.purpose)
