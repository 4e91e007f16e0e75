"""Forward passes in the order in which they happen, chunk by chunk.

One pass is one image seen once: (image, Monte Carlo sample). `input_major` runs all samples of an image in a row,
`sample_major` runs all images once, then all again. Nothing larger than a chunk is ever held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crossbar_nsm.engine.sampling.config import MOST_SAMPLES
from device_models.checks.arguments import whole_number

SAMPLES = whole_number(1, MOST_SAMPLES)
Order = Literal["input_major", "sample_major"]
Progress = Callable[[int, int], None]  # takes what is done and how much there is, in passes unless stated
MAX_PASSES = 4096
MAX_STATES = 2**23  # of one layer in a chunk, 32 MiB
OBSERVATION = 2**31  # image counters from here on address draws of measurements, which evaluations never share
CALIBRATION = OBSERVATION + 2**30  # and from here on those of calibrations, which measurements do not share either
ROUNDING = CALIBRATION + 2**29  # those that tell what rounding does to decisions
OBSERVATION_VECTOR = 2**40  # likewise, the numbers of vectors, by which slow noise is drawn
CALIBRATION_VECTOR = 2**41
ROUNDING_VECTOR = 2**42


@dataclass(frozen=True)
class Passes:
    """A chunk of passes in time order.

    start, stop: the images of this chunk in the caller's batch. input_of (passes): which of them each pass shows,
    counted from `start`. images, samples (passes, int64): the counters that address each pass's random draws. chosen:
    the images of this chunk where they do not lie side by side; `input_of` then counts in it.
    """

    start: int
    stop: int
    input_of: np.ndarray
    images: np.ndarray
    samples: np.ndarray
    chosen: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.input_of)

    def of(self, states: np.ndarray) -> np.ndarray:
        """What belongs to the images of this chunk, of one entry per image of the caller's batch."""
        return states[self.start : self.stop] if self.chosen is None else states[self.chosen]


def chunks(images: int, samples: int, order: Order, first_image: int = 0, widest: int = 1) -> Iterator[Passes]:
    """All passes of `images` images x `samples` samples; images are counted from `first_image`. widest: states of the
    largest layer of one pass; chunks are smaller for large networks, which changes no result."""
    most = most_passes(widest)
    if order == "input_major":
        many = max(1, most // samples)
        for start in range(0, images, many):
            stop = min(images, start + many)
            for first in range(0, samples, most):
                last = min(samples, first + most)
                input_of = np.repeat(np.arange(stop - start), last - first)
                yield Passes(start, stop, input_of, input_of + start + first_image, _tile(first, last, stop - start))
    else:
        for sample in range(samples):
            for start in range(0, images, most):
                stop = min(images, start + most)
                input_of = np.arange(stop - start)
                yield Passes(start, stop, input_of, input_of + start + first_image, np.full(len(input_of), sample))


def most_passes(widest: int) -> int:
    """Passes of a chunk at most, when the largest layer of one pass has `widest` states."""
    return max(1, min(MAX_PASSES, MAX_STATES // widest))


def _tile(first: int, last: int, times: int) -> np.ndarray:
    return np.tile(np.arange(first, last), times)
