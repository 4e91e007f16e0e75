import numpy as np
import pytest
from support.datasets import random_images

from crossbar_nsm.datasets.image_digests import image_digests

BYTES = random_images(5000, 4, 5)
IMAGES = BYTES.astype(np.float32) / 255


@pytest.mark.parametrize(
    "same", [BYTES / 255.0, IMAGES.reshape(5000, 20), IMAGES.astype(np.float64), np.asfortranarray(IMAGES)]
)
def test_content_alone_counts(same):
    digests = image_digests(IMAGES)
    assert (digests.dtype, digests.shape) == (np.uint64, (5000,))
    assert np.array_equal(image_digests(same), digests)
    assert np.array_equal(image_digests(same[::-1]), digests[::-1])


def test_different_images_have_different_digests():
    assert len(np.unique(image_digests(IMAGES))) == len(np.unique(BYTES.reshape(5000, 20), axis=0))
    changed = BYTES[:1].copy()
    changed[0, 0, 0] ^= 1
    assert image_digests(changed / 255)[0] != image_digests(BYTES[:1] / 255)[0]


def test_states_of_both_signs():
    states = np.array([[-1.0, 1.0], [1.0, -1.0], [0.0, 1.0]], np.float32)
    assert len(np.unique(image_digests(states))) == 3
