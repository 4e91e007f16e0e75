"""How a command ends that cannot do what it was asked: lines on standard error and, with --json, one object on standard
output, {"error": {"message": the lines, "mistakes": [each line]}}."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer

from crossbar_nsm.cli.output import print_json
from device_models.errors import one_line

# of words on the command line; click's, which newer versions of typer carry under a name of their own
USAGE_ERROR: Any = typer.BadParameter.__mro__[2]
INTERRUPTED = 130


class Stopped(Exception):
    """The user stopped a command; the text says what is kept, and how to go on."""


def json_asked() -> bool:
    """Whether this command was to print JSON, which words that cannot be read may say too."""
    words = sys.argv[1:]
    return "--json" in words[: words.index("--") if "--" in words else None]


def end(mistakes: Sequence[str], code: int = 2, label: str = "error: ", with_json: bool = True) -> NoReturn:
    """Leave with exit code `code`, one line for each mistake."""
    for line in mistakes:
        print(f"{label}{one_line(line)}", file=sys.stderr)
    if with_json and json_asked():
        print_json(error_object(mistakes))
    sys.exit(code)


def end_of_usage(error: Any) -> NoReturn:
    """Words on the command line that no command understands; `error`: click's."""
    error.show()
    if json_asked():
        where = "" if getattr(error, "ctx", None) is None else f"{error.ctx.command_path}: "
        print_json(error_object([where + error.format_message()]))
    sys.exit(error.exit_code)


def error_object(mistakes: Sequence[str]) -> dict[str, Any]:
    """What a failed command prints with --json, beside its result where there is one; empty without mistakes."""
    return {"error": {"message": "\n".join(mistakes), "mistakes": list(mistakes)}} if mistakes else {}
