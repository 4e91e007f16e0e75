"""Recordings of events in one file each, <part>/<class>/<number>.bin, as folders or in a zip file."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from device_models.errors import DatasetError


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
        yield _sorted(_in_folder(path, part))
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path}: not a readable zip file, perhaps truncated ({error})") from None
    with archive:
        yield _sorted(_in_zip(archive, path, part))


def _in_folder(folder: Path, part: str) -> Iterator[Recording]:
    for file in (folder / part).glob("*/*.bin"):
        if place := _place(file.as_posix(), part):
            yield Recording(str(file), *place, partial(_guarded, str(file), file.read_bytes))


def _in_zip(archive: zipfile.ZipFile, path: Path, part: str) -> Iterator[Recording]:
    for member in archive.namelist():
        if place := _place(member, part):
            where = f"{path}: {member}"
            yield Recording(where, *place, partial(_guarded, where, partial(archive.read, member)))


def _place(name: str, part: str) -> tuple[int, int] | None:
    """(class, number) of a recording; None for other files."""
    match = re.search(rf"(?:^|/){part}/(\d+)/(\d+)\.bin$", name)
    return None if match is None else (int(match[1]), int(match[2]))


def _guarded(where: str, read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetError(f"{where}: cannot be read, perhaps truncated ({error})") from None


def _sorted(recordings: Iterator[Recording]) -> list[Recording]:
    return sorted(recordings, key=lambda recording: (recording.number, recording.label))
