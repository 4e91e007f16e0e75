"""Whether a folder may be that of a sweep: it is new or empty, or was one before."""

from __future__ import annotations

from pathlib import Path

from device_models.errors import FileError
from device_models.files import is_leftover
from device_models.signs import kind_of

KIND = "results"
SIGNED, TRIALS, LOCK = ("manifest.json", "config.yaml"), "trials", ".lock"


def check_place(folder: Path) -> None:
    """Raises FileError for a folder that holds files and is no results folder, or whose trials are elsewhere."""
    if (folder / TRIALS).is_symlink():
        raise FileError(f"{folder / TRIALS}: is a link; take another --out, with a folder of its own for trials")
    try:
        if not folder.is_dir() or _is_ours(folder):
            return
        others = sorted(entry.name for entry in folder.iterdir() if not _is_remainder(entry))
    except OSError as error:
        raise FileError(f"{folder}: cannot be read ({error.strerror or error})") from None
    if others:
        some = ", ".join(name[:40] for name in others[:3]) + (", ..." if len(others) > 3 else "")
        raise FileError(f"{folder}: holds other files ({some}); results need a new or empty folder, take another --out")


def _is_ours(folder: Path) -> bool:
    """By either of two files: one may be damaged."""
    paths = [folder / name for name in SIGNED]
    return any(kind_of(path) == KIND for path in paths if path.is_file() and not path.is_symlink())


def _is_remainder(entry: Path) -> bool:
    """What a sweep that was killed before it wrote its manifest leaves."""
    empty = entry.name == TRIALS and entry.is_dir() and not any(entry.iterdir())
    return empty or entry.name == LOCK or is_leftover(entry)
