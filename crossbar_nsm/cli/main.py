"""`crossbar-nsm`: the commands, and how a mistake ends.

Exit codes: 0 ok, 1 a check failed, 2 bad input; see `crossbar_nsm.cli.failure`.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from crossbar_nsm.cli.commands.ageing import ageing
from crossbar_nsm.cli.commands.budget import budget
from crossbar_nsm.cli.commands.check import check
from crossbar_nsm.cli.commands.cite import cite
from crossbar_nsm.cli.commands.compare import compare
from crossbar_nsm.cli.commands.demo import demo
from crossbar_nsm.cli.commands.devices import devices_app
from crossbar_nsm.cli.commands.import_network import import_network
from crossbar_nsm.cli.commands.map_network import map_network
from crossbar_nsm.cli.commands.report import report
from crossbar_nsm.cli.commands.reproduce import reproduce
from crossbar_nsm.cli.commands.results import results
from crossbar_nsm.cli.commands.run import run
from crossbar_nsm.cli.commands.schema import schema
from crossbar_nsm.cli.commands.sweep import sweep
from crossbar_nsm.cli.commands.timing import timing
from crossbar_nsm.cli.commands.train import train
from crossbar_nsm.cli.commands.tune import tune
from crossbar_nsm.cli.commands.uncertainty import uncertainty
from crossbar_nsm.cli.commands.validate import validate
from crossbar_nsm.cli.failure import INTERRUPTED, USAGE_ERROR, Stopped, end, end_of_usage
from device_models.errors import CrossbarError, one_line

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo,
    "train": train,
    "map": map_network,
    "tune": tune,
    "import": import_network,
    "run": run,
    "compare": compare,
    "sweep": sweep,
    "results": results,
    "budget": budget,
    "uncertainty": uncertainty,
    "ageing": ageing,
    "timing": timing,
    "report": report,
    "reproduce": reproduce,
    "validate": validate,
    "check": check,
    "schema": schema,
    "cite": cite,
}
GROUPS: dict[str, typer.Typer] = {"devices": devices_app}

WAITING = {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}  # what users set to say how long threads wait without sleeping

app = typer.Typer(
    help="Neural Sampling Machines on simulated memory arrays: the cells' noise is the network's noise.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


@app.callback()
def common(
    laws: Annotated[
        list[Path] | None,
        typer.Option("--laws", metavar="FILE.py", help="run a Python file that registers laws of devices; repeatable"),
    ] = None,
) -> None:
    """Options in front of the command."""
    if laws:
        from device_models.laws import load_laws

        for path in laws:
            load_laws(path)


def main() -> None:
    """Entry point: a user's mistake ends in one line per mistake and exit code 2."""
    _settle_environment()
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _print_warning
            code = app(standalone_mode=False)
    except USAGE_ERROR as error:
        end_of_usage(error)
    except Stopped as stopped:
        end([str(stopped)], INTERRUPTED, label="")
    except CrossbarError as error:
        end(str(error).splitlines())
    except OSError as error:  # with a file name: of one that cannot be looked at; without: standard output
        known = error.filename is not None
        end([f"{error.filename if known else 'standard output'}: {error.strerror or error}"], with_json=known)
    if code == INTERRUPTED:
        end(["stopped"], INTERRUPTED, label="")
    sys.exit(code)


def _settle_environment() -> None:
    """What this process and its workers inherit, before libraries that look at it are loaded."""
    os.environ.pop("MPLBACKEND", None)  # a notebook's, which may not be installed here; no command opens a window
    if not WAITING & os.environ.keys():  # OpenMP's threads: idle ones sleep soon, or they hold up others' work
        os.environ["GOMP_SPINCOUNT"] = "10000"


def _print_warning(message: Warning | str, *_where: Any, **_more: Any) -> None:
    """One line without file and line number: those of this program help nobody."""
    print(f"warning: {one_line(str(message))}", file=sys.stderr)
