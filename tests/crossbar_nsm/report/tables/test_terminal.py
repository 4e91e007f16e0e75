import os
import pty
import subprocess
import sys
import termios

import pytest
from rich.cells import cell_len

from crossbar_nsm.report.tables.terminal import make_table, print_table

ROWS = [["rram_illustrative/none", "1.40", "", "0.0271", "moments"], ["ideal", "1.30", "", "0.0020", "moments"]]


def a_table():
    columns = ["network", "error %", "nothing", "ECE", "reader"]
    return make_table(
        "5000 images", columns, ROWS, "a note", drop=["ECE"], shared=["reader"],
        legend={"ECE": "with 15 bins", "error %": "mean"},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _no_columns(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)


def test_brackets_and_colons_of_names_are_text(capsys):
    names = ["[bold]thick[/red]", "[type=value_error, x]", ":smile:"]
    print_table(make_table("[/title]", ["name", "[a]"], [(name, "1") for name in names]))
    shown = capsys.readouterr().out
    assert all(text in shown for text in [*names, "[/title]", "[a]"])


def test_names_steer_no_terminal(capsys):
    """Escape sequences and line ends are shown, not sent: a name cannot forge a line."""
    name = "a\x1b[2J\nerror: forged\r\x9b\u2028"
    print_table(make_table(name, [name, "x"], [[name, "1"]], caption=f"{name}\nsecond line", legend={name: name}))
    shown = capsys.readouterr().out
    assert not set("\x1b\r\x9b\u2028") & set(shown)
    assert shown.count("\\x1b[2J") == 6
    assert "\\nerror: forged" in shown
    assert any(line.strip() == "second line" for line in shown.split("\n"))


@pytest.mark.parametrize("columns", ["20", "40", "80", "120"])
def test_no_line_is_wider_than_columns_says(monkeypatch, capsys, columns):
    monkeypatch.setenv("COLUMNS", columns)
    print_table(a_table())
    shown = capsys.readouterr().out
    assert max(map(cell_len, shown.splitlines())) <= int(columns)


def test_what_is_left_out_is_named_and_what_it_means_goes_too(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "22")
    print_table(a_table())
    shown = capsys.readouterr().out
    assert "left out: ECE (--wide shows all)" in " ".join(shown.split())
    assert "error %: mean" in shown
    assert not any(text in shown for text in ("15 bins", "0.0271"))
    print_table(a_table(), wide=True)
    shown = " ".join(capsys.readouterr().out.split())
    assert "left out" not in shown
    assert all(text in shown for text in ("nothing", "0.0271", "reader", "moments", "15 bins"))


@pytest.mark.parametrize("columns", ["", "0", "many", "-5"])
def test_a_pipe_gets_every_column_that_says_something_on_one_line(monkeypatch, capsys, columns):
    monkeypatch.setenv("COLUMNS", columns)
    long = "a sentence of many words " * 40
    print_table(make_table(long, ["name", *"abcdefgh"], [[long, *["0.123456789"] * 8]], long, drop=["a"]))
    shown = capsys.readouterr().out
    assert [line.count("0.123456789") for line in shown.splitlines() if "0.1" in line] == [8]
    assert " ".join(shown.split()).count(long.strip()) == 3  # title, name and note, whole


def test_empty_columns_go_and_a_column_of_one_value_is_in_the_title(capsys):
    print_table(a_table())
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "5000 images, reader moments"
    assert "nothing" not in shown
    assert shown.count("moments") == 1


def test_the_table_itself_is_whole():
    table = a_table()
    assert [column.header for column in table.columns] == ["network", "error %", "nothing", "ECE", "reader"]
    assert table.caption == "error %: mean; ECE: with 15 bins\na note"


def test_a_terminal_gets_tables_of_its_width():
    """On a terminal of 50 characters, through a real one."""
    code = (
        "from crossbar_nsm.report.tables.terminal import make_table, print_table\n"
        "print_table(make_table('', ['name', *'abcdefgh'], [['x', *['0.123456789'] * 8]], drop=list('hgfedcba')))"
    )
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 50))
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    done = subprocess.run([sys.executable, "-c", code], stdout=theirs, env=environment | {"TERM": "dumb"}, check=False)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.returncode == 0
    assert max(map(len, shown.split("\r\n"))) <= 50
    assert shown.count("0.123456789") == 3
    assert "left out: h, g, f, e, d (--wide shows all)" in " ".join(shown.split())
