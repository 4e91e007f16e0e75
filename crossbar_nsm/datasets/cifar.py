"""CIFAR-10 and CIFAR-100, the binary versions. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.

A record is one label byte (CIFAR-100: coarse, then fine label) and 32 x 32 bytes each of red, green and blue.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset, Split, unit_range
from crossbar_nsm.datasets.folder import Place, Root, existing, read_bytes, warn_of_copies
from crossbar_nsm.datasets.labels import check_every_class, check_range
from device_models.errors import DatasetError
from device_models.files.lengths import records_problem

SHAPE = (3, 32, 32)
CLASSES = {"cifar10": 10, "cifar100": 100}
IMAGES = {"train": 50_000, "test": 10_000}
_PIXELS = 3 * 32 * 32
_COARSE_CLASSES = 20
_BATCHES = {"train": [f"data_batch_{number}.bin" for number in range(1, 6)], "test": ["test_batch.bin"]}
_FIRST_TEST_IMAGES = "test_batch_first1000.bin"
_PAGE = "https://www.cs.toronto.edu/~kriz/cifar.html"
_CIFAR10 = Place(
    "cifar10", ("cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"),
    "data_batch_1.bin to data_batch_5.bin and test_batch.bin", f"cifar-10-binary.tar.gz from {_PAGE}", own_names=True,
)  # fmt: skip
_CIFAR100 = Place(
    "cifar100", ("cifar100", "cifar-100-binary", "cifar100/cifar-100-binary"), "train.bin and test.bin",
    f"cifar-100-binary.tar.gz from {_PAGE}",
)  # fmt: skip
_PICKLES = {"cifar10": "cifar-10-batches-py", "cifar100": "cifar-100-python"}


def read_cifar10(split: Split, root: Root) -> Dataset:
    """Images (n, 3, 32, 32), red, green, blue. Of train, the batches that are there; of test, the first 1,000 images
    where only test_batch_first1000.bin is there. Warns when images are missing."""
    files = cifar10_files(split, root)
    folder = files[0].parent
    records = np.concatenate([_records(path, label_bytes=1) for path in files])
    missing = [name for name in _BATCHES[split] if not existing(folder, name)]
    _warn_of_missing_images("cifar10", split, folder, missing, len(records))
    return _dataset(records, folder, CLASSES["cifar10"])


def cifar10_files(split: Split, root: Root) -> list[Path]:
    """The batches that are there, at least one: of the folder that has most of them."""
    for names in (_BATCHES[split], *([[_FIRST_TEST_IMAGES]] if split == "test" else [])):
        batches = [_batches(folder, names) for folder in _CIFAR10.existing_folders(root)]
        found = sorted((paths for paths in batches if paths), key=len, reverse=True)
        for others in found[1:]:
            warn_of_copies("cifar10", found[0], others)
        if found:
            return found[0]
    _refuse_pickles(_CIFAR10, root)
    return _CIFAR10.missing(root, f"no {' and no '.join(_BATCHES[split])}, gzipped or not,")


def _batches(folder: Path, names: list[str]) -> list[Path]:
    return [path for name in names if (path := existing(folder, name))]


def _refuse_pickles(place: Place, root: Root) -> None:
    """Raises DatasetError where the data set is there as Python pickles alone, as torchvision has it."""
    pickled = replace(place, folders=(_PICKLES[place.name], f"{place.name}/{_PICKLES[place.name]}"), own_names=False)
    for folder in pickled.existing_folders(root):
        raise DatasetError(
            f"data set {place.name}: {folder} holds Python pickles, which can run code and are never loaded; put the "
            f"binary version ({place.source}) there, or give an .npz file with x (uint8, n x 3 x 32 x 32) and y"
        )


def read_cifar100(split: Split, root: Root) -> Dataset:
    """Images (n, 3, 32, 32), red, green, blue; labels are the 100 fine ones. Warns when images are missing."""
    (path,) = cifar100_files(split, root)
    records = _records(path, label_bytes=2)
    check_range(path, records[:, 0], 0, _COARSE_CLASSES - 1, "coarse label")
    _warn_of_missing_images("cifar100", split, path, [], len(records))
    return _dataset(records[:, 1:], path, CLASSES["cifar100"])


def cifar100_files(split: Split, root: Root) -> list[Path]:
    """The one file."""
    name = f"{split}.bin"
    if not any(existing(folder, name) for folder in _CIFAR100.existing_folders(root)):
        _refuse_pickles(_CIFAR100, root)
    return _CIFAR100.paths(root, [name])


def _records(path: Path, label_bytes: int) -> np.ndarray:
    """(n, label_bytes + 3072) uint8, labels in range."""
    raw, size = np.frombuffer(read_bytes(path), np.uint8), label_bytes + _PIXELS
    if raw.size == 0 or raw.size % size:
        problem = records_problem(raw.size, size, f"records of {size} bytes")
        raise DatasetError(f"{path}: {problem}; or it is not the binary version")
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
