from crossbar_nsm.report.tables import make_table, print_table


def test_brackets_and_colons_of_names_are_text(capsys):
    names = ["[bold]thick[/red]", "[type=value_error, x]", ":smile:"]
    print_table(make_table("[/title]", ["name", "[a]"], [(name, "1") for name in names]))
    shown = capsys.readouterr().out
    assert all(text in shown for text in [*names, "[/title]", "[a]"])
