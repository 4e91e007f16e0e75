"""Images are turned as said."""

import numpy as np
import pytest

from crossbar_nsm.datasets.turned import turned
from device_models.errors import DatasetError


def test_digits_turn_counter_clockwise_about_their_centre():
    image = np.zeros((1, 5, 5), np.float32)
    image[0, 2, 4] = 1  # right of the centre
    assert np.argwhere(turned(image, 90)[0] > 0.5).tolist() == [[0, 2]]  # above it
    assert np.array_equal(turned(image, 0), image)
    assert np.allclose(turned(image, 180), image[:, ::-1, ::-1], atol=1e-6)


def test_every_channel_turns_by_itself_and_flat_images_do_not():
    image = np.zeros((1, 3, 5, 5), np.float32)
    image[0, 0, 2, 4] = 1
    assert np.argwhere(turned(image, 90)[0] > 0.5).tolist() == [[0, 0, 2]]
    with pytest.raises(DatasetError, match=r"images of shape \(784,\) cannot be turned"):
        turned(np.zeros((2, 784), np.float32), 90)


def test_interpolation_is_linear_and_the_outside_black():
    image = np.ones((1, 9, 9), np.float32)
    image[0, 4, 4] = 0.25
    half = turned(image, 45)[0]
    assert half[0, 0] == 0  # from outside
    assert half[4, 4] == pytest.approx(0.25)
    assert half.min() >= 0
    assert half.max() == pytest.approx(1.0)  # a cubic spline overshoots
    assert half[4, 5] == pytest.approx(turned(image, 45 + 360)[0, 4, 5])
    row, column = np.sin(np.pi / 4), np.cos(np.pi / 4)  # where (4, 5) came from, relative to the centre
    assert half[4, 5] == pytest.approx(1 - 0.75 * (1 - row) * (1 - column), abs=1e-6)
