"""Forward passes in the order in which they happen, chunk by chunk.

One pass is one image seen once: (image, Monte Carlo sample). `input_major` runs all samples of an image in a row,
`sample_major` runs all images once, then all again. Nothing larger than a chunk is ever held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import prange

from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.sampling.config import MOST_SAMPLES
from crossbar_nsm.engine.sampling.prediction import Prediction
from device_models.checks.arguments import whole_number
from device_models.checks.memory import check_memory
from device_models.errors import ConfigError

SAMPLES = whole_number(1, MOST_SAMPLES)
Order = Literal["input_major", "sample_major"]
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

    start, stop: the images of this chunk in the caller's batch. rows (passes): which of them each pass shows, counted
    from `start`. images, samples (passes, int64): the counters that address each pass's random draws. chosen: the
    images of this chunk where they do not lie side by side; `rows` then counts in it.
    """

    start: int
    stop: int
    rows: np.ndarray
    images: np.ndarray
    samples: np.ndarray
    chosen: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)

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
                rows = np.repeat(np.arange(stop - start), last - first)
                yield Passes(start, stop, rows, rows + start + first_image, _tile(first, last, stop - start))
    else:
        for sample in range(samples):
            for start in range(0, images, most):
                stop = min(images, start + most)
                rows = np.arange(stop - start)
                yield Passes(start, stop, rows, rows + start + first_image, np.full(len(rows), sample))


def most_passes(widest: int) -> int:
    """Passes of a chunk at most, when the largest layer of one pass has `widest` states."""
    return max(1, min(MAX_PASSES, MAX_STATES // widest))


def check_samples(samples: int) -> None:
    """Raises ConfigError unless `samples` is a whole number that a run can end with."""
    SAMPLES("samples", samples)


def _tile(first: int, last: int, times: int) -> np.ndarray:
    return np.tile(np.arange(first, last), times)


LogitsOf = Callable[[Passes], np.ndarray]
Progress = Callable[[int, int], None]


def sample_classes(
    logits_of: LogitsOf, images: int, samples: int, classes: int, order: Order, first_image: int, widest: int = 1
) -> np.ndarray:
    """Class probabilities of every pass, (samples, images, classes) float32."""
    check_samples(samples)
    single = f"samples={samples}: single passes of {images} images (use predict: it holds none)"
    check_memory(4 * samples * images * classes, single, ConfigError)
    out = np.empty((samples, images, classes), np.float32)
    for passes in chunks(images, samples, order, first_image, widest):
        logits = logits_of(passes)
        out[passes.samples, passes.rows + passes.start] = softmax(logits)
    return out


def mean_classes(
    logits_of: LogitsOf,
    images: int,
    samples: int,
    classes: int,
    order: Order,
    first_image: int,
    widest: int = 1,
    progress: Progress | None = None,
) -> Prediction:
    """Means over the samples; holds one chunk at a time. `progress(done, total)` is called after each, in passes."""
    check_samples(samples)
    sums, done = Sums(images, classes), 0
    for passes in chunks(images, samples, order, first_image, widest):
        sums.add(softmax(logits_of(passes)), passes.rows + passes.start)
        done += len(passes)
        if progress is not None:
            progress(done, images * samples)
    return sums.prediction()


class Sums:
    """Running sums over the passes of every image: probability (images, classes), entropy (images, 1), passes
    (images)."""

    def __init__(self, images: int, classes: int):
        self.probability, self.entropy = np.zeros((images, classes)), np.zeros((images, 1))
        self.passes = np.zeros(images, np.int64)

    def add(self, probability: np.ndarray, rows: np.ndarray) -> None:
        """Class probabilities (passes, classes) of passes that show images rows (passes)."""
        _add_rows(self.probability, probability, rows)
        _add_rows(self.entropy, _entropies(probability), rows)
        self.passes += np.bincount(rows, minlength=len(self.passes))

    def prediction(self) -> Prediction:
        """Means over the passes that were added."""
        return Prediction(
            (self.probability / self.passes[:, None]).astype(np.float32), self.entropy[:, 0] / self.passes, self.passes
        )


@kernel(parallel=True)
def softmax(logits):
    """exp(logits) / sum, row by row, (passes, classes) float32."""
    out = np.empty(logits.shape, np.float32)
    for p in prange(logits.shape[0]):
        top, total = logits[p, 0], 0.0
        for k in range(logits.shape[1]):
            top = max(top, logits[p, k])
        for k in range(logits.shape[1]):
            total += math.exp(float(logits[p, k]) - top)
        for k in range(logits.shape[1]):
            out[p, k] = math.exp(float(logits[p, k]) - top) / total
    return out


@kernel(parallel=True)
def _entropies(probability):
    """-sum p ln p of every row, (passes, 1) float64, in nats."""
    out = np.zeros((probability.shape[0], 1))
    for p in prange(probability.shape[0]):
        for k in range(probability.shape[1]):
            if probability[p, k] > 0:
                out[p, 0] -= probability[p, k] * math.log(float(probability[p, k]))
    return out


@kernel()
def _add_rows(total, values, rows):
    """total[rows[p]] += values[p] in the order of passes, so that the sum's bits do not depend on chunks."""
    for p in range(rows.size):
        for k in range(values.shape[1]):
            total[rows[p], k] += values[p, k]
