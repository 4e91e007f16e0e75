"""Pages as text; what a browser makes of them is in test_report_browser.py."""

import re
from html.parser import HTMLParser
from importlib import resources

import pytest
from support.pages import HOSTILE, sample_page

from crossbar_nsm.report.page.parts import Page, Section
from crossbar_nsm.report.page.rendering import render
from crossbar_nsm.report.page.table import PageTable, TableCell, cell, from_terminal
from crossbar_nsm.report.tables.terminal import make_table


class _Elements(HTMLParser):
    """Start tags with their attributes, and all text outside script and style."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags[-1:] and self.tags[-1][0] not in ("script", "style"):
            self.text += data

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page():
    return _Elements(render(sample_page()))


def test_what_comes_from_files_is_text(page):
    assert len(page.named("script")) == 1
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert page.text.count(HOSTILE) >= 6  # title twice, notice, heading of a column, cell, listing, version
    assert "49" not in page.text


def test_nothing_is_loaded_from_elsewhere(page):
    addresses = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]
    assert addresses
    assert all(address.startswith(("data:", "#")) for address in addresses)
    policy = next(tag for tag in page.named("meta") if tag.get("http-equiv") == "Content-Security-Policy")["content"]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy


def test_contents_lead_to_every_section(page):
    targets = [link["href"][1:] for link in page.named("a")]
    assert targets == [heading["id"] for heading in page.named("h2") if "id" in heading]
    assert len(targets) == len(sample_page().sections)


def test_sections_of_the_same_name_have_their_own_anchors():
    page = _Elements(render(Page("x", "", tuple(Section(title) for title in ("NLL", "nll", "+", "NLL", "")))))
    anchors = [heading["id"] for heading in page.named("h2") if "id" in heading]
    assert anchors == ["nll", "nll--2", "section", "nll--3", "section--2"]


def test_figures_have_a_text_for_those_who_do_not_see_them(page):
    shown = [image["alt"] for image in page.named("img")]
    assert shown == ["A blue figure.", "red on the left quarter", "One pixel.", ""]  # the last: of the empty dialog


def test_numbers_stand_right_and_sort_by_size():
    table = PageTable.of(
        ["name", "value", "mixed", "interval", "empty"],
        [
            ["a", 0.123456789, 1, TableCell("1.0-2.0", 1.5), None],
            ["b", float("inf"), "x", TableCell("-", None), float("nan")],
        ],
    )
    assert table.numeric == (False, True, False, True, False)
    assert [entry.text for entry in table.rows[0]] == ["a", "0.123457", "1", "1.0-2.0", ""]
    assert [entry.sort_key for entry in table.rows[1]] == ["b", "Infinity", "x", None, None]
    assert cell(12.3456, ".2f") == TableCell("12.35", 12.3456)
    assert cell(True) == TableCell("True", "True")
    text = render(Page("t", "", (Section("s", tables=(table,)),)))
    assert re.search(r'<td class="number" data-sort="1.5">1.0-2.0</td>', text)
    assert re.search(r'<td class="number" data-sort="0.123456789">0.123457</td>', text)


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="rows need 2 cells"):
        PageTable.of(["a", "b"], [["only one"]])


def test_a_table_for_a_terminal_keeps_its_texts_and_sorts_by_leading_numbers():
    rows = [["moments", "1,234.5 [1, 2]", "+0.20 ±0.1", "3 reads"], ["device", "-2e3", "", "none"]]
    table = from_terminal(make_table("readers", ["reader", "a", "b", "c"], rows, "note"))
    assert [[entry.text for entry in row] for row in table.rows] == rows
    assert [[entry.value for entry in row] for row in table.rows] == [
        ["moments", 1234.5, 0.2, "3 reads"],
        ["device", -2000.0, None, "none"],
    ]
    assert (table.caption, table.note) == ("readers", "note")


def test_template_style_and_script_come_with_the_package():
    folder = resources.files("crossbar_nsm.report.page")
    assert all((folder / name).is_file() for name in ("page.html", "page.css", "page.js"))
    assert render(sample_page()) == render(sample_page())
