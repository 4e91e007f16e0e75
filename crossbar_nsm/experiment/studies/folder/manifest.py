"""What a results folder says of the study in it and of the runs that filled it: versions, commit, host, times."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from device_models.schema import Schema, Seed

VERSION = metadata.version("crossbar-nsm")
PACKAGES = ("numpy", "scipy", "torch", "numba", "polars")
Key = Annotated[str, Field(pattern="^[0-9a-f]{24}$")]  # of a trial


class PointEntry(Schema):
    """A point: settings as they were swept, and changes, what they change in config.yaml."""

    name: str
    settings: dict[str, Any]
    changes: list[tuple[list[str | int], Any]]
    reference: Key
    chips: Annotated[list[Key], Field(min_length=1)]


class Session(Schema):
    """One start of a sweep: see `session`."""

    started: str
    host: str
    system: str
    where: str
    crossbar_nsm: str
    commit: str | None
    python: str
    packages: dict[str, str]
    command: list[str]


class Manifest(Schema):
    """config: digest of config.yaml. ideal: trials of ideal software by name. laws: files of users' laws. trials: where
    and when each ran, once all have ended."""

    crossbar_nsm: str
    config: str
    created: str
    seeds: list[Seed]
    ideal: dict[str, Key]
    points: Annotated[list[PointEntry], Field(min_length=1)]
    laws: list[str]
    sessions: list[Session]
    finished: str | None = None
    trials: dict[Key, dict[str, Any]] = {}

    @property
    def keys(self) -> list[Key]:
        """Every trial once."""
        of_points = [key for point in self.points for key in (point.reference, *point.chips)]
        return list(dict.fromkeys([*self.ideal.values(), *of_points]))


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
