"""Checks of labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from device_models.errors import DatasetError


def out_of_range(labels: np.ndarray, classes: int) -> str:
    """What is wrong with labels (n) of which one is not within 0 ... classes - 1; empty where all are."""
    values = np.asarray(labels)
    if values.size == 0 or (values.min() >= 0 and values.max() < classes):
        return ""
    return f"labels run from {values.min()} to {values.max()}"


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
