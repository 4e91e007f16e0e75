import subprocess
import sys

import pytest
from support.datasets import refused

import crossbar_nsm
from crossbar_nsm.datasets.catalogue import DESCRIPTIONS, NAMES, WITHOUT_PARTS, check_name, load_dataset
from crossbar_nsm.datasets.folder import DATA_VARIABLE


def test_names_shapes_and_classes():
    assert {name: (*description.shape, description.classes) for name, description in DESCRIPTIONS.items()} == {
        "mnist5k": (1, 28, 28, 10),
        "mnist": (1, 28, 28, 10),
        "fashion_mnist": (1, 28, 28, 10),
        "kmnist": (1, 28, 28, 10),
        "emnist_balanced": (1, 28, 28, 47),
        "emnist_byclass": (1, 28, 28, 62),
        "emnist_bymerge": (1, 28, 28, 47),
        "emnist_digits": (1, 28, 28, 10),
        "emnist_letters": (1, 28, 28, 26),
        "emnist_mnist": (1, 28, 28, 10),
        "cifar10": (3, 32, 32, 10),
        "cifar100": (3, 32, 32, 100),
        "nmnist": (10, 34, 34, 10),
        "nmnist_small": (10, 34, 34, 10),
        "dvs_gestures": (6, 64, 64, 11),
    }
    assert tuple(DESCRIPTIONS) == NAMES
    assert WITHOUT_PARTS == ("mnist5k",)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_PARTS])
def test_without_a_data_folder(name, monkeypatch):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    for split in ("train", "test"):
        with refused(f"data set {name}: no data folder given; use --data DIR", f"set {DATA_VARIABLE}"):
            load_dataset(name, split)


def test_unknown_names_and_splits(tmp_path):
    with refused("unknown data set 'mnits'; did you mean mnist? (or give the path of an .npz file"):
        check_name("mnits")
    with refused("unknown data set 'x'; allowed: mnist5k, mnist,", "dvs_gestures (or give the path of an .npz file"):
        check_name("x")
    with refused(f"data set {tmp_path / 'none.npz'}: no such file"):
        load_dataset(str(tmp_path / "none.npz"))
    with refused("split='tset': allowed are train and test"):
        load_dataset("mnist5k", split="tset")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("MNIST", "did you mean mnist?"),
        ("FashionMNIST", "did you mean fashion_mnist?"),
        ("fashion-mnist", "did you mean fashion_mnist?"),
        ("EMNIST/letters", "did you mean emnist_letters?"),
        ("emnist", "did you mean emnist_balanced or emnist_byclass or emnist_bymerge or emnist_digits or"),
        ("CIFAR", "did you mean cifar10 or cifar100?"),
    ],
)
def test_names_in_other_letters_and_their_beginnings(name, hint):
    with refused(f"unknown data set {name!r}; {hint}"):
        check_name(name)


def test_files_of_other_kinds_are_no_names(tmp_path):
    (tmp_path / "x.mat").write_text("")
    with refused(f"data set {tmp_path}/x.mat: a file of your own is an .npz with x and y: np.savez("):
        check_name(str(tmp_path / "x.mat"))
    for name in ("x.mat", "x.h5", "x.parquet", "folder/x"):
        with refused(f"data set {name}: no such file; a file of your own is an .npz with x and y: np.savez("):
            check_name(name)


def test_the_public_name_needs_no_torch():
    assert crossbar_nsm.load_dataset is load_dataset
    script = "import sys, crossbar_nsm as xb; xb.load_dataset('mnist5k'); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
