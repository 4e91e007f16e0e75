"""Images of other sizes and colours in the form of a network's own, by hand."""

import numpy as np
import pytest

from crossbar_nsm.datasets.fitted import fitted
from device_models.errors import DatasetError


def test_colours_become_grey_and_large_images_are_cropped_at_the_centre():
    image = np.zeros((1, 3, 6, 6), np.float32)
    image[0, :, 2, 3] = [0.2, 0.4, 0.9]
    small = fitted(image, (4, 4))
    assert small.shape == (1, 4, 4)
    assert small.dtype == np.float32
    assert small[0, 1, 2] == pytest.approx(0.5)
    assert np.count_nonzero(small) == 1


def test_an_event_in_any_frame_counts():
    frames = np.zeros((1, 10, 2, 2), np.float32)
    frames[0, 7, 0, 1] = 1
    assert fitted(frames, (2, 2)).tolist() == [[[0, 1], [0, 0]]]


def test_small_images_get_a_black_frame_and_grey_is_shown_in_every_channel():
    image = np.full((1, 2, 3), 0.5, np.float32)
    large = fitted(image, (3, 5, 4))
    assert large.shape == (1, 3, 5, 4)
    assert (large[0, 0, 1:3, 0:3] == 0.5).all()
    assert (large == large[:, :1]).all()
    assert np.count_nonzero(large[0, 0]) == 6


def test_much_larger_images_are_shrunk_by_a_whole_factor():
    """7 x 9 to 3 x 4: blocks of 2 x 2 (the last row and column are left out) and no crop."""
    image = np.arange(63, dtype=np.float32).reshape(1, 7, 9) / 63
    small = fitted(image, (3, 4))
    assert small.shape == (1, 3, 4)
    assert small[0, 0, 0] == pytest.approx(image[0, :2, :2].mean())
    assert small[0, 2, 3] == pytest.approx(image[0, 4:6, 6:8].mean())


def test_images_that_fit_stay_as_they_are():
    image = np.random.default_rng(0).random((2, 3, 4, 4), dtype=np.float32)
    assert np.array_equal(fitted(image, (3, 4, 4)), image)


def test_flat_images_have_no_height():
    for images, shape in ((np.zeros((1, 16)), (4, 4)), (np.zeros((1, 4, 4)), (16,))):
        with pytest.raises(DatasetError, match=r"images of shape \(16,\) cannot be fitted"):
            fitted(images, shape)
