"""Images and labels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from crossbar_nsm.datasets.image_digests import image_digests
from device_models.errors import DatasetError
from device_models.number_text import counted
from device_models.shown import shown

Split = Literal["train", "test"]


@shown
@dataclass(frozen=True)
class Dataset:
    """images (n, height, width), (n, channels, height, width) or (n, pixels) float32 in [0,1]; labels (n) int64.

    groups (n) int64: images of one group resemble each other more than images should (windows of one recording, say):
    a hold-out takes all of a group or none. None: every image is a group of its own.
    """

    images: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def digest(self) -> str:
        """Of images and labels, in order: equal digests may be compared image by image."""
        digest = hashlib.sha256(self.images.tobytes())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()[:24]

    def first(self, count: int | None) -> Dataset:
        """The first `count` images (all when None). Raises DatasetError when there are fewer."""
        if count is not None and count > len(self):
            raise DatasetError(f"{count} images were asked for, the data set has {len(self)}")
        return self.take(slice(count))

    def take(self, rows: np.ndarray | slice) -> Dataset:
        """The images of some rows."""
        return Dataset(self.images[rows], self.labels[rows], None if self.groups is None else self.groups[rows])

    def split(self, held_out: int, seed: int) -> tuple[Dataset, Dataset]:
        """(the rest, a random hold-out of `held_out` images; of at least as many where images come in groups).

        Raises DatasetError when that leaves nothing.
        """
        order, asked = np.random.default_rng(seed).permutation(len(self)), held_out
        if self.groups is not None and held_out:
            _, group = np.unique(self.groups, return_inverse=True)
            turn = np.random.default_rng(seed).permutation(group.max() + 1)[group]  # when a group's turn is
            order = np.argsort(turn, kind="stable")
            held_out = int((turn <= np.sort(turn)[min(held_out, len(self)) - 1]).sum())
        if held_out >= len(self):
            because = "" if self.groups is None else "; images of one group are held out together"
            raise DatasetError(
                f"dataset.validation_images={asked} leaves none of {counted(len(self), 'image')} to train on{because}; "
                f"set it lower, to {len(self) // 10} say"
            )
        return self.take(order[held_out:]), self.take(order[:held_out])

    def without(self, other: Dataset) -> Dataset:
        """Images whose content does not occur in `other`. Raises DatasetError when they are of another size."""
        mine, theirs = self.images[0].size, other.images[0].size
        if mine != theirs:
            raise DatasetError(f"exclude: its images have {theirs} pixels, those of the data set {mine}")
        return self.take(~np.isin(image_digests(self.images), image_digests(other.images)))

    def spread(self, count: int) -> Dataset:
        """`count` images at equal distances, so that a file sorted by class gives all of them (all when it has
        fewer)."""
        return self.take(np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(int))


def unit_range(images: np.ndarray) -> np.ndarray:
    """8-bit images as float32 in [0,1], in one pass: the largest sets fill gigabytes."""
    return np.divide(images, 255, dtype=np.float32)
