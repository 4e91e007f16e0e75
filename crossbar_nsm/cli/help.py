"""How `--help` shows commands: in groups, each with a description that is never cut off, and with examples.

A command's description is the first paragraph of its docstring; it fits into one line of 80 columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from typer.core import TyperCommand, TyperGroup


class WithExamples:
    """A command whose epilog is examples, a line each, which are never wrapped."""

    epilog: str | None

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write them in a section of their own."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"{' ' * formatter.current_indent}{line}\n")


class CommandWithExamples(WithExamples, TyperCommand):
    """A single command."""


class GroupedCommands(WithExamples, TyperGroup):
    """Lists commands under titles, their descriptions in one column. groups: names of commands by title."""

    groups: Mapping[str, Iterable[str]] = {}

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write every group of commands."""
        width = max(map(len, self.commands))
        for title, names in (self.groups or {"Commands": self.commands}).items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), description(self.commands[name])) for name in names])


def description(command: Any) -> str:
    """The first paragraph of a command's help, in one line."""
    return " ".join((command.help or "").split("\n\n")[0].split())
