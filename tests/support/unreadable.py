"""Files that may not be read, in tests that run as root, whom no file mode stops."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest


def make_unreadable(patch: pytest.MonkeyPatch, path: Path) -> None:
    """From now on `path` is refused as to anybody else when its mode is 000."""
    really_open, really_access = os.open, os.access

    def is_meant(name) -> bool:
        return isinstance(name, (str, Path)) and os.path.abspath(name) == os.path.abspath(path)

    def opened(name, *arguments, **options):
        if is_meant(name):
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return really_open(name, *arguments, **options)

    def accessible(name, *arguments, **options):
        return not is_meant(name) and really_access(name, *arguments, **options)

    patch.setattr(os, "open", opened)
    patch.setattr(os, "access", accessible)
