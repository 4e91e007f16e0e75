"""Which images a network was trained on."""

import numpy as np
import pytest
import torch
from support.networks import dense_network

from device_models.errors import DatasetError

X = np.random.default_rng(0).random((6, 30), dtype=np.float32)


@pytest.mark.parametrize("same", [
    X, np.asfortranarray(X), X.astype(np.float64), X.tolist(), torch.from_numpy(X), torch.tensor(X, requires_grad=True)
])  # fmt: skip
def test_images_are_known_in_any_array_of_numbers(same):
    net = dense_network(30, 12, 4)
    assert net.trained_on(same) is None
    net.remember_training_images(X[:4])
    assert net.trained_on(same).tolist() == [True] * 4 + [False] * 2
    net.remember_training_images(same)
    assert net.trained_on(X).all()


EIGHT_BITS = np.rint(255 * X).astype(np.uint8)


@pytest.mark.parametrize("other", [EIGHT_BITS, X[:, :20], "images", X.astype(object), X * np.nan])
def test_other_images_are_refused_and_not_unknown(other):
    net = dense_network(30, 12, 4)
    net.remember_training_images(X)
    with pytest.raises(DatasetError, match="images"):
        net.trained_on(other)
