"""Recordings of events in one file each, <part>/<class>/<number>.bin, as folders or in a zip file."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from device_models.errors import DatasetError
from device_models.files.archives import open_zip, read_member
from device_models.files.reading import read_bytes

MOST_BYTES = 2**25  # of one recording: millions of events
MOST_RECORDINGS = 100_000


@dataclass(frozen=True)
class Recording:
    """where: the file, for messages. number: of the sample, from its file name."""

    where: str
    label: int
    number: int
    read: Callable[[], bytes]


@contextmanager
def open_recordings(path: Path, part: str) -> Iterator[list[Recording]]:
    """All recordings of a part (`Train` or `Test`) below a folder or in a zip file, by number, then by class."""
    if path.is_dir():
        yield _sorted(path, _in_folder(path, part))
        return
    with open_zip(path, DatasetError) as archive:
        yield _sorted(path, _in_zip(archive, path, part))


def _in_folder(folder: Path, part: str) -> Iterator[Recording]:
    for file in (folder / part).glob("*/*.bin"):
        if place := _place(file.as_posix(), part):
            yield Recording(str(file), *place, partial(read_bytes, file, DatasetError, MOST_BYTES))


def _in_zip(archive: zipfile.ZipFile, path: Path, part: str) -> Iterator[Recording]:
    for member in archive.namelist():
        if place := _place(member, part):
            read = partial(read_member, archive, path, member, DatasetError, MOST_BYTES)
            yield Recording(f"{path}: {member}", *place, read)


def _place(name: str, part: str) -> tuple[int, int] | None:
    """(class, number) of a recording; None for other files."""
    match = re.search(rf"(?:^|/){part}/([0-9]{{1,9}})/([0-9]{{1,9}})\.bin$", name)
    return None if match is None else (int(match[1]), int(match[2]))


def _sorted(path: Path, recordings: Iterator[Recording]) -> list[Recording]:
    found = list(islice(recordings, MOST_RECORDINGS + 1))
    if len(found) > MOST_RECORDINGS:
        raise DatasetError(f"{path}: more than {MOST_RECORDINGS} recordings")
    return sorted(found, key=lambda recording: (recording.number, recording.label))
