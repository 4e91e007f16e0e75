"""The data folder: where the files of a data set are, and what to say when they are not.

A data set's folder is below the data folder, under its own name or where torchvision puts it, in capitals or not, with
hyphens or not, or is the data folder itself. Files are gzipped or not, IDX files may have points in place of hyphens,
and each may lie in a folder of its name, as some sites do.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NoReturn

from device_models.errors import DatasetError
from device_models.files import reading
from device_models.files.home import at_home
from device_models.warning import note, warn

DATA_VARIABLE = "CROSSBAR_NSM_DATA"
Root = str | Path | None
PIECE = 2**20
MOST_FOLDERS = 500  # that are looked through for an error's sake


@dataclass(frozen=True)
class Place:
    """A data set's folder below the data folder: one of `folders`, the first of which is the usual one. own_names: no
    other data set has files of these names, so that the data folder itself may hold them whatever it is called. others:
    folders of those that have; elsewhere the data folder itself may hold them, and it is said that they were taken for
    it. files: what belongs there; source: how to get it."""

    name: str
    folders: tuple[str, ...]
    files: str
    source: str
    own_names: bool = False
    others: tuple[str, ...] = ()

    def data_folder(self, root: Root) -> Path:
        """root, or the default. Raises DatasetError where neither is given."""
        given = root or data_folder()
        if not given:
            raise DatasetError(
                f"data set {self.name}: no data folder given; use --data DIR (or set {DATA_VARIABLE}) with "
                f"{self.files} in DIR/{self.folders[0]} ({self.source})"
            )
        return Path(at_home(str(given)))

    def existing_folders(self, root: Root) -> list[Path]:
        """Where the data set may be, below the data folder or that itself, the usual place first; each folder once."""
        data = self.data_folder(root)
        found = [folder for place in self.folders for folder in _in_place(data, place.split("/"))]
        found += [data] if self.own_names and data.is_dir() else []
        distinct: dict[str, Path] = {}
        for folder in found:
            distinct.setdefault(os.path.realpath(folder), folder)
        return list(distinct.values())

    def paths(self, root: Root, names: Sequence[str]) -> list[Path]:
        """The files of these names, all in one folder; raises DatasetError, with where it looked, when there is none
        with all. Warns of other copies that differ."""
        folders = self.existing_folders(root)
        complete = [paths for folder in folders if (paths := _together(folder, names))] or self._unnamed(root, names)
        if not complete:
            absent = [name for name in names if not any(existing(folder, name) for folder in folders)]
            self.missing(root, f"no {' and no '.join(absent or names)}{'' if absent else ' together'}, gzipped or not,",
                         names)  # fmt: skip
        for others in complete[1:]:
            warn_of_copies(self.name, complete[0], others)
        return complete[0]

    def missing(self, root: Root, what: str, names: Sequence[str] = ()) -> NoReturn:
        """Raises DatasetError: what is missing, where it was looked for, what belongs there and how to get it, or where
        else there are files of these names."""
        data, places = self.data_folder(root), " or ".join(self.folders)
        where = f"in {places} below {data}" if data.is_dir() else f"in {data}, which is no folder"
        fix = f"put {self.files} into {data / self.folders[0]} ({self.source})"
        below = (Path(folder) for folder, _, _ in islice(os.walk(data), MOST_FOLDERS)) if names else ()
        seen = next((folder for folder in below if not self._of_another(folder) and _together(folder, names)), None)
        if seen is not None:
            fix = f"files of these names are in {seen}: give that folder, if they are {self.name}"
        raise DatasetError(f"data set {self.name}: {what} {where}; {fix}")

    def _unnamed(self, root: Root, names: Sequence[str]) -> list[list[Path]]:
        """The files in the data folder itself, which does not say of which data set they are."""
        data = self.data_folder(root)
        found = [] if not self.others or self._of_another(data) else _together(data, names)
        if found:
            note(f"{data}: the files {found[0].name}, ... in it are taken for {self.name}; its name does not tell")
        return [found] if found else []

    def _of_another(self, folder: Path) -> bool:
        return any(_ends_in(folder, place.split("/")) for place in self.others)


def data_folder() -> str | None:
    """The default one, of the environment."""
    given = os.environ.get(DATA_VARIABLE)
    return at_home(given) if given else None


def existing(folder: Path, name: str) -> Path | None:
    """The file `name` in `folder`, or else `name`.gz, or else of the same name with points for hyphens, or in other
    letters, or in a folder of such a name; None when there is none. Warns where several differ."""
    exact = [path for path in (folder / name, folder / f"{name}.gz") if path.is_file()]
    there = _called(folder, name)
    inside = [path for one in there if one.is_dir() for path in _called(one, name)]
    alike = sorted(path for path in [*there, *inside] if path.is_file())
    found = list(dict.fromkeys([*exact, *alike]))
    for other in found[1:]:
        warn_of_copies(name, found[:1], [other])
    return found[0] if found else None


def warn_of_copies(what: str, used: Sequence[Path], others: Sequence[Path]) -> None:
    """Say which of two copies is used, where they are not the same."""
    for one, other in zip(used, others, strict=False):
        if not one.samefile(other) and _content(one) != _content(other):
            warn(f"{what}: {one} and {other} are different files; {one} is used")


def read_bytes(path: Path, most: int = reading.MOST_BYTES) -> bytes:
    """The content of a file, unpacked when its name ends in .gz; raises DatasetError for more than `most` bytes."""
    return (reading.read_gzip if path.suffix == ".gz" else reading.read_bytes)(path, DatasetError, most)


def _in_place(data: Path, names: list[str]) -> list[Path]:
    """The folders at this path below the data folder, or below its parents, where its own path ends so: for `MNIST/raw`
    also `raw` in a data folder MNIST, and a data folder MNIST/raw itself."""
    begun = (k for k in range(len(names) + 1) if _ends_in(data, names[:k]))
    return [folder for k in begun for folder in _below(data, names[k:]) if folder.is_dir()]


def _ends_in(folder: Path, names: Sequence[str]) -> bool:
    """Whether the path of a folder ends so."""
    parts = Path(os.path.abspath(folder)).parts
    return list(map(_folder_name, parts[len(parts) - len(names) :])) == list(map(_folder_name, names))


def _below(folder: Path, names: Sequence[str]) -> list[Path]:
    """Folders at this path, whatever letters are capitals and what parts words; that of the very name first."""
    if not names:
        return [folder]
    wanted = _folder_name(names[0])
    same = [path for path in _entries(folder) if _folder_name(path.name) == wanted and path.is_dir()]
    same.sort(key=lambda path: (path.name != names[0], path.name))
    return [below for path in same for below in _below(path, names[1:])]


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _together(folder: Path, names: Sequence[str]) -> list[Path]:
    """The files of all these names in one folder; empty where one is absent."""
    found = [path for name in names if (path := existing(folder, name)) is not None]
    return found if len(found) == len(names) else []


def _called(folder: Path, name: str) -> list[Path]:
    return [path for path in _entries(folder) if _plain(path.name) == _plain(name)]


def _folder_name(name: str) -> str:
    """`Fashion-MNIST`, `fashion_mnist` and `FashionMNIST` alike."""
    return name.lower().replace("-", "").replace("_", "")


def _plain(name: str) -> str:
    """`train-images.idx3-ubyte.gz` and `train-images-idx3-ubyte` alike."""
    return name.lower().removesuffix(".gz").replace(".", "-")


def _content(path: Path) -> tuple[int, int]:
    """CRC-32 and size (modulo 2^32) of what is in a file, unpacked; a gzipped one says them at its end."""
    with path.open("rb") as file:
        if path.suffix == ".gz":
            file.seek(-min(8, path.stat().st_size), os.SEEK_END)
            end = file.read()
            return int.from_bytes(end[:4], "little"), int.from_bytes(end[4:], "little")
        crc = size = 0
        while piece := file.read(PIECE):
            crc, size = zlib.crc32(piece, crc), size + len(piece)
        return crc, size % 2**32
