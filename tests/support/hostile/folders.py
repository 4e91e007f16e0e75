"""Folders of this program's own with files damaged, dropped, or swapped with those of another such folder."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from support.hostile.damage import ARRAY, places, spoil, spoil_array, spoil_bytes, spoilt

Files = Mapping[str, bytes]  # by name within a folder
FILE = ["another's", "of a neighbour", "bytes", "cut", "empty", "drop", "link", "dangling link", "folder", "edit"]
change = st.fixed_dictionaries(
    {
        "file": places,
        "how": st.sampled_from(FILE),
        "other": places,
        "to": st.binary(max_size=8),
        "edit": spoilt,
        "array": st.sampled_from(sorted(ARRAY)),
    }
)
changes = st.lists(change, min_size=1, max_size=2)


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, by its name within it."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def put(folder: Path, files: Files) -> None:
    """`folder` with these files and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def damage(folder: Path, own: Files, others: Files, change: Mapping[str, Any]) -> str:
    """Do to one file of `folder` what `change` says, and give the file's name. own: what is there; others: files of
    another folder of the same kind."""
    name = sorted(own)[change["file"] % len(own)]
    path, how = folder / name, change["how"]
    content = path.read_bytes() if path.is_file() else own[name]
    alike = [other for other in sorted(own) if Path(other).suffix == path.suffix and other != name]
    foreign = [others[other] for other in sorted(others) if Path(other).suffix == path.suffix]
    remove(path)
    neighbour = alike[change["other"] % len(alike)] if alike else name
    if how == "another's" and foreign:
        path.write_bytes(foreign[change["other"] % len(foreign)])
    elif how == "of a neighbour":
        path.write_bytes(own[neighbour])
    elif how == "bytes":
        path.write_bytes(spoil_bytes(content, change["other"], change["to"], cut=False))
    elif how == "cut":
        path.write_bytes(content[: change["other"] % max(len(content), 1)])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "link":
        path.symlink_to(os.path.relpath(folder / neighbour, path.parent))
    elif how == "dangling link":
        path.symlink_to("nowhere")
    elif how == "folder":
        path.mkdir()
    elif how == "edit":
        path.write_bytes(edited(path, content, change))
    return name


def edited(path: Path, content: bytes, change: Mapping[str, Any]) -> bytes:
    """One entry of a JSON file or one array of an .npz file changed; other files as they are."""
    if path.suffix == ".json":
        return _without_failing(lambda: json.dumps(spoil(json.loads(content), **change["edit"])).encode(), content)
    if path.suffix == ".npz":
        return _without_failing(lambda: _edited_arrays(content, change), content)
    return content


def remove(path: Path) -> None:
    """Whatever it is."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _edited_arrays(content: bytes, change: Mapping[str, Any]) -> bytes:
    with np.load(io.BytesIO(content)) as file:
        arrays = {name: np.asarray(file[name]) for name in file.files}
    names = sorted(name for name, array in arrays.items() if array.dtype.kind != "U")
    name = names[change["other"] % len(names)]
    packed = io.BytesIO()
    np.savez(packed, **arrays | {name: spoil_array(arrays[name], change["array"])})  # type: ignore[arg-type]
    return packed.getvalue()


def _without_failing(edit: Callable[[], bytes], content: bytes) -> bytes:
    """A file that another change has made unreadable stays so."""
    try:
        return edit()
    except (ValueError, OSError, EOFError):
        return content
