"""Checks of labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from device_models.errors import DatasetError


def out_of_range(labels: np.ndarray, classes: int) -> str:
    """What is wrong with labels (n) of which one is not within 0 ... classes - 1; empty where all are."""
    values = np.asarray(labels)
    if values.size == 0 or (values.min() >= 0 and values.max() < classes):
        return ""
    return f"labels run from {values.min()} to {values.max()}"


def label_fix(shape: tuple[int, ...], kind: np.dtype[Any], images: int) -> str:
    """How an array becomes one whole number per image, with {} for the array, which alone is one; empty for what cannot
    be labels of so many images."""
    if shape[:1] != (images,) or len(shape) > 2 or kind.kind not in "buifUS":
        return ""
    if len(shape) == 2 and shape[1] != 1:
        return "{}.argmax(1)" if kind.kind in "buif" else ""
    flat = "{}.ravel()" if len(shape) == 2 else "{}"
    if kind.kind in "US":
        return f"np.unique({flat}, return_inverse=True)[1]"
    return flat if kind.kind in "iu" else f"{flat}.astype(int)"


def check_range(path: Path, labels: np.ndarray, lowest: int, highest: int, kind: str = "label") -> None:
    """Raises DatasetError unless all labels of the file are within [lowest, highest]."""
    wrong = np.flatnonzero((labels < lowest) | (labels > highest))
    if wrong.size:
        raise DatasetError(
            f"{path}: image {wrong[0]} has {kind} {labels[wrong[0]]}, allowed are {lowest} to {highest}; is it the "
            "file of another data set?"
        )


def check_every_class(where: Path, labels: np.ndarray, classes: int, lowest: int = 0) -> None:
    """Raises DatasetError unless each of the labels lowest ... lowest + classes - 1 occurs."""
    absent = np.setdiff1d(np.arange(lowest, lowest + classes), labels)
    if absent.size:
        some = ", ".join(map(str, absent[:8])) + (" and others" if absent.size > 8 else "")
        raise DatasetError(
            f"{where}: no image with label {some}, but all of {lowest} to "
            f"{lowest + classes - 1} must occur; is it only a part of the data set, or the file of another?"
        )
