"""What `crossbar-nsm demo` ends with."""

import re
import shlex
from types import SimpleNamespace

import pytest
import typer
from support.cli import call

from crossbar_nsm.cli.app import app
from crossbar_nsm.cli.commands.start import demo
from crossbar_nsm.report import demo as report


@pytest.fixture
def without_work(monkeypatch):
    found = SimpleNamespace(comparison=None, why="Because.", figures=[])
    monkeypatch.setattr(report, "run_demo", lambda *_given, **_more: found)
    monkeypatch.setattr(demo, "print_comparison", lambda *_given: None)


def test_it_ends_with_what_to_type_next(without_work, capsys):
    out = call(capsys, "demo")[1]
    assert out.endswith(demo.NEXT + "\n")
    assert all(len(line) <= 80 for line in demo.NEXT.splitlines())
    assert demo.NEXT not in call(capsys, "demo", "--json")[1]


def test_what_to_type_next_is_understood():
    lines = re.findall(r"^  your \w+ +(crossbar-nsm .*)", demo.NEXT, re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        words = shlex.split(line)[1:]
        command = typer.main.get_command(app)
        while words and words[0] in getattr(command, "commands", {}):
            command, words = command.commands[words[0]], words[1:]
        command.make_context("crossbar-nsm", list(words))
