import gzip

import numpy as np
import pytest
from support.datasets import idx, random_images, refused, write_idx

from crossbar_nsm.datasets.catalogue import DESCRIPTIONS, load_dataset
from crossbar_nsm.datasets.emnist import CLASSES


def write(root, name, split, images, labels):
    write_idx(root / "emnist", f"emnist-{name.removeprefix('emnist_')}-{split}", images, labels)


def stored_labels(name):
    """One image of each class, as the files number them."""
    return np.arange(CLASSES[name]) + (name == "emnist_letters")


@pytest.mark.parametrize(
    ("name", "classes"),
    [("balanced", 47), ("byclass", 62), ("bymerge", 47), ("digits", 10), ("letters", 26), ("mnist", 10)],
)
def test_labels_count_from_0(tmp_path, name, classes):
    name = f"emnist_{name}"
    for split, seed in (("train", 0), ("test", 1)):
        write(tmp_path, name, split, random_images(classes, 28, 28, seed=seed), stored_labels(name))
    for split, seed in (("train", 0), ("test", 1)):
        x, y = load_dataset(name, split, tmp_path)
        assert y.tolist() == list(range(classes))
        assert np.array_equal(np.rint(255 * x), random_images(classes, 28, 28, seed=seed).swapaxes(1, 2))
    assert DESCRIPTIONS[name].classes == classes


def test_images_are_upright(tmp_path):
    """The file holds columns where MNIST's has rows: an L, bar on the left, foot to the right."""
    upright = np.zeros((28, 28), np.uint8)
    upright[4:24, 8] = 255
    upright[23, 8:18] = 255
    write(tmp_path, "emnist_letters", "test", [upright.T] * 26, stored_labels("emnist_letters"))
    x, _ = load_dataset("emnist_letters", root=tmp_path)
    assert np.array_equal(x[0], upright / np.float32(255))
    assert x.flags.c_contiguous


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.r_[27, 1:26], "image 0 has label 27, allowed are 1 to 26"),
        (np.r_[0:26], "image 0 has label 0, allowed are 1 to 26"),
        (np.r_[1:26, 1], "no image with label 26, but all of 1 to 26 must occur"),
    ],
)
def test_wrong_labels_of_letters(tmp_path, labels, message):
    write(tmp_path, "emnist_letters", "test", random_images(26, 28, 28), labels)
    with refused(tmp_path / "emnist" / "emnist-letters-test-labels-idx1-ubyte", message):
        load_dataset("emnist_letters", root=tmp_path)


def test_damaged_and_missing_files(tmp_path):
    write(tmp_path, "emnist_digits", "test", random_images(10, 28, 28), range(10))
    with refused("no emnist-digits-train-images-idx3-ubyte and no", "the four emnist-digits-* files into"):
        load_dataset("emnist_digits", "train", tmp_path)
    images = tmp_path / "emnist" / "emnist-digits-test-images-idx3-ubyte"
    images.unlink()
    packed = images.with_name(f"{images.name}.gz")
    packed.write_bytes(gzip.compress(idx(random_images(10, 28, 28)))[:-9])
    with refused(packed, "truncated, its gzipped data do not end"):
        load_dataset("emnist_digits", root=tmp_path)
