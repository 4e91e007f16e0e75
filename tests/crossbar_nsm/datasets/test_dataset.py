import numpy as np
import pytest
from support.datasets import random_images, refused

from crossbar_nsm.datasets.dataset import Dataset, unit_range


@pytest.mark.parametrize("shape", [(20,), (4, 5), (3, 4, 5)])
def test_without_removes_by_content(shape):
    data = Dataset(unit_range(random_images(3, *shape)), np.array([2, 0, 1]))
    assert data.without(data.first(2)).labels.tolist() == [1]


def test_more_images_than_there_are():
    data = Dataset(np.zeros((3, 4, 5), np.float32), np.zeros(3, np.int64))
    with refused("4 images were asked for, the data set has 3"):
        data.first(4)


def test_unit_range_has_the_same_bits_as_a_division_of_floats():
    every_byte = np.arange(256, dtype=np.uint8)
    scaled = unit_range(every_byte)
    assert scaled.dtype == np.float32
    assert scaled.tobytes() == (every_byte.astype(np.float32) / 255).tobytes()
