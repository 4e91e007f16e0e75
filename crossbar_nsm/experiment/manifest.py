"""What a results folder says of the runs that filled it: versions, commit, host, times."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

VERSION = metadata.version("crossbar-nsm")
PACKAGES = ("numpy", "scipy", "torch", "numba", "polars")


def now() -> str:
    """ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def session(where: str) -> dict[str, Any]:
    """One start of a sweep. where: the processes or the cluster that its trials run on."""
    return {
        "started": now(),
        "host": platform.node(),
        "system": platform.platform(),
        "where": where,
        "crossbar_nsm": VERSION,
        "commit": commit(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
    }


def commit() -> str | None:
    """The commit of the checkout that this package runs from, with "+" where files differ; None without one."""
    try:
        _git("ls-files", "--error-unmatch", Path(__file__).name)  # fails where another project's checkout holds this
        return _git("rev-parse", "HEAD") + ("+" if _git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=5).stdout.strip()
