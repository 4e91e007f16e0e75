"""Files known by their content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from device_models.files.reading import open_regular

PIECE = 2**20  # bytes


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content; it is read again when its size or time has changed."""
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(path: Path, _size: int, _time: int) -> str:
    digest = hashlib.sha256()
    add_content(digest, path)
    return digest.hexdigest()


def add_content(digest: hashlib._Hash | hashlib.blake2b, path: Path) -> None:
    """Add a file's content to `digest`, piece by piece. Raises FileError for what is no file."""
    with open_regular(path) as file:
        while piece := file.read(PIECE):
            digest.update(piece)
