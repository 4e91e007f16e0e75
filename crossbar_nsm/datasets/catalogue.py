"""All data sets by name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar, get_args

import numpy as np

from crossbar_nsm.datasets import cifar, dvs_gestures, emnist, mnist, mnist5k, nmnist
from crossbar_nsm.datasets.dataset import Dataset, Split
from crossbar_nsm.datasets.folder import Root
from crossbar_nsm.datasets.npz import has_parts, read_npz, shape_of
from crossbar_nsm.datasets.registered import Reader, RegisteredDataset, check_description
from device_models.checks.arguments import a_flag, a_function, a_name_or_path, a_path, a_text, checked, optional
from device_models.errors import DatasetError, allowed, quoted
from device_models.files.archives import is_npz
from device_models.registry import NAME, Registry

Function = TypeVar("Function", bound=Reader)


@dataclass(frozen=True)
class Description:
    """A named data set. shape: (channels, height, width) of an image; where channels is 1, `Dataset.images` are
    (n, height, width). classes: labels run from 0 to classes - 1. files: where its images are; raises DatasetError, as
    `read` does, when they are missing."""

    shape: tuple[int, int, int]
    classes: int
    read: Callable[[Split, Root], Dataset]
    files: Callable[[Split, Root], Sequence[Path]]


DESCRIPTIONS = {
    "mnist5k": Description(
        mnist5k.SHAPE, mnist5k.CLASSES, lambda _split, _root: mnist5k.read_mnist5k(), lambda _split, _root: []
    ),
    **{
        name: Description(mnist.SHAPE, mnist.CLASSES, partial(mnist.read_mnist, name), partial(mnist.mnist_files, name))
        for name in mnist.PLACES
    },
    **{
        name: Description(emnist.SHAPE, classes, partial(emnist.read_emnist, name), partial(emnist.emnist_files, name))
        for name, classes in emnist.CLASSES.items()
    },
    "cifar10": Description(cifar.SHAPE, cifar.CLASSES["cifar10"], cifar.read_cifar10, cifar.cifar10_files),
    "cifar100": Description(cifar.SHAPE, cifar.CLASSES["cifar100"], cifar.read_cifar100, cifar.cifar100_files),
    **{
        name: Description(
            nmnist.SHAPE, nmnist.CLASSES, partial(nmnist.read_nmnist, name), partial(nmnist.nmnist_files, name)
        )
        for name in nmnist.RECORDINGS
    },
    "dvs_gestures": Description(
        dvs_gestures.SHAPE, dvs_gestures.CLASSES, dvs_gestures.read_dvs_gestures, dvs_gestures.gesture_files
    ),
}
NAMES = tuple(DESCRIPTIONS)
TEST_IMAGES = {  # at most
    "mnist5k": 5000, "mnist": 10000, "fashion_mnist": 10000, "kmnist": 10000, "cifar10": 10000, "cifar100": 10000,
    "emnist_balanced": 18800, "emnist_byclass": 116323, "emnist_bymerge": 116323, "emnist_digits": 40000,
    "emnist_letters": 20800, "emnist_mnist": 10000,
}  # fmt: skip
OF_USERS: Registry[RegisteredDataset] = Registry("data set", NAMES)
QUICK_BYTES = 2**23  # as stored: the test images of MNIST are fewer, its training images more
WITHOUT_PARTS = ("mnist5k",)  # gives the same images for both splits


@checked(name=a_name_or_path, split=a_text, root=optional(a_path))
def load_dataset(name: str, split: Split = "test", root: Root = None) -> tuple[np.ndarray, np.ndarray]:
    """Images in [0,1] and labels of a data set.

    name: one of NAMES, or the path of an .npz file (see `crossbar_nsm.datasets.npz`). root: the data folder; default
    the environment variable CROSSBAR_NSM_DATA. Raises DatasetError when the data are missing (it says where it looked
    and how to get them) or damaged.
    """
    dataset = read_dataset(name, split, root)
    return dataset.images, dataset.labels


@checked(name=a_text, files=optional(a_function), parts=a_flag)
def register_dataset(
    name: str,
    shape: tuple[int, int, int],
    classes: int,
    files: Callable[[str, str | None], Iterable[str | Path]] | None = None,
    parts: bool = True,
) -> Callable[[Function], Function]:
    """Decorator of a function (split, root) that gives the images and labels of one of the splits `train` and `test`
    (see `crossbar_nsm.datasets.registered`): a data set of this name, wherever one is named. root: the data folder or
    None.

    shape: (channels, height, width) of an image; labels run from 0 to classes - 1. files(split, root): paths of what
    it reads, which `validate` then looks for. parts: whether the splits are different images. Raises ConfigError for a
    name that there is, DatasetError for a description of no images.
    """
    sides = check_description(shape, classes)

    def add(function: Function) -> Function:
        if not callable(function):
            raise DatasetError(f"data set {name}: decorate a function (split, root) that gives images and labels").see(
                "register_data_and_circuits"
            )
        OF_USERS.add(name, RegisteredDataset(name, sides, int(classes), function, parts, files), function)
        return function

    return add


def description_of(name: str) -> Description | RegisteredDataset | None:
    """Of a named data set, of ours or of the user's; None for a file."""
    return DESCRIPTIONS.get(name) or OF_USERS.get(name)


def read_dataset(name: str, split: Split = "test", root: Root = None) -> Dataset:
    """As `load_dataset`, but as a Dataset."""
    if split not in get_args(Split):
        raise DatasetError(f"split={quoted(split)}: allowed are {' and '.join(get_args(Split))}")
    check_name(name)
    described = description_of(name)
    return read_npz(Path(name), split) if described is None else described.read(split, root)


def is_quick(name: str, split: Split = "test", root: Root = None) -> bool:
    """Whether a data set is there and read in a fraction of a second. Raises DatasetError when it is not there."""
    check_name(name)
    described = description_of(name)
    files = [Path(name)] if described is None else described.files(split, root)
    regular = bool(files) and all(path.is_file() for path in files)  # no folders, and not mnist5k, which is text
    return regular and sum(path.stat().st_size for path in files) <= QUICK_BYTES


def keeps_test_images_apart(name: str) -> bool:
    """Whether the splits of a data set are different images. Raises DatasetError for a file that cannot be read."""
    check_name(name)
    of_user = OF_USERS.get(name)
    if of_user is not None:
        return of_user.parts
    return name not in WITHOUT_PARTS if name in NAMES else has_parts(Path(name))


def check_count(name: str, images: int | None) -> None:
    """Raises DatasetError when a data set has fewer test images (None: all are meant), as far as its description tells;
    an .npz file is refused when it is damaged, as far as its headers tell."""
    count = TEST_IMAGES.get(name, images)
    if is_npz(name):
        count = shape_of(Path(name))[0]
    if images is not None and count is not None and images > count:
        raise DatasetError(f"{images} images were asked for, data set {name} has {count}")


def check_name(name: str) -> None:
    """Raises DatasetError unless `name` is a known data set or an existing .npz file."""
    if description_of(name) is not None:
        return
    if is_npz(name):
        if not os.path.isfile(name):
            raise DatasetError(f"data set {name}: no such file")
        return
    alike = _names_like(name)
    if not alike and (os.path.exists(name) or not NAME.fullmatch(name)):
        absent = "" if os.path.exists(name) else "no such file; "
        how = "a file of your own is an .npz with x and y: np.savez('images.npz', x=images, y=labels)"
        raise DatasetError(f"data set {name}: {absent}{how}")
    known = (*OF_USERS.names, *NAMES)
    hint = f"did you mean {' or '.join(alike)}?" if alike else allowed(known, name, most=20)
    own = "or give the path of an .npz file with x and y, or register it in a file that --laws names"
    raise DatasetError(f"unknown data set {quoted(name)}; {hint} ({own})").see("data_sets")


def _names_like(name: str) -> list[str]:
    """Data sets of this name in other letters, or else those whose names begin so."""
    wanted = _letters(name)
    known = {other: _letters(other) for other in (*OF_USERS.names, *NAMES)}
    same = [other for other, letters in known.items() if letters == wanted]
    return same or [other for other, letters in known.items() if len(wanted) > 3 and letters.startswith(wanted)]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
