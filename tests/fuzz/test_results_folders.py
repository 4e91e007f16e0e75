"""Results folders of which files are damaged, dropped or swapped: what is then shown, or computed when the sweep goes
on, is what the whole folder shows, or is said to be another thing, naming the file."""

import json
import tempfile
from functools import cache
from pathlib import Path
from unittest import mock

from hypothesis import strategies as st
from support.hostile.commands import said
from support.hostile.folders import changes, damage, files_in, put
from support.hostile.fuzzing import fuzz, outcome
from support.studies import small_study

from device_models.errors import CrossbarError

UNFINISHED = "This study is not finished:"
NO_BUDGET = "Not made; `crossbar-nsm report FOLDER --budget`"
SHOWN = {
    "results": ("results", "{case}", "--json"),
    "chips": ("results", "{case}", "--chips", "--json"),
    "pairs": ("results", "{case}", "--pairwise", "--json"),
    "beside the whole": ("compare", "{case}", "{whole}", "--json"),
    "after the whole": ("compare", "{whole}", "{case}", "--json"),
}


@cache
def _place() -> Path:
    """c.yaml and its whole folder; another study of the same network and images, as large; and its folder. Their pages
    are without figures: what is read of a folder is its budget."""
    place = Path(tempfile.mkdtemp(prefix="results_folders"))
    for name, seed in (("whole", 0), ("another", 1)):
        config, seeded = small_study(place), f"evaluation.seed={seed}"
        assert said("sweep", config, "--set", seeded, "--out", place / name, "--workers", 1).code == 0
        with mock.patch("crossbar_nsm.report.figures.drawings.figure_bytes", return_value=b"<svg></svg>"):
            assert said("report", place / name, "--budget").code == 0
    return place


@cache
def _files(name: str) -> dict[str, bytes]:
    return files_in(_place() / name)


def _call(words: tuple[str, ...]):
    place = _place()
    return said(*(word.format(case=place / "case", whole=place / "whole") for word in words))


def _numbers(data):
    """Without times, and without names of folders."""
    if isinstance(data, dict):
        skipped = {"seconds", "started", "host", "first", "second"}
        return {key: _numbers(value) for key, value in data.items() if key not in skipped}
    return [_numbers(entry) for entry in data] if isinstance(data, list) else data


@cache
def _right(what: str) -> str:
    put(_place() / "case", _files("whole"))
    found = _call(SHOWN[what])
    assert (found.code, found.err) == (0, "")
    return json.dumps(_numbers(found.data))


def _damaged(drawn) -> list[str]:
    case = _place() / "case"
    put(case, _files("whole"))
    return [damage(case, _files("whole"), _files("another"), one) for one in drawn]


def _check(found, right: str, names: list[str]) -> None:
    """The same numbers, or words about a file."""
    if found.code == 2:
        raise CrossbarError(found.err.splitlines()[0])
    if json.dumps(_numbers(found.data)) != right:
        told = any(Path(name).name in found.err for name in names)
        lacking = "missing: the same sweep" in found.err or "no result of chip" in found.err
        assert told or lacking, f"other numbers without a word: {names}, {found.err}"


@fuzz(what=st.sampled_from(sorted(SHOWN)), drawn=changes)
def test_what_is_shown(what, drawn):
    right, names = _right(what), _damaged(drawn)
    outcome(lambda: _check(_call(SHOWN[what]), right, names))


@fuzz(long=400, quick=15, drawn=changes)
def test_a_sweep_that_goes_on(drawn):
    """Its numbers are those of the whole, and so is what the folder shows afterwards, without a warning."""
    right, names = _right("results"), _damaged(drawn)
    config, case = _place() / "c.yaml", _place() / "case"

    def go_on() -> None:
        found = said("sweep", config, "--set", "evaluation.seed=0", "--out", case, "--workers", 1, "--json")
        if found.code == 2:
            assert any(Path(name).name in found.err for name in [*names, "trials"]) or str(case) in found.err, found.err
            raise CrossbarError(found.err.splitlines()[0])
        assert json.dumps(_numbers(found.data)) == right
        after = _call(SHOWN["results"])
        assert (after.code, after.err, json.dumps(_numbers(after.data))) == (0, "", right), names

    outcome(go_on)


@fuzz(long=60, quick=1, drawn=changes)
def test_reports(drawn):
    """The page of a damaged folder is that of the whole one, or something is said of the file."""
    right = _page()
    names = _damaged(drawn)

    def report() -> None:
        found = said("report", _place() / "case", "--no-budget", "--out", _place() / "page.html")
        if found.code == 2:
            raise CrossbarError(found.err.splitlines()[0])
        page = (_place() / "page.html").read_text()
        same = page == right  # a comparison of two pages inside an assertion takes it a minute to show
        told = any(Path(name).name in found.err for name in names) or UNFINISHED in page
        assert same or told or ("budget.json" in names and NO_BUDGET in page), names

    outcome(report)


@cache
def _page() -> str:
    put(_place() / "case", _files("whole"))
    assert said("report", _place() / "case", "--no-budget", "--out", _place() / "page.html").code == 0
    return (_place() / "page.html").read_text()
