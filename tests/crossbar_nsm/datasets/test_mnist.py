import gzip

import numpy as np
import pytest
from support.datasets import by_message, idx, random_images, real, refused, write_idx

from crossbar_nsm.datasets.catalogue import load_dataset
from crossbar_nsm.datasets.folder import DATA_VARIABLE
from device_models.files import reading

IMAGES = random_images(12, 28, 28)
LABELS = np.array([2, 0, 1, 9, 8, 7, 6, 5, 4, 3, 9, 2], np.uint8)
TRAIN_LABELS = (LABELS + 1) % 10


@pytest.fixture(params=["mnist", "fashion_mnist"])
def name(request):
    return request.param


@pytest.fixture
def root(tmp_path, name):
    """Test labels gzipped, everything else not."""
    write_idx(tmp_path / name, "train", IMAGES[::-1], TRAIN_LABELS)
    write_idx(tmp_path / name, "t10k", IMAGES, LABELS)
    labels = tmp_path / name / "t10k-labels-idx1-ubyte"
    labels.with_name(f"{labels.name}.gz").write_bytes(gzip.compress(labels.read_bytes()))
    labels.unlink()
    return tmp_path


def test_files_gzipped_or_not(root, name, monkeypatch):
    x, y = load_dataset(name, "test", root)
    assert (x.dtype, y.dtype) == (np.float32, np.int64)
    assert np.array_equal(np.rint(x * 255), IMAGES)
    assert y.tolist() == LABELS.tolist()
    monkeypatch.setenv(DATA_VARIABLE, str(root))
    assert np.array_equal(load_dataset(name)[0], x)


def test_splits(root, name):
    x, y = load_dataset(name, "train", root)
    assert np.array_equal(np.rint(x * 255), IMAGES[::-1])
    assert y.tolist() == TRAIN_LABELS.tolist()


IMAGE_FILE, LABEL_FILE = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (IMAGE_FILE, idx(IMAGES)[:-1], "perhaps truncated"),
        (IMAGE_FILE, b"\0\0\x08\x01" + idx(IMAGES)[4:], "wrong magic number"),
        (IMAGE_FILE, b"\0\0\x0d\x03" + idx(IMAGES)[4:], "wrong magic number"),
        (IMAGE_FILE, b"", "wrong magic number"),
        (IMAGE_FILE, idx(IMAGES[:2]), "holds 2 images, but"),
        (IMAGE_FILE, idx(random_images(12, 32, 32)), "images of 32 x 32 pixels, this data set has 28 x 28"),
        (LABEL_FILE, gzip.compress(idx(LABELS))[:-6], "perhaps truncated"),
        (LABEL_FILE, idx(LABELS), "cannot be read"),
        (LABEL_FILE, gzip.compress(idx(LABELS[:3])), "3 labels"),
        (LABEL_FILE, gzip.compress(idx(LABELS + 1)), "image 3 has label 10, allowed are 0 to 9"),
        (LABEL_FILE, gzip.compress(idx(LABELS % 9)), "no image with label 9, but all of 0 to 9 must occur"),
    ],
    ids=by_message,
)
def test_damaged_files(root, name, file, content, message):
    (root / name / file).write_bytes(content)
    with refused(root / name / file, message):
        load_dataset(name, root=root)


def test_a_packed_file_that_unpacks_to_anything_is_refused(root, name, monkeypatch):
    monkeypatch.setattr(reading, "FREE_BYTES", 1_000_000)
    (root / name / LABEL_FILE).write_bytes(gzip.compress(bytes(10_000_000)))
    with refused(root / name / LABEL_FILE, "holds more than 2.92 MB"):
        load_dataset(name, root=root)


def test_missing_files_say_where_they_were_looked_for_and_how_to_get_them(tmp_path, name, monkeypatch):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    with refused(f"data set {name}: no data folder", "use --data DIR", f"in DIR/{name}", "can fetch them"):
        load_dataset(name)
    with refused(f"looked for {tmp_path / name / IMAGE_FILE} and", f"{IMAGE_FILE}.gz", "can fetch them"):
        load_dataset(name, root=tmp_path)


@pytest.mark.parametrize(
    ("split", "first_labels", "ones"), [("train", [5, 0, 4, 1, 9], 6742), ("test", [7, 2, 1], 1135)]
)
def test_the_real_digits(split, first_labels, ones):
    data, _folder = real("mnist", split)
    assert data.images.shape == ({"train": 60_000, "test": 10_000}[split], 28, 28)
    assert data.labels[: len(first_labels)].tolist() == first_labels
    assert np.count_nonzero(data.labels == 1) == ones
