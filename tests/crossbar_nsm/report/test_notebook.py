"""Tables in a notebook: short, escaped, the most important columns and the first rows."""

import html
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.networks import dense_network
from support.results import fake_results

from crossbar_nsm.experiment.compare import Comparison
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.mapping.circuit.numbers import circuit_numbers
from crossbar_nsm.report.notebook import LONGEST, html_of
from crossbar_nsm.report.study_report import Report
from crossbar_nsm.reproduce.planning.overview import paper_studies
from crossbar_nsm.reproduce.planning.plan import ReproductionPlan, Step
from device_models import load_device
from device_models.schema import Schema

LEVELS = [round(0.01 * k, 2) for k in range(1, 41)]


@pytest.fixture(scope="module")
def results():
    return fake_results({"device.read_noise.relative_sd": LEVELS}, chips=2)


def text_of(page):
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def rows_of(page):
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]


def test_of_many_rows_the_first_are_shown_and_the_others_counted(results):
    page = html_of(results)
    rows = rows_of(page)
    left = int(re.search(r"\.\.\. (\d+) more rows; \.table\(\) has all", page)[1])
    assert len(rows) - 1 + left == len(results.rows) == 42
    assert len(rows) > 3
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(text_of(page)) <= LONGEST
    assert "error %" in rows[0]


def test_print_shows_the_table_whole_and_what_is_said(results, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = str(results)
    said = text.splitlines()[-len(results.verdict) - len(results.notes) :]
    assert sum(line.startswith(("ideal_", "rram_")) for line in text.splitlines()) == len(results.rows) == 42
    assert said == [*results.verdict, *results.notes]
    assert "(.table() has all)" in text
    assert repr(results).startswith("Results(config=")
    assert len(repr(results)) <= LONGEST


def test_names_are_text_and_no_html():
    hostile = "<script>alert('x')</script> & <b>"
    row = replace(fake_results().rows[0], name=hostile)
    comparison = Comparison(fake_results().config, [row], notes=["a <i> note"], verdict=["so <u> it is"])
    page = html_of(comparison)
    assert not re.search(r"<(script|i|u)>", page)
    assert hostile in text_of(page)
    assert "a <i> note" in text_of(page)
    assert "so <u> it is" in text_of(page)
    assert "<script>" not in html_of(load_device({"preset": "ideal", "description": hostile}))


def test_what_is_said_is_cut_where_it_is_long(results):
    comparison = Comparison(results.config, results.rows, notes=["note " * 300], verdict=["verdict " * 300] * 9)
    page = text_of(html_of(comparison))
    assert len(page) <= LONGEST
    assert page.count("...") >= 3
    assert "ideal_synapse" in page


def test_a_verdict_is_cut_between_sentences_and_stands_first(results):
    sentences = [f"Sentence {number} {'says ' * 40}so." for number in range(7)]
    page = html_of(Comparison(results.config, results.rows, verdict=sentences))
    text = text_of(page)
    shown = [sentence for sentence in sentences if sentence in text]
    assert shown == sentences[: len(shown)]
    assert 1 < len(shown) < 7
    assert f"{shown[-1]} {7 - len(shown)} more: print() shows all." in text
    assert "Sentence" not in text.replace(" ".join(shown), "")
    assert page.index("Sentence 0") < page.index("<table")
    assert len(text) <= LONGEST
    whole = text_of(html_of(Comparison(results.config, results.rows, verdict=sentences[:2])))
    assert "print() shows all" not in whole


def test_settings_are_dotted_keys(results):
    rows = dict(rows_of(html_of(results.config)))
    assert rows["evaluation.samples"] == "50"
    assert rows["evaluation.chips"] == "2"
    assert "device" in rows

    class Empty(Schema):
        a: int = 1

    assert "as by default" in html_of(Empty())


def test_what_has_a_table_shows_it():
    """Also where no table was made for people."""
    studies = paper_studies()
    rows = rows_of(html_of(studies))
    assert rows[0][0] == "name"
    assert [row[0] for row in rows[1:4]] == [study.name for study in studies[:3]]
    plan = ReproductionPlan({}, [Step("table1", "train", "trained", "mlp", 3, 9, math.nan)], Path("out"), False, None)
    assert rows_of(html_of(plan))[1][:2] == ["table1", "train"]
    assert "table1" in str(plan)


def test_a_report_shows_where_it_is_and_its_results(results):
    report = Report(Path("out/report.html"), [Path("a.png")] * 3, results)
    page = html_of(report)
    assert rows_of(page)[:3] == [["", ""], ["page", "out/report.html"], ["figures", "3 files"]]
    assert "ideal_synapse" in page
    assert len(text_of(page)) <= LONGEST


def test_what_functions_return_is_short(results):
    chip = map_network(dense_network(36, 12, 4), {"device": "rram_illustrative"})
    for value in (results.points, paper_studies(), chip.calibration, circuit_numbers(chip)):
        assert len(repr(value)) <= LONGEST
        assert 0 < len(text_of(value._repr_html_())) <= LONGEST


def test_without_any_result_there_is_a_table_too():
    empty = replace(fake_results(), points=[], ideal={})
    assert "Results" in html_of(empty)
