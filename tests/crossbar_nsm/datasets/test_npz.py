import re

import numpy as np
import pytest
from support.datasets import refused

from crossbar_nsm.datasets.catalogue import keeps_test_images_apart, load_dataset
from device_models.errors import DatasetError

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
LABELS = np.array([2, 0, 1], np.uint8)


@pytest.mark.parametrize("shape", [(3, 20), (3, 4, 5), (3, 2, 2, 5)])
def test_a_file_of_ones_own(tmp_path, shape):
    np.savez(tmp_path / "own.npz", x=IMAGES.reshape(shape), y=LABELS)
    x, y = load_dataset(str(tmp_path / "own.npz"))
    assert np.allclose(x * 255, IMAGES.reshape(shape))
    assert (x.dtype, y.dtype) == (np.float32, np.int64)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": IMAGES}, "y_train, x_test and y_test; it has x (3, 4, 5)"),
        ({"x": np.array(3), "y": LABELS}, "x must hold numbers"),
        ({"x": IMAGES.reshape(3, 1, 1, 4, 5), "y": LABELS}, "got uint8 of shape (3, 1, 1, 4, 5)"),
        ({"x": np.array([["a"]] * 3), "y": LABELS}, "x must hold numbers"),
        ({"x": IMAGES + 1j, "y": LABELS}, "x must hold numbers"),
        ({"x": IMAGES * 1.0, "y": LABELS}, "x holds values from 0 to 59, outside [0, 1] (or +-1); divide them by the"),
        ({"x": IMAGES.astype(np.uint16), "y": LABELS}, "value of white (255 of 8-bit images, or store these as uint8)"),
        ({"x": (IMAGES / 59 - 0.13) / 0.31, "y": LABELS}, "-0.4193548 to 2.806452, outside [0, 1] (or +-1); undo"),
        ({"x": IMAGES / 58.99, "y": LABELS}, "0 to 1.00017, outside [0, 1] (or +-1); clip them, np.clip(x, 0, 1)"),
        ({"x": np.full((3, 2), np.nan), "y": LABELS}, "holds NaN or infinite values in 3 of 3 images; leave these"),
        ({"x": IMAGES[:0], "y": LABELS[:0]}, "holds no images"),
        ({"x": IMAGES, "y": LABELS[:2]}, "one integer label per image"),
        ({"x": IMAGES, "y": LABELS * 0.5}, "got float64 of shape (3,) for 3 images; store y.astype(int)"),
        ({"x": IMAGES, "y": LABELS[:, None]}, "of shape (3, 1) for 3 images; store y.ravel()"),
        ({"x": IMAGES, "y": np.eye(3)}, "of shape (3, 3) for 3 images; store y.argmax(1)"),
        ({"x": IMAGES, "y": np.array(["b", "a", "c"])}, "store np.unique(y, return_inverse=True)[1]"),
        ({"x": IMAGES, "y": LABELS.astype(int) - 1}, "labels run from -1 to 1; they count from 0"),
        ({"x": np.array([object()], dtype=object), "y": LABELS}, "not a readable"),
    ],
)
def test_bad_files(tmp_path, arrays, message):
    np.savez(tmp_path / "bad.npz", **arrays)
    with refused(tmp_path / "bad.npz", message):
        load_dataset(str(tmp_path / "bad.npz"))


WHOLE = [("X", "y"), ("images", "labels"), ("data", "target"), ("arr_0", "arr_1"), ("y", "x_"), ("test_x", "test_y")]
HALVES = [
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("X_train", "y_train", "X_test", "y_test"),
]
KINDS = {
    "as they are": LABELS,
    "column": LABELS[:, None],
    "one-hot": np.eye(3)[LABELS],
    "floats": LABELS * 1.0,
    "texts": np.array(["cat", "ant", "bee"]),
}


@pytest.mark.parametrize("labels", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("names", [*WHOLE, *HALVES], ids=lambda names: names[0])
def test_the_line_that_renames_other_arrays_does_so(tmp_path, monkeypatch, names, labels):
    monkeypatch.chdir(tmp_path)
    np.savez("own.npz", note="of mine", **dict(zip(names, (IMAGES, labels) * 2, strict=False)))
    with pytest.raises(DatasetError, match=f"own.npz: needs the arrays .*it has .*{names[0]} .3, 4, 5.") as caught:
        load_dataset("own.npz")
    exec("import numpy as np; " + re.search(r": (d = .*)$", str(caught.value))[1])
    assert keeps_test_images_apart("new.npz") == (len(names) == 4)
    for split in ("train", "test"):
        x, y = load_dataset("new.npz", split)
        assert np.allclose(x * 255, IMAGES)
        assert y.tolist() == LABELS.tolist()


def test_where_nothing_can_be_images_the_arrays_are_listed(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, a=np.arange(3), b=np.array([object()]), **{f"c{k}": 1 for k in range(9)})
    with refused(path, "it has a (3,), c0 (), c1 (), c2 (), c3 (), c4 (), c5 () and 4 more"):
        load_dataset(str(path))


def test_binary_8_bit_images_stay_binary(tmp_path):
    np.savez(tmp_path / "own.npz", x=IMAGES % 2, y=LABELS)
    assert set(np.unique(load_dataset(str(tmp_path / "own.npz"))[0])) == {0.0, 1.0}


def test_an_ending_in_capitals(tmp_path):
    np.savez(tmp_path / "own.npz", x=IMAGES, y=LABELS)
    (tmp_path / "own.npz").rename(tmp_path / "OWN.NPZ")
    assert load_dataset(str(tmp_path / "OWN.NPZ"))[1].tolist() == LABELS.tolist()


def test_truncated(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, x=IMAGES, y=LABELS)
    path.write_bytes(path.read_bytes()[:-30])
    with refused(path, "truncated: the record at its end is missing"):
        load_dataset(str(path))


def test_what_is_behind_the_end_is_not_called_truncated(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, x=IMAGES, y=LABELS)
    path.write_bytes(path.read_bytes() + bytes(100_000))
    with refused(path, "100000 bytes more than its end record says"):
        load_dataset(str(path))


def test_files_of_other_kinds_say_which(tmp_path):
    path = tmp_path / "own.npz"
    with path.open("wb") as file:
        np.save(file, IMAGES)
    with refused(path, "it is an .npy file, one array without a name; write it with numpy.savez"):
        load_dataset(str(path))
    path.write_bytes(b"")
    with refused(path, "not a readable .npz file, it is an empty file; copy or download it again"):
        load_dataset(str(path))


def test_a_file_may_keep_training_and_test_images_apart(tmp_path):
    path = str(tmp_path / "own.npz")
    np.savez(path, x_train=IMAGES[:2], y_train=LABELS[:2], x_test=IMAGES[2:], y_test=LABELS[2:])
    assert keeps_test_images_apart(path)
    for split, part in (("train", slice(2)), ("test", slice(2, 3))):
        x, y = load_dataset(path, split)
        assert np.allclose(x * 255, IMAGES[part])
        assert y.tolist() == LABELS[part].tolist()
    np.savez(path, x=IMAGES, y=LABELS)
    assert not keeps_test_images_apart(path)
    assert np.array_equal(load_dataset(path, "train")[0], load_dataset(path, "test")[0])


def test_a_part_that_is_not_there(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, x_train=IMAGES, y_train=LABELS)
    assert len(load_dataset(str(path), "train")[1]) == 3
    with pytest.raises(DatasetError, match=r"arrays x_test and y_test; it has x_train \(3, 4, 5\), y_train \(3,\)\n"):
        load_dataset(str(path), "test")
    np.savez(path, x_train=IMAGES, y_train=LABELS, x=IMAGES, y=LABELS)
    with refused(path, "holds x beside x_train or x_test"):
        load_dataset(str(path), "test")
