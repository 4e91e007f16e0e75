"""MNIST, Fashion-MNIST and KMNIST: four IDX files each.

LeCun et al., Proc. IEEE 86 (1998) 2278; Xiao et al., arXiv:1708.07747; Clanuwat et al., arXiv:1812.01718.
"""

from __future__ import annotations

from pathlib import Path

from crossbar_nsm.datasets.dataset import Dataset, Split, unit_range
from crossbar_nsm.datasets.folder import Place, Root
from crossbar_nsm.datasets.idx import read_pair

SHAPE, CLASSES = (1, 28, 28), 10
_PREFIX = {"train": "train", "test": "t10k"}
FOLDERS = {
    "mnist": ("mnist", "MNIST/raw", "mnist/MNIST/raw", "MNIST_data"),
    "fashion_mnist": (
        "fashion_mnist", "FashionMNIST/raw", "fashion_mnist/FashionMNIST/raw", "fashion", "fashion_mnist/data/fashion",
    ),
    "kmnist": ("kmnist", "KMNIST/raw", "kmnist/KMNIST/raw"),
}  # fmt: skip
_TITLES = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "kmnist": "KMNIST"}
_ALSO = {"mnist": " or scikit-learn's fetch_openml"}
PLACES = {
    name: Place(
        name, folders, f"the four original IDX files of {_TITLES[name]}",
        f"torchvision.datasets.{_TITLES[name]}{_ALSO.get(name, '')} can fetch them",
        others=tuple(folder for other in FOLDERS if other != name for folder in FOLDERS[other]),
    )
    for name, folders in FOLDERS.items()
}  # fmt: skip


def read_mnist(name: str, split: Split, root: Root) -> Dataset:
    """name: a key of PLACES. Images (n, 28, 28)."""
    images, labels = read_pair(*mnist_files(name, split, root), CLASSES)
    return Dataset(unit_range(images), labels)


def mnist_files(name: str, split: Split, root: Root) -> tuple[Path, Path]:
    """Images and labels."""
    images, labels = PLACES[name].paths(
        root, [f"{_PREFIX[split]}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]
    )
    return images, labels
