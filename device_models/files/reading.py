"""Files that a user names, opened with care: only regular files, and never more of them than can be meant.

A named pipe or a device would hang or act when it is opened, and a small compressed file can unpack to anything.
"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from pathlib import Path
from typing import BinaryIO

from device_models.errors import CrossbarError, FileError, quoted

MOST_BYTES = 2**30  # of a file read at once
FREE_BYTES = 2**28  # that any compressed file may unpack to
MOST_RATIO = 300  # of larger ones: deflate reaches 1032 on nothing but zeros, images 2 to 100
MOST_UNPACKED = 2**33
GZIP, PIECE = b"\x1f\x8b", 2**20


def open_regular(path: str | Path, error: type[CrossbarError] = FileError) -> BinaryIO:
    """A regular file, open for reading; raises `error` for whatever else has that name, without opening it."""
    try:
        _check_kind(path, os.stat(path).st_mode, error)
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except FileNotFoundError:
        raise error(f"{path}: no such file") from None
    except OSError as problem:
        raise error(f"{path}: cannot be read ({problem.strerror or problem})") from None
    except (ValueError, TypeError):  # NUL in the name, or no name at all
        raise error(f"{quoted(str(path))}: not the name of a file") from None
    try:
        _check_kind(path, os.fstat(file.fileno()).st_mode, error)  # nobody exchanged it in between
    except CrossbarError:
        file.close()
        raise
    return file


def read_bytes(path: str | Path, error: type[CrossbarError] = FileError, most: int = MOST_BYTES) -> bytes:
    """The whole content of a regular file; raises `error` when there are more than `most` bytes."""
    with open_regular(path, error) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise _too_long(path, error, most)
        return _read(file, path, error, most)


def read_text(path: str | Path, error: type[CrossbarError] = FileError, most: int = MOST_BYTES) -> str:
    """The same as UTF-8 text; raises `error` where it is none."""
    try:
        return read_bytes(path, error, most).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise error(f"{path}: cannot be read, not UTF-8 text ({problem.reason} at byte {problem.start})") from None


def read_gzip(path: str | Path, error: type[CrossbarError] = FileError, most: int = MOST_BYTES) -> bytes:
    """The unpacked content of a .gz file; raises `error` when it is damaged or more than `most` bytes."""
    with open_regular(path, error) as file, gzip.GzipFile(fileobj=file) as packed:
        return _read(packed, path, error, min(most, most_unpacked(os.fstat(file.fileno()).st_size)))


def most_unpacked(packed_bytes: int) -> int:
    """Bytes that a compressed file of this size may unpack to."""
    return min(max(FREE_BYTES, MOST_RATIO * packed_bytes), MOST_UNPACKED)


def size_text(count: int) -> str:
    """For example 1.5 GB."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 999.5 or unit == "TB":
            break
        count /= 1000  # type: ignore[assignment]
    return f"{count:.3g} {unit}"


def _read(file: BinaryIO | gzip.GzipFile, path: str | Path, error: type[CrossbarError], most: int) -> bytes:
    try:
        content = file.read(most + 1)
    except EOFError:
        raise error(f"{path}: truncated, its gzipped data do not end") from None
    except (gzip.BadGzipFile, zlib.error) as problem:
        raise error(f"{path}: {_gzip_problem(path, problem, error, most)}") from None
    except OSError as problem:
        raise error(f"{path}: cannot be read ({problem.strerror or problem})") from None
    if len(content) > most:
        raise _too_long(path, error, most)
    return content


def _gzip_problem(path: str | Path, problem: Exception, error: type[CrossbarError], most: int) -> str:
    """What is wrong with a file that is called .gz."""
    with open_regular(path, error) as file:
        raw = file.read(most)
    if raw[:2] != GZIP:
        return "not gzipped, though its name ends in .gz; take that off its name"
    more = _bytes_behind(raw)
    return f"{more} bytes more than its gzipped data, cut them off" if more else f"damaged ({problem})"


def _bytes_behind(raw: bytes) -> int:
    """How many bytes stand behind gzipped data; 0 where these are damaged."""
    while raw[:2] == GZIP:
        unpacking, rest = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), raw
        try:
            while not unpacking.eof and (unpacking.decompress(rest, PIECE) or unpacking.unconsumed_tail):
                rest = unpacking.unconsumed_tail
        except zlib.error:
            return 0
        if not unpacking.eof:
            return 0
        raw = unpacking.unused_data
    return len(raw)


def _too_long(path: str | Path, error: type[CrossbarError], most: int) -> CrossbarError:
    return error(f"{path}: holds more than {size_text(most)}, which is all that is read of such a file")


def _check_kind(path: str | Path, mode: int, error: type[CrossbarError]) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise error(f"{path}: cannot be read, is a folder")
    raise error(f"{path}: a named pipe, socket or device; a regular file is needed")
