import gzip
import warnings

import numpy as np
import pytest
from support.datasets import by_message, cifar, random_images, real, refused

from crossbar_nsm.datasets import cifar as module
from crossbar_nsm.datasets.catalogue import load_dataset

TEN = np.array([3, 8, 0, 6, 1, 9, 5, 7, 4, 2])
TRAIN = [f"data_batch_{number}.bin" for number in range(1, 6)]


def planes(count, seed=0):
    return random_images(count, 3, 32, 32, seed=seed)


@pytest.fixture
def ten(tmp_path, monkeypatch):
    """The folder of a CIFAR-10 of five batches and a test set of ten images each; the third batch gzipped."""
    monkeypatch.setattr(module, "IMAGES", {"train": 50, "test": 10})
    folder = tmp_path / "cifar10"
    folder.mkdir()
    for seed, name in enumerate([*TRAIN, "test_batch.bin"]):
        (folder / name).write_bytes(cifar(np.roll(TEN, seed), planes(10, seed)))
    (folder / TRAIN[2]).rename(folder / "x")
    (folder / f"{TRAIN[2]}.gz").write_bytes(gzip.compress((folder / "x").read_bytes()))
    return folder


def load(folder, split="test"):
    return load_dataset(folder.name, split, folder.parent)


def test_whole_sets_in_order_without_a_warning(ten):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (x, y), (x_test, y_test) = load(ten, "train"), load(ten, "test")
    assert (x.shape, x.dtype, y.dtype) == ((50, 3, 32, 32), np.float32, np.int64)
    assert np.array_equal(np.rint(255 * x), np.concatenate([planes(10, seed) for seed in range(5)]))
    assert y.tolist() == np.concatenate([np.roll(TEN, seed) for seed in range(5)]).tolist()
    assert np.array_equal(np.rint(255 * x_test), planes(10, 5))
    assert y_test.tolist() == np.roll(TEN, 5).tolist()


def test_colour_planes_and_rows(ten):
    """Byte by byte: label, then red, green, blue, each row by row."""
    record = bytearray(3073)
    record[0] = 7
    record[1 + 2 * 32 + 5] = 10  # red, row 2, column 5
    record[1 + 1024 + 31] = 20  # green, row 0, column 31
    record[1 + 2048 + 31 * 32] = 30  # blue, row 31, column 0
    (ten / "test_batch.bin").write_bytes(bytes(record) + cifar(TEN[:-1], planes(9)) + cifar([2], planes(1)))
    monochrome, label = load(ten)[0][0], load(ten)[1][0]
    assert label == 7
    assert np.argwhere(monochrome).tolist() == [[0, 2, 5], [1, 0, 31], [2, 31, 0]]
    assert np.rint(255 * monochrome[monochrome > 0]).tolist() == [10, 20, 30]


def test_missing_batches_are_named_in_a_warning(ten):
    for name in (TRAIN[1], f"{TRAIN[2]}.gz"):
        (ten / name).unlink()
    with pytest.warns(UserWarning, match=r"30 of the 50 train images \(no data_batch_2.bin, data_batch_3.bin\)"):
        x, _ = load(ten, "train")
    assert np.array_equal(np.rint(255 * x), np.concatenate([planes(10, seed) for seed in (0, 3, 4)]))


def test_first_1000_test_images_where_there_are_no_others(ten):
    first = ten / "test_batch_first1000.bin.gz"
    first.write_bytes(gzip.compress(cifar(TEN, planes(10, 77))))
    assert np.array_equal(np.rint(255 * load(ten)[0]), planes(10, 5)), "the whole test set comes first"
    (ten / "test_batch.bin").unlink()
    module.IMAGES["test"] = 100
    with pytest.warns(UserWarning, match=r"has 10 of the 100 test images \(no test_batch.bin\)"):
        x, _ = load(ten)
    assert np.array_equal(np.rint(255 * x), planes(10, 77))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (cifar(TEN, planes(10))[:-1], "3072 bytes more than 9 records of 3073 bytes, 1 fewer than 10: truncated, or"),
        (cifar(TEN, planes(10)) + b"abc", "3 bytes more than 10 records of 3073 bytes, 3070 fewer than 11"),
        (b"", "is empty; or it is not the binary version"),
        (cifar(np.where(TEN == 6, 12, TEN), planes(10)), "image 3 has label 12, allowed are 0 to 9"),
    ],
    ids=by_message,
)
def test_damaged_batches(ten, content, message):
    (ten / "test_batch.bin").write_bytes(content)
    with refused(ten / "test_batch.bin", message):
        load(ten)


def test_a_class_without_images(ten):
    (ten / "test_batch.bin").write_bytes(cifar(TEN % 9, planes(10)))
    with refused(ten, "no image with label 9"):
        load(ten)


def test_missing_files(tmp_path):
    with refused("no data_batch_1.bin and no", f"below {tmp_path}; put", "cifar-10-binary.tar.gz"):
        load_dataset("cifar10", "train", tmp_path)
    with refused("no test_batch.bin, gzipped or not, in cifar10 or cifar-10-batches-bin", "cifar-10-binary.tar.gz"):
        load_dataset("cifar10", "test", tmp_path)
    with refused("no train.bin, gzipped or not, in cifar100 or cifar-100-binary or", "cifar-100-binary.tar.gz"):
        load_dataset("cifar100", "train", tmp_path)


def test_the_folder_as_it_is_unpacked_and_the_batches_themselves(ten):
    other = ten.rename(ten.parent / "cifar-10-batches-bin")
    for root in (other.parent, other):
        assert len(load_dataset("cifar10", "train", root)[1]) == 50
    (ten / "x").mkdir(parents=True)
    other.rename(ten / "CIFAR-10-batches-bin")
    assert len(load_dataset("cifar10", "train", ten.parent)[1]) == 50


@pytest.mark.parametrize(("name", "folder"), [("cifar10", "cifar-10-batches-py"), ("cifar100", "cifar-100-python")])
@pytest.mark.parametrize("above", ["", "cifar10/", "cifar100/"])
def test_pickles_are_refused_with_what_to_get_instead(tmp_path, name, folder, above):
    """As torchvision keeps them; nothing is unpickled."""
    (tmp_path / above / folder).mkdir(parents=True)
    if above in ("", f"{name}/"):
        with refused(f"{folder} holds Python pickles, which can run code", "binary.tar.gz", "or give an .npz file"):
            load_dataset(name, "test", tmp_path)
    else:
        with refused(f"data set {name}: no "):
            load_dataset(name, "test", tmp_path)


FINE = np.random.default_rng(1).permutation(100)


@pytest.fixture
def hundred(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "IMAGES", {"train": 100, "test": 100})
    folder = tmp_path / "cifar100"
    folder.mkdir()
    (folder / "train.bin").write_bytes(cifar(np.c_[FINE // 5, FINE], planes(100)))
    (folder / "test.bin.gz").write_bytes(gzip.compress(cifar(np.c_[FINE // 5, FINE][::-1], planes(100, 1))))
    return folder


def test_cifar100_has_the_fine_labels(hundred):
    for split, seed, labels in (("train", 0, FINE), ("test", 1, FINE[::-1])):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            x, y = load(hundred, split)
        assert np.array_equal(np.rint(255 * x), planes(100, seed))
        assert y.tolist() == labels.tolist()


def test_missing_images_of_cifar100_are_counted_in_a_warning(hundred):
    module.IMAGES["train"] = 50_000
    with pytest.warns(UserWarning, match=r"data set cifar100: .*train.bin has 100 of the 50000 train images$"):
        load(hundred, "train")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.c_[FINE // 5, np.where(FINE == 4, 100, FINE)], "has label 100, allowed are 0 to 99"),
        (np.c_[FINE // 5 + 1, FINE], "has coarse label 20, allowed are 0 to 19"),
        (np.c_[FINE // 5, FINE % 98], "no image with label 98, 99,"),
        (TEN[FINE % 10], "bytes more than 99 records of 3074 bytes"),
    ],
    ids=by_message,
)
def test_damaged_cifar100(hundred, labels, message):
    (hundred / "train.bin").write_bytes(cifar(labels, planes(100)))
    with refused(hundred / "train.bin", message):
        load(hundred, "train")


def test_the_real_images():
    """A class is a tenth; the ships' and planes' sky is blue, which it is in no other order of planes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of missing batches
        data, folder = real("cifar10", "train")
    batches = len({path.name.removesuffix(".gz") for path in folder.glob("data_batch_*")})
    assert data.images.shape == (10_000 * batches, 3, 32, 32)
    assert np.abs(np.bincount(data.labels) / len(data) - 0.1).max() < 0.005
    red, green, blue = data.images[data.labels == 0].mean((0, 2, 3))
    assert red < green < blue
    neighbours = data.images[:500, 0, :, 1:] - data.images[:500, 0, :, :-1]
    assert np.abs(neighbours).mean() < 0.1, "neighbouring pixels are alike"
