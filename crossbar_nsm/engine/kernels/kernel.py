"""Compiled functions, and the folder in which they are kept from one process to the next.

numba notices when the file of a kernel changes, but not when another does whose functions or constants the kernel has
compiled in. So the folder's name is a digest of all sources of kernels: after an update everything is compiled anew.
What lies there is numba's, told apart by numba's version and the processor.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba

from device_models.errors import ProcessError

PACKAGE = Path(__file__).parents[2]
HAS_KERNELS = re.compile(rb"^(from|import) (numba|crossbar_nsm\.engine\.kernels\.kernel)\b", re.MULTILINE)
IMPORTED = re.compile(rb"^from crossbar_nsm\.([\w.]+) import", re.MULTILINE)
KEPT, KEPT_S = 8, 30 * 86400.0  # folders of other sources: so many, and those that were used within a month


def kernel(**options: Any) -> Callable[[Any], Any]:
    """`numba.njit(**options)`, kept in the folder of these sources; without a folder to write to, for this process."""

    def compiled(function: Any) -> Any:
        folder = kernel_folder()
        if folder is None:
            return numba.njit(**options)(function)
        users, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder)  # type: ignore[attr-defined]
        try:
            return _forgiving(numba.njit(cache=True, **options)(function), folder)
        except OSError as error:  # of a full disk, to which numba writes to see whether it can
            _warn_of_loss(folder, error.strerror or str(error))
            return numba.njit(**options)(function)
        except RuntimeError as error:  # of locators of its cache, which a variable names
            raise ProcessError(f"NUMBA_CACHE_LOCATOR_CLASSES: numba keeps no kernels ({error}); unset it") from None
        finally:
            numba.config.CACHE_DIR = users  # type: ignore[attr-defined]

    return compiled


def _forgiving(kept: Any, folder: Path) -> Any:
    """A kernel for which a full disk and damaged files in `folder` mean that it is compiled anew, and no more."""
    found = kept._cache
    load, save = found.load_overload, found.save_overload

    def load_overload(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        except Exception:  # of what is no pickle
            with suppress(Exception):
                found.flush()
            return None

    def save_overload(*arguments: Any) -> None:
        try:
            save(*arguments)
        except OSError as error:
            _warn_of_loss(folder, error.strerror or str(error))

    found.load_overload, found.save_overload = load_overload, save_overload
    return kept


@cache
def _warn_of_loss(folder: Path, reason: str) -> None:
    """Once in a process."""
    remedy = "make room there, or set XDG_CACHE_HOME to a folder that has some"
    warnings.warn(f"compiled kernels cannot be kept in {folder} ({reason}): {remedy}", stacklevel=2)


@cache
def kernel_folder() -> Path | None:
    """Where kernels of these sources are kept: in NUMBA_CACHE_DIR, or the user's cache folder (XDG_CACHE_HOME), or,
    with a warning, in a temporary folder of this user; None where none of them can be written."""
    name = source_digest()
    usual = Path(os.environ.get("NUMBA_CACHE_DIR") or _cache_home()) / "crossbar-nsm" / "kernels"
    if _writable(usual / name):
        _remove_old(usual, name)
        return usual / name
    remedy = f"{usual} cannot be written; set XDG_CACHE_HOME to a folder that can"
    private = Path(tempfile.gettempdir()) / f"crossbar-nsm-kernels-{os.getuid()}"
    if _writable(private / name) and _is_private(private):
        warnings.warn(f"compiled kernels are kept in {private} for now: {remedy}", stacklevel=2)
        return private / name
    warnings.warn(f"kernels are compiled anew by every process, which takes a minute: {remedy}", stacklevel=2)
    return None


@cache
def source_digest() -> str:
    """Of every source file that has kernels, and of its name."""
    digest = hashlib.blake2b(digest_size=10)
    for path in kernel_sources():
        digest.update(f"{path.relative_to(PACKAGE)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def kernel_sources() -> list[Path]:
    """Source files that have kernels, and those of the package from which these import functions and constants."""
    texts = {path: path.read_bytes() for path in PACKAGE.rglob("*.py")}
    with_kernels = [text for text in texts.values() if HAS_KERNELS.search(text)]
    imported = {name.decode() for text in with_kernels for name in IMPORTED.findall(text)}
    files = {PACKAGE.joinpath(*name.split(".")).with_suffix(".py") for name in imported}
    return sorted(path for path, text in texts.items() if path in files or HAS_KERNELS.search(text))


def _cache_home() -> Path:
    """The user's cache folder by the custom of the system."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):
        return Path(given)
    return Path(os.path.expanduser("~/Library/Caches" if sys.platform == "darwin" else "~/.cache"))


def _writable(folder: Path) -> bool:
    """Make the folder and write to it, which marks it as used today."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        os.utime(folder)
    except OSError:
        return False
    return True


def _is_private(folder: Path) -> bool:
    """Compiled code is executed, so nobody else may put any into a folder below one that all may write to."""
    state = folder.lstat()
    return folder.is_dir() and not folder.is_symlink() and state.st_uid == os.getuid() and not state.st_mode & 0o022


def _remove_old(folders: Path, own: str) -> None:
    """Folders of other sources that nobody used for a month, and those beyond the last few."""
    try:
        used = {folder: folder.stat().st_mtime for folder in folders.iterdir() if folder.name != own}
    except OSError:  # another process removes them, too
        return
    for rank, folder in enumerate(sorted(used, key=lambda folder: -used[folder])):
        age_s = time.time() - used[folder]
        if age_s > KEPT_S or (rank >= KEPT and age_s > 86400):
            shutil.rmtree(folder, ignore_errors=True)
