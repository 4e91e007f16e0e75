"""Data sets of users: a function that gives images and labels, known under a name wherever data sets are named.

    @register_dataset("rings", shape=(1, 8, 8), classes=2)
    def rings(split, root):  # "train" or "test"; the data folder, or None
        return images, labels

What it gives is checked whenever it is read: images (n, height, width) where there is one channel, else (n, channels,
height, width), numbers in [0, 1] (or +-1), 8-bit images as uint8; labels (n), whole numbers from 0 to classes - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset, Split
from crossbar_nsm.datasets.folder import Root, data_folder
from crossbar_nsm.datasets.labels import label_fix, out_of_range
from crossbar_nsm.datasets.pixels import in_unit_range
from device_models.errors import CrossbarError, DatasetError, quoted
from device_models.files.home import at_home

LARGEST_SIDE, MOST_CLASSES = 65_536, 1_000_000
Reader = Callable[[str, "str | None"], Any]


@dataclass(frozen=True)
class RegisteredDataset:
    """shape: (channels, height, width); parts: whether the splits are different images; paths: of its files, if it
    tells."""

    name: str
    shape: tuple[int, int, int]
    classes: int
    function: Reader = field(repr=False)
    parts: bool = True
    paths: Callable[[str, str | None], Iterable[str | Path]] | None = None

    def read(self, split: Split, root: Root) -> Dataset:
        """Raises DatasetError where the function fails, or gives anything but images and labels as described."""
        given = self._called(self.function, split, root)
        if not isinstance(given, (tuple, list)) or len(given) != 2:
            raise self._mistake(f"gave {quoted(given)}, expected (images, labels)")
        return Dataset(self._images(given[0]), self._labels(given[1], len(given[0])))

    def files(self, split: Split, root: Root) -> Sequence[Path]:
        """None where it tells none. Raises DatasetError for files that are not there."""
        if self.paths is None:
            return []
        found = [Path(path) for path in self._called(self.paths, split, root)]
        for path in found:
            if not path.exists():
                raise self._mistake(f"{path}: no such file")
        return found

    def _called(self, function: Callable[..., Any], split: Split, root: Root) -> Any:
        folder = at_home(str(root)) if root else data_folder()
        try:
            return function(split, folder)
        except CrossbarError:
            raise
        except (Exception, SystemExit) as error:
            raise self._mistake(f"{type(error).__name__}: {error}") from None

    def _images(self, given: Any) -> np.ndarray:
        shape = self.shape[1:] if self.shape[0] == 1 else self.shape
        images = _array(given)
        if images is None or images.dtype.kind not in "buif" or images.shape[1:] != shape or not len(images):
            got = quoted(given) if images is None else f"{images.dtype} of shape {images.shape}"
            raise self._mistake(f"gave images {got}, expected numbers of shape (n, {', '.join(map(str, shape))})")
        scaled, problem = in_unit_range(images)
        if problem:
            raise self._mistake(f"gave images with {problem}")
        return scaled

    def _labels(self, given: Any, images: int) -> np.ndarray:
        labels = _array(given)
        if labels is None or labels.dtype.kind not in "iu" or labels.shape != (images,):
            got = quoted(given) if labels is None else f"{labels.dtype} of shape {labels.shape}"
            fix = "" if labels is None else label_fix(labels.shape, labels.dtype, images).format("y")
            raise self._mistake(f"gave labels {got}, expected whole numbers of shape ({images},){fix and f': {fix}'}")
        if wrong := out_of_range(labels, self.classes):
            raise self._mistake(f"{wrong}, expected 0 to {self.classes - 1}")
        return labels.astype(np.int64)

    def _mistake(self, text: str) -> DatasetError:
        return DatasetError(f"data set {self.name} ({getattr(self.function, '__name__', 'function')}): {text}").see(
            "register_data_and_circuits"
        )


def _array(given: Any) -> np.ndarray | None:
    """None for what is no array with one entry per image."""
    try:
        array = np.asarray(given)
    except Exception:  # of whatever was given
        return None
    return array if array.ndim else None


def check_description(shape: Any, classes: Any) -> tuple[int, int, int]:
    """The shape. Raises DatasetError for one of no images, and for a wrong number of classes."""
    sides = tuple(shape) if isinstance(shape, (tuple, list)) else ()
    if len(sides) != 3 or not all(_is_whole(side) and 1 <= side <= LARGEST_SIDE for side in sides):
        raise DatasetError(f"shape={quoted(shape)}: expected (channels, height, width), whole numbers from 1").see(
            "register_data_and_circuits"
        )
    if not _is_whole(classes) or not 1 <= classes <= MOST_CLASSES:
        raise DatasetError(f"classes={quoted(classes)}: expected a whole number from 1 to {MOST_CLASSES}").see(
            "register_data_and_circuits"
        )
    return sides


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
