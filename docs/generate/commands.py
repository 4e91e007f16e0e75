"""Every command with its arguments and options, from the objects that parse them."""

import inspect
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from crossbar_nsm.cli.app import GROUPS, app
from crossbar_nsm.cli.laws import Laws
from docs.generate.markdown import code, in_words, inline, page, prose, table

FIRST = """
Every command prints a table, or what it has written. Exit code 0 is ok, 1 a failed check, 2 a mistake in what was
given, each of which ends in one line. With `--json` standard output holds one JSON document whatever happens; what is
in it, in CSV and in the files that commands write: [output](output.md). What may be given where a file is asked for:
[files](files.md).

Where a command takes `CONFIG`, that is a YAML file or the name of a configuration of the package
(`crossbar-nsm configs` lists them), and `--set KEY=VALUE` overrides any of [its keys](configuration.md).
"""
ABOUT = {"--help": "print what a command does and takes, and leave"}


def commands() -> str:
    root = typer.main.get_command(app)
    front = [option for option in root.params if option.name != "help"]
    parts = [FIRST, "## In front of a command", _options(front, app.registered_callback.callback)]
    for group, names in GROUPS.items():
        parts += [f"## {group}", *(_command(root.commands[name], name) for name in names)]
    return page("Commands", *parts)


def _command(command: Any, path: str) -> str:
    """A command and those below it."""
    inner = getattr(command, "commands", {})
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    words = ["crossbar-nsm", path, *map(_usage, arguments), "[OPTIONS]"]
    function = command.callback
    parts = [
        f"### {path}",
        prose(command.help),
        code(" ".join(words)) + (f" or {code(f'crossbar-nsm {path} COMMAND')}" if inner else ""),
        table(["argument", ""], [[code(_metavar(one)), _meaning(one, function)] for one in arguments]),
        _options(options, function),
        f"```text\n{inspect.cleandoc(command.epilog)}\n```" if command.epilog else "",
    ]
    below = [_command(one, f"{path} {name}") for name, one in inner.items()]
    return "\n\n".join(part for part in (*parts, *below) if part)


def _options(options: list[Any], function: Any) -> str:
    return table(["option", ""], [[_names(one), _meaning(one, function)] for one in options])


def _usage(argument: Any) -> str:
    name = _metavar(argument)
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _metavar(parameter: Any) -> str:
    return parameter.metavar or parameter.name.upper()


def _names(option: Any) -> str:
    value = "" if option.is_flag else f" {option.metavar or _kind(option, None)[1]}"
    return ", ".join(code(f"{name}{value}") for name in option.opts)


def _meaning(parameter: Any, function: Any) -> str:
    """What it is, what may be given, how often, and what is taken where it is not."""
    kind = _kind(parameter, function)[0]
    facts = [kind] if kind else []
    if parameter.param_type_name == "option" and parameter.required:
        facts.append("must be given")
    if parameter.default is not None and parameter.default is not False and not callable(parameter.default):
        facts.append(f"default: {code(getattr(parameter.default, 'value', parameter.default))}")
    text = inline(parameter.help or ABOUT.get(parameter.opts[0], ""))
    return "; ".join([part for part in (text, *facts) if part])


def _kind(parameter: Any, function: Any) -> tuple[str, str]:
    """What may be given, in words, and what stands for it in the usage."""
    hints = {} if function is None else get_type_hints(inspect.unwrap(function), include_extras=True)
    hint = hints.get(parameter.name, Laws if parameter.name == "_laws" else None)
    plain, info = _stripped(hint)
    if get_origin(plain) is Literal:
        return in_words([code(choice) for choice in get_args(plain)]), parameter.name.upper()
    if isinstance(plain, type) and issubclass(plain, Enum):
        return in_words([code(choice.value) for choice in plain]), parameter.name.upper()
    words = {int: "whole number", float: "number"}.get(plain, "")
    return words + (_range(info) if words else ""), {Path: "PATH"}.get(plain, parameter.name.upper())


def _range(info: Any) -> str:
    low, high = getattr(info, "min", None), getattr(info, "max", None)
    return ("" if low is None else f" from {low:g}") + ("" if high is None else f" to {high:g}")


def _stripped(hint: Any) -> tuple[Any, Any]:
    """A type without what stands around it, and typer's description of the parameter."""
    info = None
    while get_origin(hint) is not None and get_origin(hint) is not Literal:
        inner = get_args(hint)
        if get_origin(hint) is Annotated:
            info = inner[1]
        hint = next(one for one in inner if one is not NoneType)
    return hint, info
