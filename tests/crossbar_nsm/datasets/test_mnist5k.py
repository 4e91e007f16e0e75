import numpy as np

from crossbar_nsm.datasets.catalogue import load_dataset


def test_5000_real_digits():
    x, y = load_dataset("mnist5k")
    assert x.shape == (5000, 28, 28)
    assert np.bincount(y).tolist() == [500] * 10
    assert np.bincount(y[:100]).min() >= 4, "the first images must show all digits"
    assert 0 <= x.min() < x.max() <= 1
