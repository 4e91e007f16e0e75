"""`crossbar-nsm docs`: pages in a terminal, as they are in a pipe."""

import json
import re
import sys

from support.cli import call
from support.processes import ROOT

from crossbar_nsm.cli.commands.start.docs import docs


def test_pages_are_listed_by_section(capsys):
    code, out, _ = call(capsys, "docs")
    lines = out.splitlines()
    assert code == 0
    assert lines.index("Tutorials:") < lines.index("Others:")
    assert any(line.split() == ["glossary", "Glossary"] for line in lines)
    rows = json.loads(call(capsys, "docs", "--json")[1])["rows"]
    assert {"page": "glossary", "section": "", "title": "Glossary"} in rows
    assert not [row for row in rows if row["page"].endswith("index")]


def test_a_page_is_printed_as_it_is_into_a_pipe(capsys):
    code, out, _ = call(capsys, "docs", "glossary")
    assert (code, out) == (0, (ROOT / "docs/glossary.md").read_text())
    assert json.loads(call(capsys, "docs", "glossary", "--json")[1])["rows"][0]["text"] == out


def test_a_page_is_drawn_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)  # nobody turns pages
    monkeypatch.setenv("COLUMNS", "60")
    docs("glossary")
    out = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
    assert "## " not in out
    assert all(len(line) <= 60 for line in out.splitlines())


def test_a_word_is_found_with_its_lines(capsys):
    code, out, _ = call(capsys, "docs", "--search", "TELEGRAPH")
    assert code == 0
    assert "physics: Physics\n" in out
    assert "no page has 'qqqq'" in call(capsys, "docs", "--search", "qqqq")[1]
    rows = json.loads(call(capsys, "docs", "--search", "telegraph", "--json")[1])["rows"]
    assert all("telegraph" in row["text"].lower() for row in rows)
    lines = (ROOT / "docs/physics.md").read_text().splitlines()
    assert [row["text"] for row in rows if row["page"] == "physics"] == [
        line.strip() for line in lines if "telegraph" in line.lower()
    ]


def test_a_page_and_a_search_are_too_much(capsys):
    assert call(capsys, "docs", "glossary", "--search", "x")[0] == 2
