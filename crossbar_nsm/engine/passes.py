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
from numba import njit, prange

from device_models.errors import ConfigError

Order = Literal["input_major", "sample_major"]
MAX_PASSES = 4096
MAX_STATES = 2**23  # of one layer in a chunk, 32 MiB
OBSERVATION = 2**31  # image counters from here on address draws of measurements, which evaluations never share
CALIBRATION = OBSERVATION + 2**30  # and from here on those of calibrations, which measurements do not share either
OBSERVATION_VECTOR = 2**40  # likewise, the numbers of vectors, by which slow noise is drawn
CALIBRATION_VECTOR = 2**41


@dataclass(frozen=True)
class Passes:
    """A chunk of passes in time order.

    start, stop: the images of this chunk in the caller's batch. rows (passes): which of them each pass shows, counted
    from `start`. images, samples (passes, int64): the counters that address each pass's random draws.
    """

    start: int
    stop: int
    rows: np.ndarray
    images: np.ndarray
    samples: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


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
    """Raises ConfigError unless `samples` is a whole number of at least 1."""
    if not isinstance(samples, (int, np.integer)) or samples < 1:
        raise ConfigError(f"samples={samples!r}: expected a whole number, at least one Monte Carlo sample")


def _tile(first: int, last: int, times: int) -> np.ndarray:
    return np.tile(np.arange(first, last), times)


LogitsOf = Callable[[Passes], np.ndarray]
Progress = Callable[[int, int], None]


def sample_classes(
    logits_of: LogitsOf, images: int, samples: int, classes: int, order: Order, first_image: int, widest: int = 1
) -> np.ndarray:
    """Class probabilities of every pass, (samples, images, classes) float32."""
    check_samples(samples)
    try:
        out = np.empty((samples, images, classes), np.float32)
    except (MemoryError, ValueError):
        raise ConfigError(
            f"samples={samples}: single passes of {images} images do not fit in memory; use predict"
        ) from None
    for passes in chunks(images, samples, order, first_image, widest):
        logits = logits_of(passes)
        out[passes.samples, passes.rows + passes.start] = _softmax(logits)
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
) -> np.ndarray:
    """Mean class probabilities over the samples, (images, classes) float32; holds one chunk at a time.

    `progress(done, total)` is called after each chunk, in passes.
    """
    check_samples(samples)
    total, done = np.zeros((images, classes)), 0
    for passes in chunks(images, samples, order, first_image, widest):
        _add_rows(total, _softmax(logits_of(passes)), passes.rows + passes.start)
        done += len(passes)
        if progress is not None:
            progress(done, images * samples)
    return (total / samples).astype(np.float32)


@njit(parallel=True, cache=True)
def _softmax(logits):
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


@njit(cache=True)
def _add_rows(total, values, rows):
    """total[rows[p]] += values[p] in the order of passes, so that the sum's bits do not depend on chunks."""
    for p in range(rows.size):
        for k in range(values.shape[1]):
            total[rows[p], k] += values[p, k]
