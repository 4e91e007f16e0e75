"""IDX files, the format of MNIST and its relatives."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.folder import read_bytes
from crossbar_nsm.datasets.labels import check_every_class, check_range
from device_models.errors import DatasetError

SIZE = (28, 28)


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """An IDX file of unsigned bytes: magic 0 0 8 d, d big-endian sizes, then the bytes."""
    raw = read_bytes(path)
    if raw[:4] != bytes([0, 0, 8, dimensions]) or len(raw) < 4 + 4 * dimensions:
        raise DatasetError(f"{path}: not an IDX file of {dimensions}-dimensional bytes (wrong magic number)")
    shape = tuple(int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions))
    values = np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions)
    if values.size != math.prod(shape):
        raise DatasetError(f"{path}: the header says {shape}, but {values.size} bytes follow; perhaps truncated")
    return values.reshape(shape)


def read_pair(image_file: Path, label_file: Path, classes: int, lowest: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 28, 28) uint8 and labels (n) int64 from 0, stored as lowest ... lowest + classes - 1."""
    images, labels = read_idx(image_file, dimensions=3), read_idx(label_file, dimensions=1).astype(np.int64)
    if len(images) != len(labels):
        raise DatasetError(f"{image_file} holds {len(images)} images, but {label_file} {len(labels)} labels")
    if images.shape[1:] != SIZE:
        raise DatasetError(
            f"{image_file}: images of {images.shape[1]} x {images.shape[2]} pixels, this data set has 28 x 28; store "
            "images of another size as an .npz file with x and y"
        )
    check_range(label_file, labels, lowest, lowest + classes - 1)
    check_every_class(label_file, labels, classes, lowest)
    return images, labels - lowest
