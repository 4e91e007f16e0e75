"""A user's own .npz file with `x` (images, values 0 to 1, or 0 to 255 as uint8) and `y` (labels)."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset
from device_models.errors import DatasetError

LARGEST_LABEL = 1_000_000


def read_npz(path: Path) -> Dataset:
    """x (n, pixels), (n, height, width) or (n, channels, height, width); y (n)."""
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
    _check(path, images, labels)
    return Dataset(_unit_range(path, images), labels.astype(np.int64))


def _check(path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    if images.ndim not in (2, 3, 4) or images.dtype.kind not in "buif":
        raise DatasetError(
            f"data set {path}: x must hold numbers of shape (images, pixels), (images, height, width) or (images, "
            f"channels, height, width), got {images.dtype} of shape {images.shape}"
        )
    if labels.ndim != 1 or len(images) != len(labels) or not np.issubdtype(labels.dtype, np.integer):
        raise DatasetError(
            f"data set {path}: y must hold one integer label per image of x, got {labels.dtype} of shape "
            f"{labels.shape} for {len(images)} images"
        )
    if len(images) == 0:
        raise DatasetError(f"data set {path}: holds no images")
    if labels.min() < 0 or labels.max() >= LARGEST_LABEL:
        raise DatasetError(f"data set {path}: labels run from {labels.min()} to {labels.max()}; they count from 0")


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
