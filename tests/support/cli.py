"""The command line, called in this process."""

from __future__ import annotations

import contextlib
import io
import sys

import pytest

from crossbar_nsm.cli.main import main


def call(capsys, *arguments):
    """(exit code, standard output, standard error)."""
    code = _exit_code(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def captured(*arguments):
    """(exit code, standard output, standard error), where there is no fixture to capture with."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = _exit_code(arguments)
    return code, out.getvalue(), err.getvalue()


def _exit_code(arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["crossbar-nsm", *arguments])
        try:
            main()
        except SystemExit as leaving:
            return leaving.code or 0
    return 0
