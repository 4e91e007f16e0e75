"""Files that are never half-written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from device_models.errors import CrossbarError


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write to a temporary file beside `path`, then rename it over `path`.

    Raises CrossbarError when the folder cannot be written or the disk is full; `path` is then what it was before.
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
        raise CrossbarError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return path


def write_text(path: str | Path, text: str) -> Path:
    """Write UTF-8 text through `write_bytes`."""
    return write_bytes(path, text.encode())


def check_folder(folder: str | Path) -> Path:
    """Make `folder` and prove that it can be written, before work is spent. Raises CrossbarError."""
    folder = Path(folder)
    write_bytes(folder / ".writable", b"").unlink(missing_ok=True)
    return folder


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
