"""Zip archives and the arrays in .npz files, checked before anything is unpacked.

A member says how large it is and by which method it is packed; a small file can claim any size, and .npz headers any
shape. What is read here is stored or deflated, not larger than such a file can mean, and as long as its shape says.
"""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from device_models.errors import CrossbarError, quoted
from device_models.files.contents import other_content
from device_models.files.lengths import length_problem
from device_models.files.reading import MOST_BYTES, most_unpacked, open_regular, size_text

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MOST_MEMBERS = 200_000
ENCRYPTED = 0x1
END_RECORD, END_BYTES = b"PK\5\6", 22  # the last 2 bytes: length of a comment behind it
NPY = b"\x93NUMPY"
Header = tuple[tuple[int, ...], np.dtype[Any]]  # shape and type of an array


def is_npz(path: str | Path) -> bool:
    """Whether `path` is called an .npz file."""
    return str(path).lower().endswith(".npz")


@contextmanager
def open_zip(path: str | Path, error: type[CrossbarError], kind: str = "zip") -> Iterator[zipfile.ZipFile]:
    """A zip archive whose members have names of their own; raises `error` for what is none, calling it `kind`."""
    with open_regular(path, error) as file:
        try:
            archive = zipfile.ZipFile(file)
        except Exception as problem:  # of any kind, from bytes of any kind
            raise error(f"{path}: not a readable {kind} file, {_zip_problem(file, problem)}") from None
        with archive:
            members = archive.namelist()
            if len(members) > MOST_MEMBERS:
                raise error(f"{path}: {len(members)} members, more than the {MOST_MEMBERS} that are read")
            if len(set(members)) < len(members):
                raise error(f"{path}: not a usable {kind} file, two members have the same name")
            yield archive


def check_members(
    path: str | Path, members: Iterable[zipfile.ZipInfo], error: type[CrossbarError], most: int | None = None
) -> None:
    """Raises `error` for members packed by another method than the usual ones, or claiming more than `most` bytes
    together (default: by the size of the file)."""
    total, most = 0, most_unpacked(os.stat(path).st_size) if most is None else most
    for member in members:
        total += member.file_size
        if member.compress_type not in METHODS or member.flag_bits & ENCRYPTED:
            raise error(f"{path}: {quoted(member.filename)} is encrypted or packed by another method than deflate")
    if total > most:
        raise error(f"{path}: would unpack to {size_text(total)}, at most {size_text(most)} are read of such a file")


def read_member(
    archive: zipfile.ZipFile, path: str | Path, name: str, error: type[CrossbarError], most: int | None = None
) -> bytes:
    """The content of one member; raises `error` when it is damaged, or as `check_members` does."""
    check_members(path, [archive.getinfo(name)], error, most)
    try:
        return archive.read(name)
    except Exception as problem:  # zipfile and zlib have many
        raise error(f"{path}: {name}: cannot be read, {_cause(problem)}") from None


def array_names(path: str | Path, error: type[CrossbarError]) -> list[str]:
    """Names of the arrays of an .npz file; raises `error` for what is none."""
    with open_zip(path, error, ".npz") as archive:
        return [_name(path, member, error) for member in archive.infolist()]


def read_arrays(
    path: str | Path, error: type[CrossbarError], wanted: Container[str] | None = None, most: int | None = None
) -> dict[str, np.ndarray]:
    """Arrays of an .npz file by name, only those `wanted` (default: all). Nothing is ever unpickled. most: bytes that
    they may have together (default: by the size of the file).

    Raises `error` for a file that is missing, damaged, no .npz, or larger than its size can mean.
    """
    with open_zip(path, error, ".npz") as archive:
        chosen = {_name(path, member, error): member for member in archive.infolist()}
        chosen = {name: member for name, member in chosen.items() if wanted is None or name in wanted}
        check_members(path, chosen.values(), error, most)
        return {name: _array(archive, path, name, member, error) for name, member in chosen.items()}


def read_headers(path: str | Path, error: type[CrossbarError], wanted: Container[str]) -> dict[str, Header]:
    """Shape and type of the arrays `wanted` of an .npz file by name; raises `error` as `read_arrays` does, as far as
    headers tell."""
    with open_zip(path, error, ".npz") as archive:
        members = ((_name(path, member, error), member) for member in archive.infolist())
        chosen = {name: member for name, member in members if name in wanted}
        check_members(path, chosen.values(), error)
        return {name: _header(archive, path, name, member, error) for name, member in chosen.items()}


def _name(path: str | Path, member: zipfile.ZipInfo, error: type[CrossbarError]) -> str:
    if not member.filename.endswith(".npy"):
        raise error(f"{path}: not an .npz file: {quoted(member.filename)} in it is no array")
    return member.filename.removesuffix(".npy")


def _array(
    archive: zipfile.ZipFile, path: str | Path, name: str, member: zipfile.ZipInfo, error: type[CrossbarError]
) -> np.ndarray:
    _header(archive, path, name, member, error)
    try:
        with archive.open(member) as file:
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
    except Exception as problem:  # numpy, zipfile, zlib and the parser of Python literals in headers
        raise _unreadable(path, name, problem, error) from None


def _header(
    archive: zipfile.ZipFile, path: str | Path, name: str, member: zipfile.ZipInfo, error: type[CrossbarError]
) -> Header:
    """Shape and type, once they fit the size of the member."""
    try:
        with archive.open(member) as file:
            version = np.lib.format.read_magic(file)
            header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            shape, _, dtype = header[version](file)
            if dtype.hasobject:
                raise error(f"{path}: {quoted(name)} is not a readable array, it holds Python objects")
            rest = member.file_size - file.tell()
            if math.prod(shape) * dtype.itemsize != rest:
                says = f"{quoted(shape)} of {quoted(str(dtype))}"
                raise error(f"{path}: {quoted(name)} is not a readable array, {rest} bytes where it says {says}")
            return shape, dtype
    except CrossbarError:
        raise
    except Exception as problem:
        raise _unreadable(path, name, problem, error) from None


def _unreadable(path: str | Path, name: str, problem: Exception, error: type[CrossbarError]) -> CrossbarError:
    return error(f"{path}: {quoted(name)} is not a readable array, {_cause(problem)}")


def _cause(problem: Exception) -> str:
    ends = isinstance(problem, EOFError) or "EOF" in str(problem)
    return f"{'truncated' if ends else 'damaged'} ({type(problem).__name__}: {problem})"


def _zip_problem(file: BinaryIO, problem: Exception) -> str:
    """What is wrong with a file that is no zip archive: it is something else, cut short, or longer than it says."""
    file.seek(0)
    raw = file.read(MOST_BYTES)
    if raw.startswith(NPY):
        return "it is an .npy file, one array without a name; write it with numpy.savez"
    if not raw.startswith(b"PK"):
        what, advice = other_content(raw[:64]) or ("something else", "")
        return f"it is {what}" + (f"; {advice}" if advice else "")
    at = raw.rfind(END_RECORD)
    if at < 0 or len(raw) < at + END_BYTES:
        return "truncated: the record at its end is missing"
    end = at + END_BYTES + int.from_bytes(raw[at + END_BYTES - 2 : at + END_BYTES], "little")
    return f"damaged ({problem})" if end == len(raw) else length_problem(len(raw), end, "its end record says")
