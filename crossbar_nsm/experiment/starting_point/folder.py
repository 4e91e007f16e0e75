"""A folder to begin with: measurements to replace, a configuration, a study, and what to type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from device_models.errors import FileError
from device_models.files.writing import make_folder, output_path, write_bytes

FILES = Path(__file__).with_name("files")
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class StartingPoint:
    """files: what was written. commands: what to type in that folder, in this order."""

    files: list[Path]
    commands: list[str]


def write_starting_point(folder: str | Path) -> StartingPoint:
    """Copy the files into `folder`, which is made. A file that is there already as it is copied stays.

    Raises FileError, before anything is written, where one of these names is another file, and where `folder` cannot be
    written.
    """
    folder = output_path(folder)
    contents = {folder / path.name: path.read_bytes() for path in sorted(FILES.iterdir())}
    for path, content in contents.items():
        _check_free(path, content)
    make_folder(folder)
    for path, content in contents.items():
        write_bytes(path, content)
    return StartingPoint(list(contents), _commands())


def _commands() -> list[str]:
    """Those of START_HERE.md."""
    text = (FILES / "START_HERE.md").read_text(encoding="utf-8")
    return [line for block in COMMANDS.findall(text) for line in block.splitlines()]


def _check_free(path: Path, content: bytes) -> None:
    try:
        if not path.is_symlink() and path.is_file() and path.read_bytes() == content:
            return
        taken = path.is_symlink() or path.exists()
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror}); take another folder") from None
    if taken:
        raise FileError(f"{path}: is there, and not as it is copied; nothing was written, take another folder")
