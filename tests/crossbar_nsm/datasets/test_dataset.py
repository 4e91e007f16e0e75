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


def test_a_hold_out_is_random_and_leaves_the_rest():
    data = Dataset(np.arange(20, dtype=np.float32)[:, None], np.arange(20))
    rest, held_out = data.split(6, seed=1)
    assert (len(rest), len(held_out)) == (14, 6)
    assert sorted([*rest.labels, *held_out.labels]) == list(range(20))
    assert np.array_equal(rest.labels, rest.images[:, 0])
    assert held_out.labels.tolist() == data.split(6, seed=1)[1].labels.tolist()
    assert held_out.labels.tolist() != data.split(6, seed=2)[1].labels.tolist()
    with refused("dataset.validation_images=20 leaves none of 20 images to train on; set it lower, to 2 say"):
        data.split(20, seed=1)


@pytest.mark.parametrize(("asked", "given"), [(1, 4), (4, 4), (5, 8), (8, 8), (16, 16)])
def test_groups_are_held_out_whole(asked, given):
    """Five subjects with four images each."""
    groups = np.tile([3, 7, 8, 20, 21], 4)
    data = Dataset(np.zeros((20, 2), np.float32), np.arange(20), groups)
    rest, held_out = data.split(asked, seed=0)
    assert (len(held_out), len(rest)) == (given, 20 - given)
    assert set(held_out.groups).isdisjoint(rest.groups)
    assert np.array_equal(groups[held_out.labels], held_out.groups)
    assert len({tuple(sorted(set(data.split(4, seed)[1].groups))) for seed in range(20)}) > 2  # any group may be it
    with refused("images to train on; images of one group are held out together; set it lower, to 2 say"):
        data.split(17, seed=0)


def test_images_to_exclude_have_the_same_size():
    data = Dataset(np.zeros((3, 4, 5), np.float32), np.zeros(3, np.int64))
    with refused("exclude: its images have 16 pixels, those of the data set 20"):
        data.without(Dataset(np.zeros((2, 4, 4), np.float32), np.zeros(2, np.int64)))


def test_unit_range_has_the_same_bits_as_a_division_of_floats():
    every_byte = np.arange(256, dtype=np.uint8)
    scaled = unit_range(every_byte)
    assert scaled.dtype == np.float32
    assert scaled.tobytes() == (every_byte.astype(np.float32) / 255).tobytes()


def test_spread_images_show_every_class_of_a_sorted_file():
    data = Dataset(np.arange(100, dtype=np.float32)[:, None] / 100, np.arange(100) // 10)
    assert sorted(set(data.spread(20).labels)) == list(range(10))
    assert data.spread(20).labels[[0, -1]].tolist() == [0, 9]
    assert len(data.spread(20)) == 20
    assert np.array_equal(data.spread(500).labels, data.labels)
