"""Whether images are a network's. Loads no torch: `validate` asks the same."""

from __future__ import annotations

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.datasets.labels import out_of_range
from crossbar_nsm.nsm.architecture import Architecture
from device_models.errors import DatasetError


def check_fits(name: str, data: Dataset, architecture: Architecture) -> None:
    """Raises DatasetError when pixels or labels of data set `name` do not fit the network."""
    check_size(name, data.images.shape[1:], architecture)
    classes = architecture.classes
    if wrong := out_of_range(data.labels, classes):
        raise DatasetError(
            f"data set {name}: {wrong}, but the output layer has {classes} classes (labels 0 to {classes - 1}); "
            f"is it the right label file, or should {architecture.layers[-1].name} have more outputs?"
        )


def check_size(name: str, shape: tuple[int, ...], architecture: Architecture) -> None:
    """Raises DatasetError when images of this shape, those of data set `name`, do not fit the network."""
    if not architecture.takes(shape):
        given = "x".join(map(str, shape))
        raise DatasetError(f"data set {name}: images of {given} pixels, the network takes {architecture.image_text}")
