"""`~` at the start of a path, which shells expand in some places only: not in YAML, nor in `--data=~/x`."""

from __future__ import annotations

import os

from device_models.errors import FileError, quoted


def at_home(path: str) -> str:
    """`path` with the home folder that `~` or `~user` at its start stands for. Raises FileError for a user that this
    machine does not know."""
    if not path.startswith("~"):
        return path
    found = os.path.expanduser(path)
    if found.startswith("~"):
        user = path[1:].partition("/")[0]
        who = f"no user {quoted(user)}" if user else "no home folder of yours (HOME)"
        raise FileError(f"{quoted(path)}: this machine knows {who}; a file whose name starts with ~ is ./~...")
    return found
