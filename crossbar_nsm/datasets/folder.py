"""The data folder: where the files of a data set are, and what to say when they are not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from device_models.errors import DatasetError
from device_models.files import reading

DATA_VARIABLE = "CROSSBAR_NSM_DATA"
Root = str | Path | None


@dataclass(frozen=True)
class Place:
    """A data set's folder below the data folder. files: what belongs there; source: how to get it."""

    name: str
    folder: str
    files: str
    source: str

    def path(self, root: Root) -> Path:
        """The data set's folder. root: the data folder, default the environment variable CROSSBAR_NSM_DATA."""
        root = root or os.environ.get(DATA_VARIABLE)
        if not root:
            raise DatasetError(
                f"data set {self.name}: no data folder given; use --data DIR (or set {DATA_VARIABLE}) with "
                f"{self.files} in DIR/{self.folder} ({self.source})"
            )
        return Path(root) / self.folder

    def file(self, root: Root, name: str) -> Path:
        """The file `name` of the data set, gzipped or not."""
        folder = self.path(root)
        return existing(folder, name) or self.missing(f"{folder / name} and {name}.gz, found neither")

    def missing(self, looked_for: str) -> NoReturn:
        """Raises DatasetError: where files were looked for, what belongs there and how to get it."""
        raise DatasetError(f"data set {self.name}: looked for {looked_for}; put {self.files} there ({self.source})")


def existing(folder: Path, name: str) -> Path | None:
    """`name` or `name`.gz in `folder`; None when there is neither."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def read_bytes(path: Path, most: int = reading.MOST_BYTES) -> bytes:
    """The content of a file, unpacked when its name ends in .gz; raises DatasetError for more than `most` bytes."""
    return (reading.read_gzip if path.suffix == ".gz" else reading.read_bytes)(path, DatasetError, most)
