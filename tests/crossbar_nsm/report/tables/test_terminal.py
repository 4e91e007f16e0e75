from crossbar_nsm.report.tables.terminal import make_table, print_table


def test_brackets_and_colons_of_names_are_text(capsys):
    names = ["[bold]thick[/red]", "[type=value_error, x]", ":smile:"]
    print_table(make_table("[/title]", ["name", "[a]"], [(name, "1") for name in names]))
    shown = capsys.readouterr().out
    assert all(text in shown for text in [*names, "[/title]", "[a]"])


def test_names_steer_no_terminal(capsys):
    """Escape sequences and line ends are shown, not sent: a name cannot forge a line."""
    name = "a\x1b[2J\nerror: forged\r\x9b\u2028"
    print_table(make_table(name, [name, "x"], [[name, "1"]], caption=f"{name}\nsecond line"))
    shown = capsys.readouterr().out
    assert not set("\x1b\r\x9b\u2028") & set(shown)
    assert shown.count("\\x1b[2J") == 4
    assert "\\nerror: forged" in shown
    assert any(line.strip() == "second line" for line in shown.split("\n"))
