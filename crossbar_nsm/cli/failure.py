"""How a command ends that cannot do what it was asked: lines on standard error and, with --json, one object on standard
output, {"error": {"message": the lines, "mistakes": [each line], "page": the page of the documentation about it}}."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer

from crossbar_nsm.cli.output import print_json
from device_models.errors import more_text, one_line

# of words on the command line; click's, which newer versions of typer carry under a name of their own
USAGE_ERROR: Any = typer.BadParameter.__mro__[2]
INTERRUPTED = 130


class Stopped(Exception):
    """The user stopped a command; the text says what is kept, and how to go on."""


def json_asked() -> bool:
    """Whether this command was to print JSON, which words that cannot be read may say too."""
    words = sys.argv[1:]
    return "--json" in words[: words.index("--") if "--" in words else None]


def end(
    mistakes: Sequence[str], code: int = 2, label: str = "error: ", with_json: bool = True, page: str | None = None
) -> NoReturn:
    """Leave with exit code `code`, one line for each mistake. page: of the documentation, which explains them."""
    say_mistakes(mistakes, label, page)
    if with_json and json_asked():
        print_json(error_object(mistakes, page))
    sys.exit(code)


def say_mistakes(mistakes: Sequence[str], label: str = "error: ", page: str | None = None) -> None:
    """One line for each on standard error, and where to read more."""
    for line in mistakes:
        print(f"{label}{one_line(line)}", file=sys.stderr)
    if page is not None:
        print(more_text(page), file=sys.stderr)


def end_of_usage(error: Any) -> NoReturn:
    """Words on the command line that no command understands; `error`: click's."""
    error.show()
    if json_asked():
        where = "" if getattr(error, "ctx", None) is None else f"{error.ctx.command_path}: "
        print_json(error_object([where + error.format_message()]))
    sys.exit(error.exit_code)


def error_object(mistakes: Sequence[str], page: str | None = None) -> dict[str, Any]:
    """What a failed command prints with --json, beside its result where there is one; empty without mistakes."""
    said = {"message": "\n".join(mistakes), "mistakes": list(mistakes), "page": page}
    return {"error": said} if mistakes else {}
