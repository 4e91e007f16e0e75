"""EMNIST: letters and digits in the six selections of Cohen et al., arXiv:1702.05373."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset, Split, unit_range
from crossbar_nsm.datasets.folder import Place, Root
from crossbar_nsm.datasets.idx import read_pair

SHAPE = (1, 28, 28)
CLASSES = {
    "emnist_balanced": 47,
    "emnist_byclass": 62,
    "emnist_bymerge": 47,
    "emnist_digits": 10,
    "emnist_letters": 26,
    "emnist_mnist": 10,
}
FOLDERS = ("emnist", "EMNIST/raw", "emnist/EMNIST/raw", "emnist/gzip", "gzip")
_LOWEST_LABEL = {"emnist_letters": 1}  # A or a is 1 in the files; all other selections count from 0


def read_emnist(name: str, split: Split, root: Root) -> Dataset:
    """name: a key of CLASSES. Images (n, 28, 28), upright: the files hold them transposed. Labels count from 0."""
    images, labels = read_pair(*emnist_files(name, split, root), CLASSES[name], _LOWEST_LABEL.get(name, 0))
    return Dataset(unit_range(np.ascontiguousarray(images.swapaxes(1, 2))), labels)


def emnist_files(name: str, split: Split, root: Root) -> tuple[Path, Path]:
    """Images and labels."""
    prefix = f"emnist-{name.removeprefix('emnist_')}"
    source = "torchvision.datasets.EMNIST or NIST's page has them"
    place = Place(name, FOLDERS, f"the four {prefix}-* files", source, own_names=True)
    images, labels = place.paths(root, [f"{prefix}-{split}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")])
    return images, labels
