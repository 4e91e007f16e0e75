import csv
import io
import json

import numpy as np
import pytest

from crossbar_nsm.report.exports import csv_text, markdown_text
from crossbar_nsm.report.tables.terminal import make_table
from device_models.number_text import lowest_median_highest


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_a_column_for_every_swept_key_and_every_digit():
    rows = [
        {"name": "ideal", "set": {}, "error": 0.1, "p": None, "ok": True},
        {"name": 'a, "b"', "set": {"x.y": 1 / 3, "device": {"preset": "r"}}, "error": 1e-300, "p": float("nan")},
        {"name": "c", "set": {"x.y": 5e-3, "z": [1, 2]}, "error": float("inf"), "late": 7},
    ]
    text = csv_text(rows)
    first, second, third = read(text)
    assert text.splitlines()[0] == "name,x.y,device,z,error,p,ok,late"
    assert first == {
        "name": "ideal",
        "x.y": "",
        "device": "",
        "z": "",
        "error": "0.1",
        "p": "",
        "ok": "true",
        "late": "",
    }
    assert second["name"] == 'a, "b"'
    assert float(second["x.y"]) == 1 / 3
    assert json.loads(second["device"]) == {"preset": "r"}
    assert (second["error"], second["p"]) == ("1e-300", "")
    assert (json.loads(third["z"]), third["error"], third["late"]) == ([1, 2], "inf", "7")


def test_csv_of_pairs_and_of_numpy_numbers():
    (row,) = read(
        csv_text([{"first_set": {"k": 1}, "second_set": {"k": 2}, "value": np.float64(0.25), "n": np.int64(3)}])
    )
    assert row == {"first.k": "1", "second.k": "2", "value": "0.25", "n": "3"}


def test_csv_of_mappings_and_ranges_has_a_column_for_each_part():
    rows = [
        {"traps": None, "beta": lowest_median_highest(np.array([1.0, 1 / 3, 9.0])), "bins": [1, 2]},
        {"traps": {"frozen": 3, "at": {"0.5": 7}}, "beta": None, "set_by": None},
    ]
    first, second = read(csv_text(rows))
    assert list(first) == [
        "beta.lowest", "beta.median", "beta.highest", "bins", "traps.frozen", "traps.at.0.5", "set_by"
    ]  # fmt: skip
    assert [float(first[f"beta.{name}"]) for name in ("lowest", "median", "highest")] == [1 / 3, 1.0, 9.0]
    assert (first["traps.frozen"], first["bins"]) == ("", "[1, 2]")
    assert (second["traps.at.0.5"], second["beta.median"]) == ("7", "")


def test_markdown_is_the_table_as_shown():
    table = make_table("a_b", ["name", "value"], [["x|y", "1.0"], ["longer", ""]], "first\nsecond")
    assert markdown_text(table).splitlines() == [
        "**a\\_b**",
        "",
        "| name | value |",
        "| --- | ---: |",
        "| x\\|y | 1.0 |",
        "| longer |  |",
        "",
        "first",
        "",
        "second",
    ]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula_in_a_spreadsheet(begin):
    """Numbers stay numbers, negative ones too."""
    text = f"{begin}HYPERLINK(1)"
    rows = [{"network": text, "set": {text: text}, "nll": -0.5}]
    shown = {"\t": "\\tHYPERLINK(1)", "\r": "\\rHYPERLINK(1)"}.get(begin, f"'{text}")
    names, values = csv.reader(io.StringIO(csv_text(rows), newline=""))
    assert names == ["network", shown, "nll"]
    assert values == [shown, shown, "-0.5"]
