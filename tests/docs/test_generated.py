"""The pages of the reference that are made from the code say what the code says now."""

import re

import pytest
from support.processes import ROOT

import crossbar_nsm
import device_models
from crossbar_nsm import figures
from docs.generate import counts_with
from docs.generate.markdown import prose, table
from docs.generate.pages import FOLDER, PAGES
from docs.generate.python_api import GROUPS

REMEDY = "make it anew: make reference (python -m docs.generate)"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_the_code_says(name):
    committed, made = (FOLDER / name).read_text(encoding="utf-8").splitlines(), PAGES[name]().splitlines()
    differs = [pair for pair in zip(committed, made, strict=False) if pair[0] != pair[1]]
    first = f"; it says {differs[0][0]!r}, the code {differs[0][1]!r}" if differs else ""
    assert committed == made, f"docs/reference/{name} is not what the code says now; {REMEDY}{first}"


def test_every_public_name_is_on_the_page_of_python():
    named = {name for _, names in GROUPS.values() for name in names}
    public = {*crossbar_nsm.__all__, *device_models.__all__, *figures.__all__} - {"__version__", "figures"}
    assert public <= named


def test_the_index_lists_every_page():
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert {f"({name})" for name in PAGES} <= set(re.findall(r"\(\w+\.md\)", index))
    assert {name.removesuffix(".md") for name in PAGES} <= set(index.split("```{toctree}")[1].split())


def test_docstrings_become_markdown():
    text = """First line, which
    goes on: a * b for <layer>, `x < <y>`.

    - one that is
      long
    - two

        y = a * x

    Equations: docs/physics.md#drift.
    """
    assert prose(text).split("\n\n") == [
        r"First line, which goes on: a \* b for \<layer>, `x < <y>`.",
        "- one that is long\n- two",
        "    y = a * x",
        "Equations: [physics](../physics.md#drift).",
    ]


def test_no_line_begins_like_a_list_by_chance():
    text = "a " * 60 + "- b"
    assert prose(text).splitlines()[1] == r"\- b"


def test_a_table_has_cells_with_bars():
    assert table(["a"], [["x|y"]]).splitlines()[-1] == r"| x\|y |"


@pytest.mark.slow
def test_what_keys_count_with_is_what_small_networks_find():
    assert counts_with.stored() == counts_with.found(), f"docs/generate/counts_with.yaml: {REMEDY} --look"


def test_pages_are_those_that_make_reference_makes():
    assert "python -m docs.generate" in (ROOT / "Makefile").read_text(encoding="utf-8")
