"""Files that may not be read, in tests that run as root, whom no file mode stops."""

from __future__ import annotations

import builtins
import errno
import io
import os
from pathlib import Path

import pytest


def make_unreadable(patch: pytest.MonkeyPatch, path: Path) -> None:
    """From now on `path` is refused as to anybody else when its mode is 000."""
    really_access = os.access

    def is_meant(name) -> bool:
        return isinstance(name, (str, Path)) and os.path.abspath(name) == os.path.abspath(path)

    def refusing(really_open):
        def opened(name, *arguments, **options):
            if is_meant(name):
                raise PermissionError(errno.EACCES, "Permission denied", str(name))
            return really_open(name, *arguments, **options)

        return opened

    def accessible(name, mode, **options):
        return not (mode & os.R_OK and is_meant(name)) and really_access(name, mode, **options)

    for module in (os, io, builtins):
        patch.setattr(module, "open", refusing(module.open))
    patch.setattr(os, "access", accessible)
