import gzip

import numpy as np
import pytest

from crossbar_nsm.experiment.datasets import DATA_VARIABLE, load_dataset, read_dataset
from device_models.errors import DatasetError

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
LABELS = np.array([2, 0, 1], np.uint8)


def idx(values):
    header = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    return header + values.tobytes()


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "mnist"
    folder.mkdir()
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS)))
    return tmp_path


def test_idx_files_gzipped_or_not(root, monkeypatch):
    x, y = load_dataset("mnist", split="test", root=root)
    assert x.dtype == np.float32
    assert np.allclose(x * 255, IMAGES)
    assert y.tolist() == [2, 0, 1]
    monkeypatch.setenv(DATA_VARIABLE, str(root))
    assert np.array_equal(load_dataset("mnist")[0], x)


def test_mnist5k_is_5000_real_digits():
    x, y = load_dataset("mnist5k")
    assert x.shape == (5000, 28, 28)
    assert np.bincount(y).tolist() == [500] * 10
    assert np.bincount(y[:100]).min() >= 4, "the first images must show all digits"
    assert 0 <= x.min() < x.max() <= 1


def test_without_removes_by_content(root):
    data = read_dataset("mnist", "test", root)
    rest = data.without(data.first(2))
    assert rest.labels.tolist() == [1]


def test_npz_of_ones_own(tmp_path):
    np.savez(tmp_path / "own.npz", x=IMAGES, y=LABELS)
    x, y = load_dataset(str(tmp_path / "own.npz"))
    assert np.allclose(x * 255, IMAGES)
    assert y.dtype == np.int64


def damage(root, name, content):
    (root / "mnist" / name).write_bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx(IMAGES)[:-1], "perhaps truncated"),
        (b"\0\0\x08\x01" + idx(IMAGES)[4:], "wrong magic number"),
        (b"", "wrong magic number"),
        (idx(IMAGES[:2]), "holds 2 images, but .* 3 labels"),
    ],
)
def test_damaged_idx_files(root, content, message):
    damage(root, "t10k-images-idx3-ubyte", content)
    with pytest.raises(DatasetError, match=message):
        load_dataset("mnist", root=root)


def test_truncated_gzip(root):
    damage(root, "t10k-labels-idx1-ubyte.gz", gzip.compress(idx(LABELS))[:-6])
    with pytest.raises(DatasetError, match="perhaps truncated"):
        load_dataset("mnist", root=root)


def test_missing_data_say_where_they_were_looked_for_and_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    with pytest.raises(DatasetError, match=r"use --data DIR .*fetch_openml"):
        load_dataset("mnist")
    with pytest.raises(DatasetError, match=f"looked for {tmp_path}/mnist/t10k-images.*fetch_openml"):
        load_dataset("mnist", root=tmp_path)
    with pytest.raises(DatasetError, match="unknown data set 'mnits'; allowed: mnist5k"):
        load_dataset("mnits")
    with pytest.raises(DatasetError, match="no such file"):
        load_dataset(str(tmp_path / "none.npz"))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": IMAGES}, "needs the arrays x"),
        ({"x": np.array(3), "y": LABELS}, "x must hold numbers"),
        ({"x": np.array([["a"]] * 3), "y": LABELS}, "x must hold numbers"),
        ({"x": IMAGES + 1j, "y": LABELS}, "x must hold numbers"),
        ({"x": IMAGES * 1.0, "y": LABELS}, r"outside \[0, 1\]"),
        ({"x": np.full((3, 2), np.nan), "y": LABELS}, "holds NaN"),
        ({"x": IMAGES[:0], "y": LABELS[:0]}, "holds no images"),
        ({"x": IMAGES, "y": LABELS[:2]}, "one integer label per image"),
        ({"x": IMAGES, "y": LABELS * 0.5}, "one integer label per image"),
        ({"x": np.array([object()], dtype=object), "y": LABELS}, "not a readable"),
    ],
)
def test_bad_npz(tmp_path, arrays, message):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(DatasetError, match=message):
        load_dataset(str(tmp_path / "bad.npz"))


def test_binary_8_bit_images_stay_binary(tmp_path):
    np.savez(tmp_path / "own.npz", x=IMAGES % 2, y=LABELS)
    assert set(np.unique(load_dataset(str(tmp_path / "own.npz"))[0])) == {0.0, 1.0}


def test_truncated_npz_and_unknown_split(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, x=IMAGES, y=LABELS)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DatasetError, match="perhaps truncated"):
        load_dataset(str(path))
    with pytest.raises(DatasetError, match="split='tset': allowed are train and test"):
        load_dataset("mnist5k", split="tset")


def test_more_images_than_there_are(root):
    with pytest.raises(DatasetError, match="4 images were asked for, the data set has 3"):
        read_dataset("mnist", "test", root).first(4)
