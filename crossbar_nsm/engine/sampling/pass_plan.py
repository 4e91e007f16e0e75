"""Which passes are made: of how many images and samples, for how many classes, in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crossbar_nsm.engine.sampling.passes import SAMPLES, Order, Passes, chunks


@dataclass(frozen=True)
class PassPlan:
    """`samples` passes of each of `images` images through a network that tells `classes` classes apart.

    order: see `passes`. first_image: counter of the first image. widest: states of the largest layer of one pass.
    has_memory: whether reads depend on those before. Raises ConfigError unless `samples` is a whole number that a run
    can end with.
    """

    images: int
    samples: int
    classes: int
    order: Order = "input_major"
    first_image: int = 0
    widest: int = 1
    has_memory: bool = False

    def __post_init__(self) -> None:
        SAMPLES("samples", self.samples)

    @property
    def total(self) -> int:
        """Passes of all images."""
        return self.images * self.samples

    def passes(self) -> Iterator[Passes]:
        """All of them, chunk by chunk."""
        return chunks(self.images, self.samples, self.order, self.first_image, self.widest)

    def passes_of(self, chosen: np.ndarray, first: int, last: int) -> Iterator[Passes]:
        """Those of the `chosen` images of the batch, for the samples first..last - 1."""
        for passes in chunks(len(chosen), last - first, self.order, widest=self.widest):
            among = chosen[passes.start : passes.stop]
            images, samples = among[passes.input_of] + self.first_image, passes.samples + first
            yield Passes(passes.start, passes.stop, passes.input_of, images, samples, among)

    def batch_index(self, passes: Passes) -> np.ndarray:
        """Which image of the batch each pass shows."""
        return passes.images - self.first_image
