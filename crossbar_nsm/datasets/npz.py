"""A user's own .npz file with `x` (images, values 0 to 1, or 0 to 255 as uint8) and `y` (labels), used whole, or with
`x_train`, `y_train`, `x_test` and `y_test`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset, Split
from device_models.archives import array_names, read_arrays
from device_models.errors import DatasetError

LARGEST_LABEL = 1_000_000


def read_npz(path: Path, split: Split = "test") -> Dataset:
    """x (n, pixels), (n, height, width) or (n, channels, height, width); y (n). Of a file with parts, `split`."""
    names = x, y = _names(path, array_names(path, DatasetError), split)
    arrays = read_arrays(path, DatasetError, wanted=names)
    if len(arrays) < 2:
        need = "x and y (images and labels), or x_train, y_train, x_test and y_test" if x == "x" else f"{x} and {y}"
        raise DatasetError(f"data set {path}: needs the arrays {need}")
    images, labels = arrays[x], arrays[y]
    _check(path, names, images, labels)
    return Dataset(_unit_range(path, x, images), labels.astype(np.int64))


def has_parts(path: Path) -> bool:
    """Whether the file keeps training and test images apart. Raises DatasetError as `read_npz` does."""
    return _names(path, array_names(path, DatasetError), "test") != ("x", "y")


def _names(path: Path, known: list[str], split: Split) -> tuple[str, str]:
    """The arrays that hold images and labels of `split`."""
    if not {"x_train", "x_test"} & set(known):
        return "x", "y"
    if "x" in known:
        raise DatasetError(f"data set {path}: holds x beside x_train or x_test; leave out what is not meant")
    return f"x_{split}", f"y_{split}"


def _check(path: Path, names: tuple[str, str], images: np.ndarray, labels: np.ndarray) -> None:
    x, y = names
    if images.ndim not in (2, 3, 4) or images.dtype.kind not in "buif":
        raise DatasetError(
            f"data set {path}: {x} must hold numbers of shape (images, pixels), (images, height, width) or (images, "
            f"channels, height, width), got {images.dtype} of shape {images.shape}"
        )
    if labels.ndim != 1 or len(images) != len(labels) or not np.issubdtype(labels.dtype, np.integer):
        raise DatasetError(
            f"data set {path}: {y} must hold one integer label per image of {x}, got {labels.dtype} of shape "
            f"{labels.shape} for {len(images)} images"
        )
    if len(images) == 0:
        raise DatasetError(f"data set {path}: holds no images")
    if labels.min() < 0 or labels.max() >= LARGEST_LABEL:
        raise DatasetError(f"data set {path}: labels run from {labels.min()} to {labels.max()}; they count from 0")


def _unit_range(path: Path, name: str, images: np.ndarray) -> np.ndarray:
    """Images as float32 in [0,1] (or +-1): 8-bit images are divided by 255 unless they hold only 0 and 1."""
    eight_bit = images.dtype == np.uint8 and images.max() > 1
    scaled = images.astype(np.float32) / (255 if eight_bit else 1)
    if not (np.abs(scaled) <= 1).all():
        raise DatasetError(
            f"data set {path}: {name} holds NaN or values outside [0, 1] (or +-1); store 8-bit images as uint8, or "
            "divide them by 255"
        )
    return scaled
