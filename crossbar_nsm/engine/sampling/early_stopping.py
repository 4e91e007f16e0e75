"""Passes in blocks until the decision is sure.

The passes of a full run are a finite population, and those made so far a random sample of it (passes are exchangeable).
With d the difference of the probabilities of the leading and of another class in one pass, n of N passes made, the
leader of the full run is sought: mean(d) estimates the full run's mean with the variance var(d) (1/n - 1/N) / e, where
e is the effective number of samples per sample. An image is sure when for every other class

    mean(d) > t sqrt(var(d) (1/n - 1/N) / e),

t the quantile of Student's law with n e - 1 degrees of freedom at a chance of error of (1 - confidence) / looks: errors
of all looks add up to 1 - confidence at most. One imagined pass with d = -1 is counted too, in mean and variance: rare
passes that turn a decision over, none of which was seen yet, would else go unnoticed. What is promised is the decision
of the full run on the same chip; noise that is the same in all passes moves both alike and does not count. The promise
is that of the central limit, and for one rival: if k others come as near as the first, k times the error is possible.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.special import stdtrit

from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.sampling.config import EarlyStoppingConfig
from crossbar_nsm.engine.sampling.passes import (
    LogitsOf,
    Order,
    Passes,
    Progress,
    Sums,
    check_samples,
    chunks,
    softmax,
)
from crossbar_nsm.engine.sampling.prediction import Prediction

MOST_PRODUCTS = 2**21  # of two classes' probabilities, held for a group of images: 16 MiB


def classes_until_sure(
    logits_of: LogitsOf,
    images: int,
    samples: int,
    classes: int,
    order: Order,
    first_image: int,
    widest: int,
    stopping: EarlyStoppingConfig,
    has_memory: bool = False,
    progress: Progress | None = None,
) -> Prediction:
    """As `mean_classes`, but an image gets no more passes once its decision is sure.

    Draws are addressed by image and sample, so the passes that are made are those of a full run. has_memory: whether
    reads depend on those before. Then passes follow each other as the order says, without those that are left out, and
    only their law is that of a full run. `progress` counts passes that are left out as done.
    """
    check_samples(samples)
    sums, done = Sums(images, classes), 0
    for group in _groups(images, classes, order, has_memory):
        products = np.zeros((len(group), classes, classes))
        active = group
        for first, last in _blocks(samples, stopping.block):
            for passes in _chosen_chunks(active, first, last, order, first_image, widest):
                probability, rows = softmax(logits_of(passes)), passes.images - first_image
                sums.add(probability, rows)
                _add_products(products, probability, rows - group[0])
            left = active
            if _looks_after(last, samples, stopping.block):
                sure = is_sure(sums.probability[active], products[active - group[0]], last, samples, stopping)
                left = active[~sure]
            done += len(active) * (last - first) + (len(active) - len(left)) * (samples - last)
            if progress is not None:
                progress(done, images * samples)
            active = left
            if len(active) == 0:
                break
    return sums.prediction()


def is_sure(
    total: np.ndarray, products: np.ndarray, seen: int, samples: int, stopping: EarlyStoppingConfig
) -> np.ndarray:
    """Which images' decisions are sure, (images) bool, by sums over the `seen` passes of `samples`.

    total (images, classes): of the probabilities p; products (images, classes, classes): of p p'.
    """
    rows, leader = np.arange(len(total)), total.argmax(axis=1)
    squares = np.diagonal(products, axis1=1, axis2=2)
    n = seen + 1  # with the imagined pass
    mean = (total[rows, leader][:, None] - total - 1) / n
    sum_of_squares = squares[rows, leader][:, None] + squares - 2 * products[rows, leader] + 1
    variance = np.maximum(sum_of_squares - n * mean**2, 0) / (n - 1)
    error = np.sqrt(variance * (1 / n - 1 / (samples + 1)) / stopping.effective_share)
    clear = mean > _quantile(seen, samples, stopping) * error
    clear[rows, leader] = True
    result: np.ndarray = clear.all(axis=1)
    return result


def _quantile(seen: int, samples: int, stopping: EarlyStoppingConfig) -> float:
    looks = sum(_looks_after(last, samples, stopping.block) for _, last in _blocks(samples, stopping.block))
    freedom = max(1.0, seen * stopping.effective_share - 1)
    return float(stdtrit(freedom, 1 - (1 - stopping.confidence) / max(1, looks)))


def _blocks(samples: int, block: int) -> list[tuple[int, int]]:
    """(first, last) sample of every block, `last` excluded."""
    return [(first, min(samples, first + block)) for first in range(0, samples, block)]


def _looks_after(last: int, samples: int, block: int) -> bool:
    """Whether images may leave after the block that ends with sample `last`: after the first there is too little to
    judge from, after the last nothing to save."""
    return 2 * block <= last < samples


def _groups(images: int, classes: int, order: Order, has_memory: bool) -> Iterator[np.ndarray]:
    """Images that go through their blocks together: what must follow in time stays in time."""
    many = math.ceil(MOST_PRODUCTS / classes**2)
    if has_memory:
        many = 1 if order == "input_major" else images
    for start in range(0, images, many):
        yield np.arange(start, min(images, start + many))


def _chosen_chunks(
    chosen: np.ndarray, first: int, last: int, order: Order, first_image: int, widest: int
) -> Iterator[Passes]:
    """Passes of the `chosen` images for the samples first..last - 1."""
    for passes in chunks(len(chosen), last - first, order, widest=widest):
        shown = chosen[passes.start : passes.stop]
        images, samples = shown[passes.rows] + first_image, passes.samples + first
        yield Passes(passes.start, passes.stop, passes.rows, images, samples, shown)


@kernel()
def _add_products(total, values, rows):
    """total[rows[p]] += values[p] values[p]' in the order of passes."""
    for p in range(rows.size):
        for j in range(values.shape[1]):
            for k in range(values.shape[1]):
                total[rows[p], j, k] += float(values[p, j]) * float(values[p, k])
