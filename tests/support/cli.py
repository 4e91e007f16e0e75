"""The command line, called in this process."""

from __future__ import annotations

import contextlib
import io
import sys

import pytest

from crossbar_nsm.cli.main import main

MORE = "more: crossbar-nsm docs "


def call(capsys, *arguments):
    """(exit code, standard output, standard error), the last without the line that names a page: see `page_named`."""
    code, out, err = _called(capsys, arguments)
    return code, out, "".join(line for line in err.splitlines(keepends=True) if not line.startswith(MORE))


def page_named(capsys, *arguments):
    """The page that a command which fails names as its last line; None where it names none."""
    code, _, err = _called(capsys, arguments)
    assert code == 2, err
    *before, last = err.splitlines()
    assert not any(line.startswith(MORE) for line in before)
    return last.removeprefix(MORE) if last.startswith(MORE) else None


def _called(capsys, arguments):
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
