"""A user's own .npz file with `x` (images, values 0 to 1, or 0 to 255 as uint8) and `y` (labels), used whole, or with
`x_train`, `y_train`, `x_test` and `y_test`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset, Split
from crossbar_nsm.datasets.labels import label_fix, out_of_range
from crossbar_nsm.datasets.other_names import what_is_there
from crossbar_nsm.datasets.pixels import in_unit_range
from device_models.errors import DatasetError
from device_models.files.archives import array_names, read_arrays, read_headers

LARGEST_LABEL = 1_000_000


def read_npz(path: Path, split: Split = "test") -> Dataset:
    """x (n, pixels), (n, height, width) or (n, channels, height, width); y (n). Of a file with parts, `split`."""
    names = x, y = _checked_names(path, split)
    arrays = read_arrays(path, DatasetError, wanted=names)
    images, labels = arrays[x], arrays[y]
    if wrong := out_of_range(labels, LARGEST_LABEL):
        raise DatasetError(f"data set {path}: {wrong}; they count from 0")
    scaled, problem = in_unit_range(images)
    if problem:
        raise DatasetError(f"data set {path}: {x} holds {problem}")
    return Dataset(scaled, labels.astype(np.int64))


def shape_of(path: Path, split: Split = "test") -> tuple[int, ...]:
    """Of the images of `split`, (n, ...), from the headers of the file alone. Raises DatasetError as `read_npz` does,
    as far as headers tell."""
    names = _checked_names(path, split)
    return read_headers(path, DatasetError, wanted=names)[names[0]][0]


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


def _checked_names(path: Path, split: Split) -> tuple[str, str]:
    """The same, once both are there and can be images and their labels by kind and shape."""
    known = array_names(path, DatasetError)
    names = x, y = _names(path, known, split)
    headers = read_headers(path, DatasetError, wanted=names)
    if not {x, y} <= headers.keys():
        need = "x and y (images and labels), or x_train, y_train, x_test and y_test" if x == "x" else f"{x} and {y}"
        raise DatasetError(f"data set {path}: needs the arrays {need}; {what_is_there(path, known)}")
    (shape, kind), (label_shape, label_kind) = headers[x], headers[y]
    if len(shape) not in (2, 3, 4) or kind.kind not in "buif":
        raise DatasetError(
            f"data set {path}: {x} must hold numbers of shape (images, pixels), (images, height, width) or (images, "
            f"channels, height, width), got {kind} of shape {shape}"
        )
    if len(label_shape) != 1 or shape[0] != label_shape[0] or not np.issubdtype(label_kind, np.integer):
        fix = label_fix(label_shape, label_kind, shape[0]).format(y)
        raise DatasetError(
            f"data set {path}: {y} must hold one integer label per image of {x}, got {label_kind} of shape "
            f"{label_shape} for {shape[0]} images{fix and f'; store {fix}'}"
        )
    if shape[0] == 0:
        raise DatasetError(f"data set {path}: holds no images")
    return x, y
