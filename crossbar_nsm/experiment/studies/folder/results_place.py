"""Whether a folder may be that of a sweep: it is new or empty, or was one before."""

from __future__ import annotations

from pathlib import Path

from device_models.errors import FileError
from device_models.files.signs import sign_of
from device_models.files.writing import check_output, is_leftover

KIND, TABLE = "results", "table"
MANIFEST, CONFIG, RESULTS = "manifest.json", "config.yaml", "results.parquet"
TRIALS, LOCK = "trials", ".lock"
OURS = {MANIFEST, CONFIG, RESULTS, TRIALS, LOCK, "budget.json", "report.html"}


def check_place(folder: Path) -> None:
    """Raises FileError for a folder that holds files and is no results folder, or whose trials are elsewhere."""
    if (folder / TRIALS).is_symlink():
        raise FileError(f"{folder / TRIALS}: is a link; take another --out, with a folder of its own for trials")
    if not folder.is_dir():
        return
    try:
        entries = sorted(entry.name for entry in folder.iterdir() if not _is_remainder(entry))
        if not _is_signed(folder / MANIFEST):  # it may be damaged, or lost: then all of the folder must be ours
            others = [name for name in entries if name not in OURS] if _is_signed(folder / CONFIG) else entries
            _refuse(folder, others)
    except OSError as error:
        raise FileError(f"{error.filename or folder}: cannot be read ({error.strerror or error})") from None


def check_names(folder: Path) -> None:
    """Raises FileError where other files, or edited ones, have the names of ours."""
    check_output(folder / CONFIG, KIND)
    check_output(folder / RESULTS, TABLE)


def _refuse(folder: Path, others: list[str]) -> None:
    if others:
        some = ", ".join(name[:40] for name in others[:3]) + (", ..." if len(others) > 3 else "")
        raise FileError(f"{folder}: holds other files ({some}); results need a new or empty folder, take another --out")


def _is_signed(path: Path) -> bool:
    signature = sign_of(path) if path.is_file() and not path.is_symlink() else None
    return signature is not None and signature.kind == KIND


def _is_remainder(entry: Path) -> bool:
    """What a sweep that was killed before it wrote its manifest leaves."""
    empty = entry.name == TRIALS and entry.is_dir() and not any(entry.iterdir())
    return empty or entry.name == LOCK or is_leftover(entry)
