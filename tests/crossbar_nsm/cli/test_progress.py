"""Bars are drawn where they can be drawn over: on a terminal, not in a pipe nor in a notebook's cell."""

import os
import pty
import subprocess
import sys

import pytest
from support.processes import ROOT

PROGRAM = """
from crossbar_nsm.cli.progress import progress_bars
with progress_bars() as bars:
    bars("trials")(1, 2)
"""


def drawn(**variables: str) -> str:
    """What a bar writes to a pseudo-terminal."""
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in {"JPY_PARENT_PID", "MPLBACKEND"}}
    environment |= {"PYTHONPATH": str(ROOT), "TERM": "xterm-color", **variables}
    subprocess.run([sys.executable, "-c", PROGRAM], stderr=theirs, env=environment, check=True, timeout=60)
    os.write(theirs, b"end")  # so that there is something to read
    os.close(theirs)
    return os.read(ours, 100_000).decode()


def test_on_a_terminal():
    assert "trials" in drawn()


@pytest.mark.parametrize(
    "variable", [{"JPY_PARENT_PID": "1"}, {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}]
)
def test_not_in_the_cell_of_a_notebook(variable):
    """There a command has a pseudo-terminal and colours, but whatever it draws over stays to be seen."""
    assert drawn(FORCE_COLOR="1", **variable) == "end"


def test_not_in_a_pipe_with_colours():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT), "FORCE_COLOR": "1"},
    )  # fmt: skip
    assert done.stderr == ""
