"""Where the random numbers of a pass come from: a torch generator in training, counter-based streams in evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from crossbar_nsm.engine.kernels.counter_random import normals, uniforms
from crossbar_nsm.engine.sampling.passes import Passes
from device_models.streams import Stream

MANY = 2**17


class Draws(Protocol):
    """Source of independent numbers; shapes are (batch, units...)."""

    def normal(self, shape: torch.Size, sd: float = 1.0) -> Tensor:
        """Normal numbers of mean 0."""

    def uniform(self, shape: torch.Size) -> Tensor:
        """Numbers from [0, 1)."""


class GeneratorDraws:
    """Draws of one torch generator, in the order in which they are asked for.

    Many numbers at once come from a counter-based stream whose key the generator draws: it uses all threads and is
    several times faster. Those of convolutions are in channels-last layout.
    """

    def __init__(self, generator: torch.Generator):
        self.generator = generator

    def normal(self, shape: torch.Size, sd: float = 1.0) -> Tensor:
        if shape.numel() < MANY:
            return torch.empty(shape, dtype=torch.float32).normal_(0, sd, generator=self.generator)
        return self._stream(normals, shape).mul_(sd)

    def uniform(self, shape: torch.Size) -> Tensor:
        if shape.numel() < MANY:
            return torch.rand(shape, generator=self.generator, dtype=torch.float32)
        return self._stream(uniforms, shape)

    def _stream(self, fill: Callable[..., np.ndarray], shape: torch.Size) -> Tensor:
        key = np.uint64(int(torch.randint(2**63 - 1, (), generator=self.generator)))
        rows = np.arange(shape[0])
        numbers = torch.from_numpy(fill(shape[1:].numel(), 0, np.zeros_like(rows), rows, key))
        if len(shape) != 4:
            return numbers.view(shape)
        batch, channels, height, width = shape
        return numbers.view(batch, height, width, channels).permute(0, 3, 1, 2)


class CounterDraws:
    """Draws of one layer in evaluation, addressed by image, sample and call: they do not depend on the batch."""

    def __init__(self, stream: Stream, purpose: str, passes: Passes):
        self.stream, self.purpose, self.passes = stream, purpose, passes
        self.calls = 0

    def normal(self, shape: torch.Size, sd: float = 1.0) -> Tensor:
        return torch.from_numpy(normals(shape[1:].numel(), *self._address())).mul_(sd).view(shape)

    def uniform(self, shape: torch.Size) -> Tensor:
        return torch.from_numpy(uniforms(shape[1:].numel(), *self._address())).view(shape)

    def _address(self) -> tuple[int, np.ndarray, np.ndarray, np.uint64]:
        """(read, samples, images, key), a read of its own for every call."""
        self.calls += 1
        return self.calls, self.passes.samples, self.passes.images, self.stream.key(self.purpose)
