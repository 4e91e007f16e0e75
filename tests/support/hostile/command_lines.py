"""Command lines of every option that a command has, taken from its parser, with good values and with others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from hypothesis import strategies as st

from crossbar_nsm.cli.app import GROUPS, app
from support.hostile.strategies import texts

NUMBERS = [
    "-1", "0", "1", "2", "-0.0", "0.5", "1e-320", "1e308", "nan", "-inf", "1e400", "9" * 400, "1_0", "0x2", "2.5",
]  # fmt: skip
HUGE = [str(2**31), str(2**63), str(2**64)]
WORK = {"--epochs", "--samples", "--images", "--threads", "--workers"}  # as much of it as is asked for takes its time


def commands() -> dict[str, Callable[..., None]]:
    """The function of every command, by its words on the command line: "compare", "devices", "devices show" ..."""
    found: dict[str, Any] = {}
    for name, command in (pair for group in GROUPS.values() for pair in group.items()):
        if isinstance(command, typer.Typer):
            found[name] = command.registered_callback.callback
            found |= {f"{name} {sub.name}": sub.callback for sub in command.registered_commands}
        else:
            found[name] = command
    return found


def options_of(*names: str) -> dict[str, Any]:
    """The options of a command, whether each is a flag, by their names."""
    command: Any = typer.main.get_command(app)
    for name in names:
        command = command.commands[name]
    found = {opt: one.is_flag for one in command.params if hasattr(one, "is_flag")
             for opt in (*one.opts, *one.secondary_opts)}  # fmt: skip
    assert "--help" not in found, "left out: it ends the command"
    return found


@st.composite
def command_lines(draw: st.DrawFn, names: tuple[str, ...], good: list[str], known: dict[str, list[str]],
                  others: list[str]) -> list[str]:  # fmt: skip
    """`names`, the good words, and up to four options with values anywhere among them. known: good values by option;
    others: whatever else may stand there."""
    words, options = list(good), options_of(*names)
    for option in draw(st.lists(st.sampled_from(sorted(options)), max_size=4)):
        given = [option] if options[option] else [option, draw(_values(option, known.get(option, []), others))]
        at = draw(st.sampled_from([0, len(words)]))
        words[at:at] = given
    if draw(st.integers(0, 5)) == 0:
        words.append(draw(st.one_of(st.sampled_from(others), texts)))
    return [*names, *words]


def _values(option: str, good: list[str], others: list[str]) -> st.SearchStrategy[str]:
    numbers = NUMBERS if option in WORK else NUMBERS + HUGE
    bad = st.one_of(st.sampled_from(others), st.sampled_from(numbers), texts.filter(lambda text: "\0" not in text))
    return st.one_of(st.sampled_from(good), bad) if good else bad
