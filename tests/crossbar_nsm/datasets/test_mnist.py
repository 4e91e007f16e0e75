import gzip
import logging
import warnings

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
        (IMAGE_FILE, idx(IMAGES)[:-1], "truncated: 1 byte fewer than its header says (12 x 28 x 28 values)"),
        (IMAGE_FILE, idx(IMAGES) + b"abc", ": 3 bytes more than its header says (12 x 28 x 28 values)"),
        (IMAGE_FILE, idx(IMAGES)[:9], "truncated: 7 bytes fewer than its header has"),
        (IMAGE_FILE, idx(LABELS), "holds 1-dimensional unsigned bytes; an IDX file of 3-dimensional unsigned bytes is"),
        (IMAGE_FILE, b"\0\0\x0d\x03" + idx(IMAGES)[4:], "holds 3-dimensional floats; an IDX file of 3-dim"),
        (IMAGE_FILE, b"", "is empty; an IDX file"),
        (IMAGE_FILE, b"\1" + idx(IMAGES)[1:], "not an IDX file (it starts with the wrong magic number, 01 00 08 03)"),
        (IMAGE_FILE, b"<!DOCTYPE html>", "a web page, not an IDX file"),
        (IMAGE_FILE, b"version https://git-lfs.github.com/v1\n", "a Git LFS pointer, not an IDX file; git lfs pull"),
        (IMAGE_FILE, gzip.compress(idx(IMAGES), mtime=0), "a gzipped file, not an IDX file; gunzip it"),
        (IMAGE_FILE, idx(IMAGES[:2]), "holds 2 images, but"),
        (IMAGE_FILE, idx(random_images(12, 32, 32)), "images of 32 x 32 pixels, this data set has 28 x 28"),
        (LABEL_FILE, gzip.compress(idx(LABELS), mtime=0)[:-6], "truncated, its gzipped data do not end"),
        (LABEL_FILE, gzip.compress(idx(LABELS), mtime=0) + b"abcd", "4 bytes more than its gzipped data"),
        (LABEL_FILE, idx(LABELS), "not gzipped, though its name ends in .gz"),
        (LABEL_FILE, gzip.compress(idx(LABELS[:3]), mtime=0), "3 labels"),
        (LABEL_FILE, gzip.compress(idx(LABELS + 1), mtime=0), "image 3 has label 10, allowed are 0 to 9"),
        (LABEL_FILE, gzip.compress(idx(LABELS % 9), mtime=0), "no image with label 9, but all of 0 to 9 must occur"),
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
    with refused(f"no {IMAGE_FILE} and no t10k-labels", f"in {name} or ", f"below {tmp_path}", "can fetch them"):
        load_dataset(name, root=tmp_path)
    with refused(f"in {tmp_path / 'none'}, which is no folder"):
        load_dataset(name, root=tmp_path / "none")


TORCHVISION = {"mnist": "MNIST/raw", "fashion_mnist": "FashionMNIST/raw", "kmnist": "KMNIST/raw"}


@pytest.mark.parametrize("name", TORCHVISION)
def test_folders_and_names_as_other_programs_have_them(tmp_path, name):
    folder = tmp_path / TORCHVISION[name]
    folder.mkdir(parents=True)
    write_idx(folder, "t10k", IMAGES, LABELS)
    for root in (tmp_path, folder, folder.parent):
        assert load_dataset(name, root=root)[1].tolist() == LABELS.tolist(), root
    (tmp_path / name).mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.rename(tmp_path / name / path.name.replace("-idx", ".idx").upper())
    for root in (tmp_path, tmp_path / name):
        assert load_dataset(name, root=root)[1].tolist() == LABELS.tolist(), root


def test_a_folder_of_another_data_set_is_not_taken(tmp_path):
    """Files of MNIST, Fashion-MNIST and KMNIST have the same names."""
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    write_idx(folder, "t10k", IMAGES, LABELS)
    for root in (tmp_path, folder, folder.parent):
        with refused("data set mnist: no t10k-images"):
            load_dataset("mnist", root=root)


OTHERS = [
    ("mnist", "MNIST_data"), ("mnist", "Mnist/raw"), ("fashion_mnist", "fashion-mnist"), ("fashion_mnist", "fashion"),
    ("fashion_mnist", "fashion-mnist/data/fashion"), ("fashion_mnist", "Fashion_MNIST/raw"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "place"), OTHERS)
def test_folders_as_repositories_and_sites_call_them(tmp_path, name, place, caplog):
    caplog.set_level(logging.INFO)
    (tmp_path / place).mkdir(parents=True)
    write_idx(tmp_path / place, "t10k", IMAGES, LABELS)
    for root in (tmp_path, tmp_path / place):
        assert load_dataset(name, root=root)[1].tolist() == LABELS.tolist(), root
    assert caplog.messages == []


def test_a_folder_for_each_file(tmp_path):
    """As Kaggle packs them."""
    write_idx(tmp_path / "mnist", "t10k", IMAGES, LABELS)
    for path in list((tmp_path / "mnist").iterdir()):
        path.rename(tmp_path / "moved")
        path.mkdir()
        (tmp_path / "moved").rename(path / path.name)
    assert load_dataset("mnist", root=tmp_path)[1].tolist() == LABELS.tolist()


@pytest.mark.parametrize("name", TORCHVISION)
def test_files_in_the_data_folder_itself_are_taken_for_what_was_asked_for_and_it_is_said(tmp_path, name, caplog):
    caplog.set_level(logging.INFO)
    write_idx(tmp_path, "t10k", IMAGES, LABELS)
    assert load_dataset(name, root=tmp_path)[1].tolist() == LABELS.tolist()
    (said,) = caplog.messages
    assert said.startswith(f"{tmp_path}: the files {IMAGE_FILE}, ... in it are taken for {name}")
    write_idx(tmp_path / name, "t10k", IMAGES, TRAIN_LABELS)
    assert load_dataset(name, root=tmp_path)[1].tolist() == TRAIN_LABELS.tolist(), "a folder that says it comes first"
    assert len(caplog.messages) == 1


def test_where_else_files_of_these_names_were_seen_is_said(tmp_path):
    (tmp_path / "downloads").mkdir()
    write_idx(tmp_path / "downloads" / "a", "t10k", IMAGES, LABELS)
    with refused(f"files of these names are in {tmp_path}/downloads/a: give that folder, if they are kmnist"):
        load_dataset("kmnist", root=tmp_path)
    (tmp_path / "downloads" / "a").rename(tmp_path / "mnist")
    with refused("put the four original IDX files of KMNIST into"):
        load_dataset("kmnist", root=tmp_path)


def test_images_and_labels_are_of_one_folder(tmp_path):
    (tmp_path / "MNIST").mkdir()
    write_idx(tmp_path / "mnist", "t10k", IMAGES, TRAIN_LABELS)
    write_idx(tmp_path / "MNIST" / "raw", "t10k", IMAGES, LABELS)
    (tmp_path / "mnist" / IMAGE_FILE).unlink()
    assert load_dataset("mnist", root=tmp_path)[1].tolist() == LABELS.tolist()


def test_of_two_copies_that_differ_it_is_said_which_is_used(tmp_path):
    (tmp_path / "MNIST").mkdir()
    write_idx(tmp_path / "mnist", "t10k", IMAGES, LABELS)
    write_idx(tmp_path / "MNIST" / "raw", "t10k", IMAGES, LABELS)
    for path in list((tmp_path / "MNIST" / "raw").iterdir()):  # as torchvision leaves both
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_dataset("mnist", root=tmp_path)[1].tolist() == LABELS.tolist()
    write_idx(tmp_path / "MNIST" / "raw", "t10k", IMAGES, TRAIN_LABELS)
    with pytest.warns(UserWarning, match=f"mnist/t10k-labels-idx1-ubyte and .*different files; {tmp_path}/mnist/t10k"):
        assert load_dataset("mnist", root=tmp_path)[1].tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("split", "first_labels", "ones"), [("train", [5, 0, 4, 1, 9], 6742), ("test", [7, 2, 1], 1135)]
)
def test_the_real_digits(split, first_labels, ones):
    data, _folder = real("mnist", split)
    assert data.images.shape == ({"train": 60_000, "test": 10_000}[split], 28, 28)
    assert data.labels[: len(first_labels)].tolist() == first_labels
    assert np.count_nonzero(data.labels == 1) == ones
