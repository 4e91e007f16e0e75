"""`crossbar-nsm`: the environment of a command, and how a mistake ends.

Exit codes: 0 ok, 1 a check failed, 2 bad input; see `crossbar_nsm.cli.failure`.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crossbar_nsm.cli.app import app
from crossbar_nsm.cli.completion import words_of_bash
from crossbar_nsm.cli.failure import (
    INTERRUPTED,
    USAGE_ERROR,
    Stopped,
    end,
    end_of_usage,
    error_object,
    json_asked,
)
from crossbar_nsm.cli.output import print_json
from device_models.errors import CrossbarError, one_line
from device_models.warning import NOTES

WAITING = {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}  # what users set to say how long threads wait without sleeping


def main() -> None:
    """Entry point: a user's mistake ends in one line per mistake and exit code 2."""
    _settle_environment()
    try:
        with warnings.catch_warnings(), _printed_notes(), words_of_bash(os.environ):
            warnings.showwarning = _print_warning
            code = app(standalone_mode=False)
    except USAGE_ERROR as error:
        end_of_usage(error)
    except Stopped as stopped:
        end([str(stopped)], INTERRUPTED, label="")
    except CrossbarError as error:
        end(str(error).splitlines(), page=error.page)
    except OSError as error:  # with a file name: of one that cannot be looked at; without: standard output
        known = error.filename is not None
        end([f"{error.filename if known else 'standard output'}: {error.strerror or error}"], with_json=known)
    except Exception as error:  # of this program: its traceback is for who mends it, the object for the script
        if json_asked():
            print_json(error_object([f"{type(error).__name__}: {error}"]))
        raise
    if code == INTERRUPTED:
        end(["stopped"], INTERRUPTED, label="")
    sys.exit(code)


@contextmanager
def _printed_notes() -> Iterator[None]:
    """Notes on standard error, each once."""
    said, level = set[str](), NOTES.level

    def show(record: logging.LogRecord) -> bool:
        if (text := record.getMessage()) not in said:
            said.add(text)
            print(f"note: {one_line(text)}", file=sys.stderr)
        return True

    NOTES.addFilter(show)
    NOTES.setLevel(logging.INFO)
    try:
        yield
    finally:
        NOTES.removeFilter(show)
        NOTES.setLevel(level)


def _settle_environment() -> None:
    """What this process and its workers inherit, before libraries that look at it are loaded."""
    os.environ.pop("MPLBACKEND", None)  # a notebook's, which may not be installed here; no command opens a window
    if not WAITING & os.environ.keys():  # OpenMP's threads: idle ones sleep soon, or they hold up others' work
        os.environ["GOMP_SPINCOUNT"] = "10000"


def _print_warning(message: Warning | str, *_where: Any, **_more: Any) -> None:
    """One line without file and line number: those of this program help nobody."""
    print(f"warning: {one_line(str(message))}", file=sys.stderr)
