"""Files that are never half-written."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device_models.errors import CrossbarError, FileError


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write to a temporary file beside `path`, then rename it over `path`.

    Raises FileError when the folder cannot be written or the disk is full; `path` is then what it was before.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem[:50]}-", suffix=path.suffix, dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return path


def write_text(path: str | Path, text: str) -> Path:
    """Write UTF-8 text through `write_bytes`."""
    return write_bytes(path, text.encode())


def check_folder(folder: str | Path) -> Path:
    """Make `folder` and prove that it can be written, before work is spent. Raises FileError."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder}: cannot be written, it is a file and a folder is needed")
    write_bytes(folder / ".writable", b"").unlink(missing_ok=True)
    return folder


@contextmanager
def locked(folder: str | Path, wait: bool = False) -> Iterator[None]:
    """Hold `folder` for this process; the lock ends with the process, however it ends. wait: until it is free.

    Raises CrossbarError when another process holds it, FileError when it cannot be written.
    """
    path = Path(folder) / ".lock"
    try:
        file = path.open("w")
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror or error})") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            problem = "another process is writing here; wait for it or take another folder"
            raise CrossbarError(f"{folder}: {problem}") from None
        yield


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
