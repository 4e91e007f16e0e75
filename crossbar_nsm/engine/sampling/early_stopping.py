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

Equations: docs/physics.md#early-stopping.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.special import stdtrit

from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.sampling.config import EarlyStoppingConfig
from crossbar_nsm.engine.sampling.pass_plan import PassPlan

MOST_PRODUCTS = 2**21  # of two classes' probabilities, held for a group of images: 16 MiB


class Undecided:
    """Images of a group whose decisions are not sure yet, with the products of the group's probabilities."""

    def __init__(self, group: np.ndarray, plan: PassPlan, stopping: EarlyStoppingConfig):
        self.images, self._first, self._samples, self._stopping = group, group[0], plan.samples, stopping
        self._products = np.zeros((len(group), plan.classes, plan.classes))

    def add(self, probability: np.ndarray, index: np.ndarray) -> None:
        """Class probabilities (passes, classes) of passes that show images index (passes) of the batch."""
        _add_products(self._products, probability, index - self._first)

    def look(self, total: np.ndarray, seen: int) -> None:
        """Leave those out that are sure after `seen` passes, with the sums total (images of the batch, classes) of
        their probabilities."""
        if _looks_after(seen, self._samples, self._stopping.block):
            products = self._products[self.images - self._first]
            self.images = self.images[~is_sure(total[self.images], products, seen, self._samples, self._stopping)]


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
    looks = sum(_looks_after(last, samples, stopping.block) for _, last in blocks(samples, stopping.block))
    freedom = max(1.0, seen * stopping.effective_share - 1)
    return float(stdtrit(freedom, 1 - (1 - stopping.confidence) / max(1, looks)))


def blocks(samples: int, block: int) -> list[tuple[int, int]]:
    """(first, last) sample of every block, `last` excluded."""
    return [(first, min(samples, first + block)) for first in range(0, samples, block)]


def _looks_after(last: int, samples: int, block: int) -> bool:
    """Whether images may leave after the block that ends with sample `last`: after the first there is too little to
    judge from, after the last nothing to save."""
    return 2 * block <= last < samples


def groups(plan: PassPlan) -> Iterator[np.ndarray]:
    """Images that go through their blocks together: what must follow in time stays in time."""
    many = math.ceil(MOST_PRODUCTS / plan.classes**2)
    if plan.has_memory:
        many = 1 if plan.order == "input_major" else plan.images
    for start in range(0, plan.images, many):
        yield np.arange(start, min(plan.images, start + many))


@kernel()
def _add_products(total, values, image_of):
    """total[image_of[p]] += values[p] values[p]' in the order of passes."""
    for p in range(image_of.size):
        for j in range(values.shape[1]):
            for k in range(values.shape[1]):
                total[image_of[p], j, k] += float(values[p, j]) * float(values[p, k])
