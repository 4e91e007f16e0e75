"""The catalogue of data sets: shapes, classes and files."""

import re
import sys
from tempfile import TemporaryDirectory

from crossbar_nsm.datasets import cifar, dvs_gestures, emnist, mnist, mnist5k, nmnist, npz
from crossbar_nsm.datasets.catalogue import DESCRIPTIONS, TEST_IMAGES, WITHOUT_PARTS
from device_models.errors import DatasetError
from docs.generate.markdown import code, in_words, page, paragraph, prose, table

FIRST = """
`dataset.name` names one of these, an `.npz` file of your own, or a data set that you
[register](../how_to/register_data_and_circuits.md). `mnist5k` comes with the installation; the others are read from
their original files in the data folder, `--data DIR` (or `dataset.root`, or the environment variable
`CROSSBAR_NSM_DATA`). Nothing is downloaded. In Python: `xb.load_dataset("mnist", root="DIR")`.
"""
OF_YOUR_OWN = """
How to make and check one: [use your images](../how_to/use_your_images.md).
"""
MODULES = {
    "mnist5k": mnist5k, "mnist": mnist, "fashion_mnist": mnist, "kmnist": mnist, "emnist": emnist, "cifar10": cifar,
    "cifar100": cifar, "nmnist": nmnist, "dvs_gestures": dvs_gestures,
}  # fmt: skip
MISSING = re.compile(r"data set \w+: (?P<what>.*?) in (?P<folders>.*?) below DIR; (?P<fix>put .*)")


def data_sets() -> str:
    lines = [
        [code(name), "x".join(map(str, one.shape)), str(one.classes), _count(name)]
        for name, one in DESCRIPTIONS.items()
    ]
    groups: dict[object, list[str]] = {}
    for name in DESCRIPTIONS:
        groups.setdefault(MODULES.get(name, MODULES.get(name.split("_")[0])), []).append(name)
    parts = [FIRST, table(["data set", "channels x height x width", "classes", "test images"], lines)]
    parts += [part for module, names in groups.items() for part in _group(module, names)]
    parts += ["## Where files are looked for", prose(sys.modules["crossbar_nsm.datasets.folder"].__doc__)]
    return page("Data sets", *parts, "## A file of your own", prose(npz.__doc__), OF_YOUR_OWN)


def _count(name: str) -> str:
    recorded = nmnist.RECORDINGS.get(name, {}).get("test")
    return str(TEST_IMAGES.get(name, recorded or ""))


def _group(module: object, names: list[str]) -> list[str]:
    return [f"## {', '.join(names)}", prose(module.__doc__), *map(_files, names)]


def _files(name: str) -> str:
    """What is looked for, as the error says that comes where it is not there."""
    if name in WITHOUT_PARTS:
        return "No files: training and evaluation see the same images, so a warning says how many were trained on."
    said = [_said_without(name, split) for split in ("train", "test")]
    files = [
        f"{split}: {paragraph(_names(one['what']), 2)}" for split, one in zip(("training", "test"), said, strict=True)
    ]
    folders = in_words([code(folder) for folder in said[0]["folders"].split(" or ")])
    return f"**{code(name)}**\n\n" + "\n".join(
        [
            *(f"- {line}" for line in files),
            f"- {paragraph(f'in {folders} below DIR', 2)}",
            f"- to have them: {paragraph(said[0]['fix'], 2)}",
        ]
    )


def _names(what: str) -> str:
    files = what.removesuffix(", gzipped or not,").replace("no ", "").replace("other zip file", "another zip file")
    names = re.split(r",? and |, ", files)
    return in_words(
        [code(name) if "." in name or "ubyte" in name else name for name in names], "or" if "folder" in what else "and"
    )


def _said_without(name: str, split: str) -> re.Match[str]:
    """The parts of the error that a folder without the files gives."""
    said = ""
    with TemporaryDirectory() as folder:
        try:
            DESCRIPTIONS[name].files(split, folder)
        except DatasetError as error:
            said = str(error).replace(folder, "DIR")
    found = MISSING.fullmatch(said)
    if found is None:
        raise ValueError(f"{name}: its error has other parts than this page shows: {said}")
    return found
