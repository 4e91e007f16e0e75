"""Images and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from device_models.errors import DatasetError

Split = Literal["train", "test"]


@dataclass(frozen=True)
class Dataset:
    """images (n, height, width), (n, channels, height, width) or (n, pixels) float32 in [0,1]; labels (n) int64."""

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


def unit_range(images: np.ndarray) -> np.ndarray:
    """8-bit images as float32 in [0,1], in one pass: the largest sets fill gigabytes."""
    return np.divide(images, 255, dtype=np.float32)


def _as_bytes(images: np.ndarray) -> np.ndarray:
    return np.rint(images.reshape(len(images), -1) * 255).astype(np.uint8)
