"""`crossbar-nsm`: its commands, in the groups in which `--help` shows them, and the options in front of a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from crossbar_nsm.cli.commands.checks.check import check
from crossbar_nsm.cli.commands.checks.doctor import doctor
from crossbar_nsm.cli.commands.checks.validate import validate
from crossbar_nsm.cli.commands.devices.devices import devices_app
from crossbar_nsm.cli.commands.hardware.ageing import ageing
from crossbar_nsm.cli.commands.hardware.budget import budget
from crossbar_nsm.cli.commands.hardware.compare import compare
from crossbar_nsm.cli.commands.hardware.map_network import map_network
from crossbar_nsm.cli.commands.hardware.run import run
from crossbar_nsm.cli.commands.hardware.timing import timing
from crossbar_nsm.cli.commands.hardware.tune import tune
from crossbar_nsm.cli.commands.hardware.uncertainty import uncertainty
from crossbar_nsm.cli.commands.networks.import_network import import_network
from crossbar_nsm.cli.commands.networks.train import train
from crossbar_nsm.cli.commands.start.configs import configs
from crossbar_nsm.cli.commands.start.demo import demo
from crossbar_nsm.cli.commands.start.docs import docs
from crossbar_nsm.cli.commands.start.init import init
from crossbar_nsm.cli.commands.start.schema import schema
from crossbar_nsm.cli.commands.studies.cite import cite
from crossbar_nsm.cli.commands.studies.report import report
from crossbar_nsm.cli.commands.studies.reproduce import reproduce
from crossbar_nsm.cli.commands.studies.results import results
from crossbar_nsm.cli.commands.studies.sweep import sweep
from crossbar_nsm.cli.examples import BEGIN, examples
from crossbar_nsm.cli.help import CommandWithExamples, GroupedCommands
from crossbar_nsm.cli.laws import Laws, also_behind

# A command's module lies in the folder of its group.
GROUPS: dict[str, dict[str, Callable[..., None] | typer.Typer]] = {
    "Start": {"demo": demo, "init": init, "configs": configs, "schema": schema, "docs": docs},
    "Networks": {"train": train, "import": import_network},
    "Hardware": {
        "map": map_network,
        "run": run,
        "compare": compare,
        "budget": budget,
        "uncertainty": uncertainty,
        "timing": timing,
        "ageing": ageing,
        "tune": tune,
    },
    "Studies": {"sweep": sweep, "results": results, "report": report, "reproduce": reproduce, "cite": cite},
    "Devices": {"devices": devices_app},
    "Checks": {"validate": validate, "check": check, "doctor": doctor},
}


class Commands(GroupedCommands):
    """All commands, in their groups; `--laws` may stand behind any of them."""

    groups = GROUPS

    def __init__(self, **given: Any):
        super().__init__(**given)
        laws = next(option for option in self.params if option.name == "_laws")
        also_behind(self.commands.values(), laws)


app = typer.Typer(
    cls=Commands,
    help="Neural Sampling Machines on simulated memory arrays: the cells' noise is the network's noise.",
    epilog=BEGIN,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _commands in GROUPS.values():
    for _name, _command in _commands.items():
        if isinstance(_command, typer.Typer):
            app.add_typer(_command, name=_name, epilog=examples(_name))
        else:
            app.command(_name, cls=CommandWithExamples, epilog=examples(_name))(_command)


def _print_version(ctx: typer.Context, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:  # at TAB nothing is printed
        from crossbar_nsm import __version__

        print(f"crossbar-nsm {__version__}")
        raise typer.Exit


@app.callback()
def common(
    _laws: Laws = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="print the version and leave")
    ] = False,
) -> None:
    """Options in front of the command."""
