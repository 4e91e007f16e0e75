"""Pages of the documentation by name, and that every page which an error names is there."""

import re
from pathlib import Path

import pytest
from support.cli import page_named
from support.processes import ROOT

from crossbar_nsm.cli.commands.start.demo import NEXT
from crossbar_nsm.cli.pages import DocPage, doc_page, doc_pages
from device_models.errors import ConfigError

NAMED = re.compile(r'(?:explained_by\(|\.see\(|\bpage = |error_object\(broken, )\s*"(\w+)"|"(devices)" if ')


def named_in_code():
    sources = [path for folder in ("crossbar_nsm", "device_models") for path in (ROOT / folder).rglob("*.py")]
    return {name for path in sources for pair in NAMED.findall(path.read_text()) for name in pair if name}


def test_every_page_that_an_error_names_is_there():
    named = named_in_code()
    assert len(named) > 25
    assert named - {page.short_name for page in doc_pages()} == set()


def test_names_without_section_are_of_one_page():
    names = [page.short_name for page in doc_pages()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["glossary", "docs/glossary.md", "glossary.md"])
def test_a_page_has_several_names(name):
    assert doc_page(name).path == ROOT / "docs/glossary.md"


def test_a_tutorial_needs_no_number():
    assert doc_page("first_chip") == doc_page("tutorials/1_first_chip")


def test_a_page_that_is_not_there_is_an_error_with_those_that_are_near():
    with pytest.raises(ConfigError, match="no page of the documentation; did you mean glossary"):
        doc_page("glosary")
    with pytest.raises(ConfigError, match="`crossbar-nsm docs` lists the pages"):
        doc_page("zzzzzz")


def test_what_builders_of_the_site_need_is_left_out(tmp_path):
    (tmp_path / "a.md").write_text(
        "---\njupytext: {}\n---\n\n# A\n\n<!-- prepared\nx = 1\n-->\n```{toctree}\nb\n```\n\n"
        "```{code-cell} python\n:tags: [x]\n\nprint(1)\n```\n"
    )
    page = DocPage("how_to/a", tmp_path / "a.md")
    assert page.text == "# A\n\n```python\n\nprint(1)\n```\n"
    assert (page.title, page.section, page.short_name) == ("A", "how_to", "a")


@pytest.mark.parametrize(
    ("words", "page"),
    [
        (["compare", "none.yaml"], "configuration"),
        (["compare", "mnist_mlp_rram", "--set", "evaluation.sample=1"], "configuration"),
        (["compare", "mnist_mlp_rram", "--set", "checkpoint=none"], "use_your_network"),
        (["compare", "mnist_mlp_rram", "--set", "dataset.name=none.npz"], "use_your_images"),
        (["compare", "mnist_mlp_rram", "--set", "dataset.name=none"], "data_sets"),
        (["compare", "mnist_mlp_rram", "--set", "device=none"], "presets"),
        (["compare", "mnist_mlp_rram", "--set", "device.read_nois.relative_sd=1"], "devices"),
        (["compare", "mnist_mlp_rram", "--set", "array.conductances=none.npz"], "exchange_conductances"),
        (["compare", "mnist_mlp_rram", "--laws", "none.py"], "write_a_law"),
        (["devices", "show", "none"], "presets"),
        (["devices", "fit", "none.csv"], "fit_measurements"),
        (["train", "train_mnist_mlp", "--set", "training.epoch=1"], "training_configuration"),
        (["train", "train_mnist_mlp", "--set", "dataset.root=none"], "use_your_images"),
        (["results", "."], "run_a_study"),
        (["compare", ".", "."], "run_a_study"),
        (["sweep", "mnist_mlp_rram", "--cluster", "nowhere", "--out", "out"], "run_on_a_cluster"),
        (["reproduce", "none"], "reproduce_the_paper"),
        (["ageing", "mnist_mlp_pcm", "--ages", "x"], "age_chips"),
        (["budget", "mnist_mlp_rram", "--only", "none"], "find_what_costs"),
        (["validate", "none.yaml"], "configuration"),
        (["compare", "mnist_mlp_rram", "--json", "--csv"], None),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_an_error_names_the_page_that_explains_it(words, page, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CROSSBAR_NSM_DATA", raising=False)
    assert page_named(capsys, *words) == page
    assert list(Path().iterdir()) == []


def test_pages_that_the_demo_names_are_there():
    names = re.search(r"crossbar-nsm docs (.*)", NEXT)[1].split(", ")
    assert len(names) == 3
    assert set(names) <= {page.short_name for page in doc_pages()}
