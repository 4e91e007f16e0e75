"""Files that are never half-written, and never written over a file that is not this program's.

What a file is, it says itself (`device_models.files.signs`): a checkpoint takes the place of a checkpoint and a figure
that of a figure; anything else that is in the way stays, and the write is refused.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from device_models.errors import CrossbarError, FileError
from device_models.files.home import at_home
from device_models.files.signs import sign_in, sign_of

TEMPORARY = ".crossbar-nsm-{}.part"  # while it is written; a file is written in less than a minute
_LEFTOVER = re.compile(r"\.crossbar-nsm-[0-9a-f]{16}\.part")
LEFTOVER_AGE_S = 600.0
ANY_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def output_path(path: str | Path) -> Path:
    """`path` as somewhere to write, `~` replaced by the home folder. Raises FileError for an empty one, and for what is
    no path."""
    if not isinstance(path, (str, Path)):
        raise FileError(f"a path to write to must be text or a Path, got {type(path).__name__}")
    if not str(path).strip():
        raise FileError("an empty path to write to; name a file or folder")
    return Path(at_home(str(path)))


def check_output(path: str | Path, kind: str | None) -> Path:
    """`path`, which is free, or a file of this program and of this kind, as it was written. Raises FileError for
    anything else: another file, a text that was edited, a read-only file, a folder, a link, a device, a named pipe."""
    path = output_path(path)
    try:
        found = _mode(path)
        if found is None:
            return path
        if not stat.S_ISREG(found):
            raise FileError(f"{path}: is {_what(found)}, which is never replaced by a file; take another name")
        _check_rights(path, found)
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: cannot be written ({_reason(error)})") from None
    try:
        old = sign_of(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    if old is None:
        raise FileError(f"{path}: is there, and not of this program; take another name, or delete it")
    if old.kind != kind:
        what = old.kind if old.kind.endswith("s") else f"a {old.kind}"
        raise FileError(f"{path}: holds {what}, which nothing else replaces; take another name, or delete it")
    if old.edited:
        raise FileError(f"{path}: was edited, or is of another version; take another name, or delete it")
    return path


def check_owned(path: Path) -> Path:
    """As `check_output`, of a file in a folder that is known to be this program's: any regular file there is its own.
    Raises FileError for one that may not be read or written, too."""
    if not _is_regular(path):
        return check_output(path, None)
    _check_rights(path, path.lstat().st_mode)
    if not os.access(path, os.R_OK):
        raise _unreadable(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return path


def check_distinct(outputs: Mapping[str, Path | None]) -> None:
    """Raises FileError where two options of a command, by name, would write one file: the same path in other words, or
    two names of one file on the disk. None: the option was not given."""
    known: dict[object, str] = {}
    for option, path in outputs.items():
        for key in [] if path is None else _identities(path):
            if known.setdefault(key, option) != option:
                raise FileError(f"{known[key]} and {option} are one file, {path}; give each a name of its own")


def _identities(path: Path) -> list[object]:
    """What two names of one file have in common: the place that they lead to, and the file that is there."""
    found: list[object] = [os.path.realpath(path)]
    with suppress(OSError, ValueError):
        state = path.stat()
        found.append((state.st_dev, state.st_ino))
    return found


def write_bytes(path: str | Path, content: bytes, owned: bool = False) -> Path:
    """Write to a temporary file beside `path`, then rename it over `path`. owned: `path` is known to be this program's,
    by the folder that it is in.

    Raises FileError when `check_output` refuses it, the folder cannot be written or the disk is full; `path` is then
    what it was before.
    """
    path = output_path(path)
    if owned:
        check_owned(path)
    elif not _holds(path, content):
        new = sign_in(content)
        check_output(path, None if new is None else new.kind)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(path.parent) as (handle, temporary):
            _take_over_rights(path, handle)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            temporary.replace(path)
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: cannot be written ({_reason(error)})") from None
    return path


def write_text(path: str | Path, text: str, owned: bool = False) -> Path:
    """Write UTF-8 text through `write_bytes`."""
    return write_bytes(path, text.encode(), owned)


def check_folder(folder: str | Path) -> Path:
    """Prove that `folder` can be made and written, before work is spent, and leave nothing of it. Raises FileError."""
    folder, new = output_path(folder), []
    try:
        with suppress(OSError, ValueError):  # said below
            new = [place for place in (folder, *folder.parents) if not place.exists()]
        return make_folder(folder)
    finally:
        for place in new:
            with suppress(OSError, ValueError):
                place.rmdir()


def make_folder(folder: str | Path) -> Path:
    """Make `folder` and prove that it can be written. Raises FileError."""
    folder = output_path(folder)
    try:
        if folder.exists() and not folder.is_dir():
            raise FileError(f"{folder}: cannot be written, it is a file and a folder is needed")
        folder.mkdir(parents=True, exist_ok=True)
        with _temporary(folder) as (handle, _path):
            os.close(handle)
    except (OSError, ValueError) as error:
        raise FileError(f"{folder}: cannot be written ({_reason(error)})") from None
    return folder


def remove_leftovers(folder: Path) -> None:
    """Remove what programs that were killed while they wrote have left in `folder`; nothing else."""
    for path in folder.iterdir():
        with suppress(OSError):
            if is_leftover(path) and path.lstat().st_mtime < time.time() - LEFTOVER_AGE_S:
                path.unlink()


def is_leftover(path: Path) -> bool:
    """Whether `path` is a temporary file of this program."""
    return _LEFTOVER.fullmatch(path.name) is not None and _is_regular(path)


@contextmanager
def locked(folder: str | Path, wait: bool = False) -> Iterator[None]:
    """Hold `folder` for this process; the lock ends with the process, however it ends. wait: until it is free.

    Raises CrossbarError when another process holds it, FileError when it cannot be written or `.lock` is no file.
    """
    path = Path(folder) / ".lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({_reason(error)})") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise FileError(f"{path}: is no file, and a lock needs one; delete it or take another folder")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            problem = "another process is writing here; wait for it or take another folder"
            raise CrossbarError(f"{folder}: {problem}") from None
        yield


@contextmanager
def _temporary(folder: Path) -> Iterator[tuple[int, Path]]:
    """An open new file in `folder`, with the permissions that new files have; it is removed unless it was renamed."""
    path = folder / TEMPORARY.format(secrets.token_hex(8))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        yield handle, path
    finally:
        path.unlink(missing_ok=True)


def _unreadable(path: Path, error: OSError) -> FileError:
    """Nobody knows what would be lost."""
    return FileError(f"{path}: cannot be read ({_reason(error)}), and is not replaced; take another name")


def _check_rights(path: Path, mode: int) -> None:
    """Raises FileError for a file that is read-only, also where this process might replace it all the same."""
    if not mode & ANY_WRITES or not os.access(path, os.W_OK):
        raise FileError(f"{path}: is there and read-only; take another name")


def _take_over_rights(path: Path, handle: int) -> None:
    """A file that takes the place of another has its owner, where that is allowed, and may be read by whom that may."""
    with suppress(FileNotFoundError):
        old = path.lstat()
        with suppress(PermissionError):
            os.fchown(handle, old.st_uid, old.st_gid)
        os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _holds(path: Path, content: bytes) -> bool:
    with suppress(OSError, ValueError):
        return _is_regular(path) and path.stat().st_size == len(content) and path.read_bytes() == content
    return False


def _is_regular(path: Path) -> bool:
    """Whether `path` is a file itself, no link to one."""
    with suppress(OSError, ValueError):
        mode = _mode(path)
        return mode is not None and stat.S_ISREG(mode)
    return False


def _mode(path: Path) -> int | None:
    """Of `path` itself, no link followed; None when there is nothing."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _what(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFLNK: "a link", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
