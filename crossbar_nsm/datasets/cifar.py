"""CIFAR-10 and CIFAR-100, the binary versions. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.

A record is one label byte (CIFAR-100: coarse, then fine label) and 32 x 32 bytes each of red, green and blue.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset, Split, unit_range
from crossbar_nsm.datasets.folder import Place, Root, existing, read_bytes
from crossbar_nsm.datasets.labels import check_every_class, check_range
from device_models.errors import DatasetError

SHAPE = (3, 32, 32)
CLASSES = {"cifar10": 10, "cifar100": 100}
IMAGES = {"train": 50_000, "test": 10_000}
_PIXELS = 3 * 32 * 32
_COARSE_CLASSES = 20
_BATCHES = {"train": [f"data_batch_{number}.bin" for number in range(1, 6)], "test": ["test_batch.bin"]}
_FIRST_TEST_IMAGES = "test_batch_first1000.bin"
_CIFAR10 = Place(
    "cifar10", "cifar10", "data_batch_1.bin to data_batch_5.bin and test_batch.bin",
    "cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html",
)  # fmt: skip
_CIFAR100 = Place(
    "cifar100", "cifar100", "train.bin and test.bin",
    "cifar-100-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html",
)  # fmt: skip


def read_cifar10(split: Split, root: Root) -> Dataset:
    """Images (n, 3, 32, 32), red, green, blue. Of train, the batches that are there; of test, the first 1,000 images
    where only test_batch_first1000.bin is there. Warns when images are missing."""
    files, folder = cifar10_files(split, root), _CIFAR10.path(root)
    records = np.concatenate([_records(path, label_bytes=1) for path in files])
    missing = [name for name in _BATCHES[split] if not existing(folder, name)]
    _warn_of_missing_images("cifar10", split, folder, missing, len(records))
    return _dataset(records, folder, CLASSES["cifar10"])


def cifar10_files(split: Split, root: Root) -> list[Path]:
    """The batches that are there, at least one."""
    folder = _CIFAR10.path(root)
    paths = [path for name in _BATCHES[split] if (path := existing(folder, name))]
    if not paths and split == "test" and (path := existing(folder, _FIRST_TEST_IMAGES)):
        paths = [path]
    return paths or _CIFAR10.missing(f"{folder}/{' and '.join(_BATCHES[split])}, gzipped or not, found none")


def read_cifar100(split: Split, root: Root) -> Dataset:
    """Images (n, 3, 32, 32), red, green, blue; labels are the 100 fine ones. Warns when images are missing."""
    (path,) = cifar100_files(split, root)
    records = _records(path, label_bytes=2)
    check_range(path, records[:, 0], 0, _COARSE_CLASSES - 1, "coarse label")
    _warn_of_missing_images("cifar100", split, path, [], len(records))
    return _dataset(records[:, 1:], path, CLASSES["cifar100"])


def cifar100_files(split: Split, root: Root) -> list[Path]:
    """The one file."""
    return [_CIFAR100.file(root, f"{split}.bin")]


def _records(path: Path, label_bytes: int) -> np.ndarray:
    """(n, label_bytes + 3072) uint8, labels in range."""
    raw, size = np.frombuffer(read_bytes(path), np.uint8), label_bytes + _PIXELS
    if raw.size == 0 or raw.size % size:
        raise DatasetError(
            f"{path}: {raw.size} bytes, not a whole number of records of {size} bytes; perhaps truncated, or not the "
            "binary version"
        )
    records = raw.reshape(-1, size)
    classes = CLASSES["cifar10" if label_bytes == 1 else "cifar100"]
    check_range(path, records[:, label_bytes - 1], 0, classes - 1)
    return records


def _dataset(records: np.ndarray, where: Path, classes: int) -> Dataset:
    """records (n, 1 + 3072): label, planes."""
    labels = records[:, 0].astype(np.int64)
    check_every_class(where, labels, classes)
    return Dataset(unit_range(records[:, 1:].reshape(-1, *SHAPE)), labels)


def _warn_of_missing_images(name: str, split: Split, where: Path, missing: list[str], images: int) -> None:
    if images < IMAGES[split]:
        batches = f" (no {', '.join(missing)})" if missing else ""
        warnings.warn(
            f"data set {name}: {where} has {images} of the {IMAGES[split]} {split} images{batches}", stacklevel=2
        )
