"""`crossbar-nsm --help` shows every command once, in the group of its folder, its description not cut off."""

import re
import shlex
import subprocess
import sys

import pytest
import typer
from support.blocks import Reader
from support.cli import call
from support.hostile.command_lines import commands

import crossbar_nsm
from crossbar_nsm.cli.app import GROUPS, app
from crossbar_nsm.cli.examples import EXAMPLES
from crossbar_nsm.cli.help import GroupedCommands, description

TITLES = ["Start", "Networks", "Hardware", "Studies", "Devices", "Checks"]


def sections(text):
    """{title: {command: description}} of a help text; lines of one title are indented."""
    found = {}
    for line in text.splitlines():
        if re.fullmatch(r"\w+:", line):
            title = found.setdefault(line[:-1], {})
        elif re.match(r"  \w", line) and found and "--" not in line[:4]:
            name, text = line.split(maxsplit=1)
            title[name] = text
    return found


def folder_of(command):
    function = command.registered_callback.callback if isinstance(command, typer.Typer) else command
    return function.__module__.removeprefix("crossbar_nsm.cli.commands.").split(".")[0]


@pytest.mark.parametrize("words", [[], ["devices"]], ids=["all", "devices"])
def test_every_command_is_listed_once_with_its_whole_description_in_one_line(words, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = call(capsys, *words, "--help")
    assert code == 0
    assert all(len(line) <= 80 for line in out.splitlines())
    listed = {title: names for title, names in sections(out).items() if title not in ("Options", "Examples")}
    assert list(listed) == (["Commands"] if words else TITLES)
    names = [name for group in listed.values() for name in group]
    below = "".join(f"{word} " for word in words)
    assert len(names) == len(set(names))
    assert {below + name for name in names} == {
        name for name in commands() if name.startswith(below) and " " not in name.removeprefix(below)
    }
    for group in listed.values():
        for name, text in group.items():
            paragraph = commands()[below + name].__doc__.split("\n\n")[0]
            assert text == paragraph
            assert text.endswith(".")


def test_these_are_the_commands():
    assert {name for group in GROUPS.values() for name in group} == {
        "demo", "init", "configs", "schema", "train", "import", "map", "run", "compare", "budget", "uncertainty",
        "timing", "ageing", "tune", "sweep", "results", "report", "reproduce", "cite", "devices", "validate", "check",
        "doctor", "docs",
    }  # fmt: skip


def test_a_command_lies_in_the_folder_of_its_group():
    assert list(GROUPS) == TITLES
    for title, group in GROUPS.items():
        assert {folder_of(command) for command in group.values()} == {title.lower()}


def test_a_description_that_needs_two_lines_is_wrapped_not_cut(capsys):
    app = typer.Typer(cls=GroupedCommands, rich_markup_mode=None)
    words = " ".join(["word"] * 40)
    for name in ("first", "second"):
        app.command(name, help=f"{words}.\n\nMore.")(lambda: None)
    with pytest.raises(SystemExit):
        app(["--help"])
    out = capsys.readouterr().out
    assert " ".join(out.split()).count(words + ".") == 2
    assert "More" not in out
    assert description(typer.main.get_command(app).commands["first"]) == words + "."


def test_version_is_printed_without_loading_torch():
    program = (
        "import sys\nsys.argv = ['crossbar-nsm', sys.argv[1]]\nfrom crossbar_nsm.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as leaving:\n    assert not leaving.code\n"
        "assert not {'torch', 'numba', 'scipy', 'matplotlib'} & sys.modules.keys()"
    )
    for option, text in (("--version", f"crossbar-nsm {crossbar_nsm.__version__}\n"), ("--help", "Start:")):
        done = subprocess.run([sys.executable, "-c", program, option], check=True, capture_output=True, text=True)
        assert text in done.stdout


def test_every_command_ends_with_examples_in_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert set(commands()) <= set(EXAMPLES)
    for name in commands():
        _, out, _ = call(capsys, *name.split(), "--help")
        shown = out.partition("\nExamples:\n")[2].splitlines()
        assert shown == [f"  {line}" for line in EXAMPLES[name]]
        assert all(len(line) <= 80 for line in out.splitlines()), name


@pytest.mark.parametrize(("words", "stream"), [(["--help"], 1), ([], 2)])
def test_all_commands_together_say_where_to_begin(words, stream, capsys):
    lines = call(capsys, *words)[stream].partition("\nExamples:\n")[2].splitlines()
    assert [line.split()[:2] for line in lines] == [["crossbar-nsm", name] for name in ("demo", "init", "docs")]


@pytest.mark.parametrize("line", [line for name in commands() for line in EXAMPLES[name]])
def test_the_words_of_an_example_are_understood(line):
    words = shlex.split(line)
    root = typer.main.get_command(app)
    context = root.make_context("crossbar-nsm", words[1:])
    name, command, rest = root.resolve_command(context, words[1:])
    if rest and rest[0] in getattr(command, "commands", {}):
        command, rest = command.commands[rest[0]], rest[1:]
    command.make_context(name, list(rest), parent=context)


@pytest.mark.parametrize("name", ["configs", "schema", "docs", "devices", "cite", "validate", "map", "reproduce"])
def test_examples_that_take_a_moment_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line in EXAMPLES[name]:
        if name != "reproduce" or line == "crossbar-nsm reproduce":
            Reader(tmp_path, tmp_path).command(shlex.split(line), in_full=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo", "compare", "budget", "uncertainty", "timing", "ageing", "sweep"])
def test_examples_that_take_longer_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line in EXAMPLES[name] + (EXAMPLES["results"] + EXAMPLES["report"] if name == "sweep" else ()):
        Reader(tmp_path, tmp_path).command(shlex.split(line), in_full=False)
