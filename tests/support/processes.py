"""Programs of a user, run in a process of their own with this source."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_program(program: str, *arguments: str, timeout_s: float = 240, **variables: str):
    """What `python -c program arguments` printed, line by line; it must end well. variables: of its environment."""
    done = start_program(program, *arguments, timeout_s=timeout_s, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def start_program(
    program: str, *arguments: str, timeout_s: float = 240, **variables: str
) -> subprocess.CompletedProcess:
    """The finished process, however it ended."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"} | variables
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],  # -P: nothing is found by the folder in which tests run
        capture_output=True, text=True, timeout=timeout_s, env=environment,
    )  # fmt: skip
