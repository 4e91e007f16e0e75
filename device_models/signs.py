"""What a file of this program says of itself, so that no other file is ever written over: `crossbar-nsm <kind> <n>`, n
the version of its form, as text near one of its ends (metadata of a checkpoint or figure, a comment, a JSON entry)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from device_models.archives import read_arrays
from device_models.errors import RecordError

WINDOW = 2**20  # bytes at either end in which a sign is looked for
_SIGN = re.compile(rb"crossbar-nsm ([a-z]+(?: [a-z]+)*) \d+")


def sign(kind: str, version: int = 1) -> str:
    """The text that a file of this kind has in it."""
    return f"crossbar-nsm {kind} {version}"


def kind_in(content: bytes) -> str | None:
    """What kind of file of this program has this content; None: it is no file of this program."""
    found = _SIGN.search(content[:WINDOW]) or _SIGN.search(content[-WINDOW:])
    return found.group(1).decode() if found else None


def kind_of(path: Path) -> str | None:
    """The same of a file. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        head = file.read(WINDOW)
        file.seek(max(path.stat().st_size - WINDOW, 0))
        return kind_in(head) or kind_in(file.read())


def npz_bytes(kind: str, arrays: Mapping[str, np.ndarray]) -> bytes:
    """A compressed .npz file with its sign as the comment of the archive, which other programs read over."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    with zipfile.ZipFile(content, "a") as archive:
        archive.comment = sign(kind).encode()
    return content.getvalue()


def npz_arrays(path: Path, kind: str) -> dict[str, np.ndarray]:
    """The arrays of a file of `npz_bytes`. Raises RecordError for one that is missing, damaged or of another kind, and
    for one that would unpack to more than it can mean."""
    arrays = read_arrays(path, RecordError)
    if kind_of(path) != kind:
        raise RecordError(f"{path}: is no {kind} of this program")
    return arrays
