"""The command line, called in this process."""

from __future__ import annotations

import contextlib
import io
import sys

import pytest

from crossbar_nsm.cli.main import main


def call(capsys, *arguments):
    """(exit code, standard output, standard error)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["crossbar-nsm", *arguments])
        try:
            main()
            code = 0
        except SystemExit as leaving:
            code = leaving.code or 0
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def captured(*arguments):
    """(exit code, standard output, standard error), where there is no fixture to capture with."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["crossbar-nsm", *arguments])
        try:
            main()
            code = 0
        except SystemExit as leaving:
            code = leaving.code or 0
    return code, out.getvalue(), err.getvalue()
