"""Tables of any text at any width: no line is wider, no number is cut, what goes is said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from crossbar_nsm.report.tables.fitting import TextColumn, broken, fit

NUMBERS = st.floats(-9999, 9999).map(lambda value: f"{value:+.4f}")
NAMES = st.text("abcxyz_/., -=[]:漢", max_size=120).map(str.strip)
CELLS = NAMES | NUMBERS | st.just("") | st.just("+0.14 [-0.04, +0.32]") | st.just("0.9 .. 1.2 .. 1.5")


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 4))
    return [
        TextColumn(f"{draw(NAMES)} {index}", tuple(draw(st.lists(CELLS, min_size=rows, max_size=rows))))
        for index in range(draw(st.integers(1, 9)))
    ]


@given(tables(), st.sampled_from([40, 80, 120, 200]), st.data())
def test_no_table_is_wider_and_no_number_is_cut(columns, width, data):
    drop = data.draw(st.lists(st.sampled_from([column.heading for column in columns]), unique=True))
    fitted = fit(columns, drop, width)
    assert fitted.width <= width
    assert len(fitted.columns) + len(fitted.left_out) == len(columns)
    assert fitted.columns[0].heading.replace("\n", "").replace(" ", "") == columns[0].heading.replace(" ", "")
    whole = {column.heading: column for column in columns}
    shown = [column for column in columns if column.heading not in fitted.left_out]
    for before, after in zip(shown, fitted.columns, strict=True):
        first = before.heading == columns[0].heading
        for text, lines in zip(whole[before.heading].cells, after.cells, strict=True):
            if first and fitted.ellipsis and "/" in text:
                text = text.replace(f"{fitted.ellipsis}/", ".../", 1)
            assert re.sub(r"\s", "", lines) == re.sub(r"\s", "", text)  # nothing is lost
            assert re.findall(r"[+-]?\d+\.?\d*", lines) == re.findall(r"[+-]?\d+\.?\d*", text)


def test_columns_go_in_order_and_only_as_many_as_must():
    columns = [TextColumn(name, ("1" * 20,)) for name in ("network", "a", "b", "c")]
    left_out = {width: fit(columns, ["c", "a"], width).left_out for width in (89, 86, 85, 64, 63, 42)}
    assert left_out == {89: [], 86: [], 85: ["c"], 64: ["c"], 63: ["c", "a"], 42: ["c", "a"]}


def test_the_last_columns_go_where_nothing_else_helps_and_two_stay():
    columns = [TextColumn(name, ("1" * 20,)) for name in ("network", "a", "b", "c")]
    assert fit(columns, [], 42).left_out == ["c", "b"]
    assert fit(columns, [], 5).left_out == ["c", "b"]


def test_headings_are_broken_before_a_column_goes():
    columns = [TextColumn("network", ("ideal",)), TextColumn("NLL difference", ("+0.01",))]
    assert fit(columns, ["NLL difference"], 23).columns[1].heading == "NLL difference"
    assert fit(columns, ["NLL difference"], 22).columns[1].heading == "NLL\ndifference"
    assert fit(columns, ["NLL difference"], 18).left_out == ["NLL difference"]


def test_a_long_name_goes_on_in_the_next_line_and_takes_no_column_with_it():
    names = ("n" * 40 + "/paired", "m/paired")
    columns = [TextColumn("network", names, right=False), TextColumn("error %", ("1.40", "1.50"))]
    fitted = fit(columns, ["error %"], 45)
    assert fitted.columns[0].cells == ("n" * 30 + "\n" + "n" * 10 + "/paired", "m/paired")
    assert fitted.columns[1].cells == ("1.40", "1.50")


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("rram_illustrative/paired", 20, ["rram_illustrative/", "paired"]),
        ("device=pcm, neuron.scaling=replica", 24, ["device=pcm,", "neuron.scaling=replica"]),
        ("neuron.scaling=replica", 16, ["neuron.scaling=", "replica"]),
        ("+0.14 [-0.04, +0.32]", 8, ["+0.14", "[-0.04,", "+0.32]"]),
        ("0.0012 ohm", 3, ["0.0012 ohm"]),
        ("interval=10 ms, age=3.1 days", 12, ["interval=", "10 ms,", "age=3.1 days"]),
        ("9 samples apart", 4, ["9", "samp", "les", "apar", "t"]),
        ("1.40 %", 4, ["1.40 %"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("漢漢漢", 4, ["漢漢", "漢"]),
        ("", 4, [""]),
    ],
)
def test_where_text_is_broken(text, width, lines):
    assert broken(text, width) == lines
    assert all(cell_len(line) <= max(width, 10) for line in lines)


def test_what_all_names_begin_with_is_said_once_where_that_lets_the_table_fit():
    columns = [
        TextColumn("network", ("ideal", "pcm_joshi2020/none", "pcm_joshi2020/paired")),
        TextColumn("x", ("1",) * 3),
    ]
    assert fit(columns, [], 23).ellipsis == ""
    fitted = fit(columns, [], 18)
    assert (fitted.ellipsis, fitted.columns[0].cells) == ("pcm_joshi2020", ("ideal", ".../none", ".../paired"))


@pytest.mark.parametrize("cells", [("a/none", "a/paired"), ("ideal", "other"), ("device_a/x", "device_b/y")])
def test_names_that_differ_in_front_of_the_slash_stay(cells):
    assert fit([TextColumn("network", cells)], [], 4).ellipsis == ""


def test_names_of_two_columns_are_shortened_alike():
    names = [("pcm_joshi2020/none", "pcm_joshi2020/paired"), ("pcm_joshi2020/paired", "pcm_joshi2020/digital")]
    columns = [TextColumn(head, cells, right=False) for head, cells in zip(("first", "second"), names, strict=True)]
    fitted = fit([*columns, TextColumn("p", ("0.1", "0.2"))], [], 40)
    assert fitted.ellipsis == "pcm_joshi2020"
    assert [column.cells for column in fitted.columns[:2]] == [
        (".../none", ".../paired"), (".../paired", ".../digital")
    ]  # fmt: skip


def test_names_of_rows_are_the_last_to_be_broken():
    columns = [
        TextColumn("key", ("programming.error_s.valid_s", "read_noise"), right=False),
        TextColumn("value", ("[5e-05, 0.000225]", "0.02")),
    ]
    fitted = fit(columns, [], 42)
    assert [column.cells[0] for column in fitted.columns] == [columns[0].cells[0], "[5e-05,\n0.000225]"]
    assert "\n" in fit(columns, [], 40).columns[0].cells[0]  # above two thirds of the width
