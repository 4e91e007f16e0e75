"""The tutorials as notebooks: a downloaded one runs, and what it makes is shown."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from support.blocks import small
from support.processes import ROOT

TUTORIALS = sorted((ROOT / "docs/tutorials").glob("[1-9]_*.md"))


@pytest.fixture(scope="module")
def notebooks():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs/extensions")
        import notebooks

        yield notebooks


@pytest.fixture(scope="module")
def executed(notebooks, tmp_path_factory):
    """The first tutorial, on small numbers, run by Jupyter in an empty folder."""
    folder = tmp_path_factory.mktemp("notebook")
    book = nbformat.reads(nbformat.writes(notebooks.notebook(TUTORIALS[0])), 4)
    for cell in book.cells:
        cell.source = "" if cell.source.startswith("!") else small(cell.source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        return NotebookClient(book, timeout=300, resources={"metadata": {"path": folder}}).execute()


def outputs(book, kind: str) -> list[str]:
    shown = (output.get("data", {}) for cell in book.cells for output in cell.get("outputs", ()))
    return [data[kind] for data in shown if kind in data]


def test_it_shows_tables_and_figures(executed):
    pages = outputs(executed, "text/html")
    for said in ("784-300-300-300-10", "programming error", "fc1", "ideal_synapse"):
        assert any(said in page for page in pages), said
    pictures = outputs(executed, "image/png")
    assert len(pictures) == (ROOT / TUTORIALS[0]).read_text().count("xb.figures.") == 2
    assert all(len(picture) > 10_000 for picture in pictures)


def test_what_is_shown_is_short_also_without_html(executed):
    texts = outputs(executed, "text/plain")
    assert texts
    assert max(map(len, texts)) <= 2000


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_every_tutorial_is_a_notebook_without_links_that_lead_nowhere(notebooks, page):
    book = notebooks.notebook(page)
    nbformat.validate(book)
    assert sum(cell.cell_type == "code" for cell in book.cells) >= 5
    assert book.metadata.kernelspec.name == "python3"
    text = "\n".join(cell.source for cell in book.cells)
    assert not re.search(r"\]\((?!https?:)", text)
    assert "`docs/glossary.md`" in text or page != TUTORIALS[0]
    assert {cell.id for cell in book.cells} == {f"cell-{number}" for number in range(len(book.cells))}


def test_only_tutorials_are_notebooks(notebooks):
    assert [page for page in sorted((ROOT / "docs").rglob("*.md")) if notebooks.is_notebook(page)] == TUTORIALS


def test_a_link_becomes_the_place_of_its_page(notebooks, tmp_path):
    (tmp_path / "docs/tutorials").mkdir(parents=True)
    page = tmp_path / "docs/tutorials/one.md"
    page.write_text(
        f"{Path(TUTORIALS[0]).read_text().partition('# 1.')[0]}\n"
        "[a](../how_to/b.md#c), [d](#e) and [f](https://g.org/h.md)\n"
    )
    (cell,) = notebooks.notebook(page).cells
    assert cell.source == "a (`docs/how_to/b.md`), d and [f](https://g.org/h.md)"


def test_the_site_has_the_notebook_beside_its_page(tmp_path):
    (tmp_path / "docs/tutorials").mkdir(parents=True)
    header = TUTORIALS[0].read_text().partition("# 1.")[0]
    (tmp_path / "docs/tutorials/one.md").write_text(f"{header}# One\n\n```{{code-cell}} ipython3\n1 + 1\n```\n")
    (tmp_path / "docs/index.md").write_text("# All\n\n```{toctree}\ntutorials/one\n```\n")
    (tmp_path / "docs/conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / 'docs/extensions')!r})\n"
        "extensions = ['myst_nb', 'notebooks']\nnb_execution_mode = 'off'\n"
    )
    command = [sys.executable, "-m", "sphinx", "-q", "--fail-on-warning", tmp_path / "docs", tmp_path / "out"]
    subprocess.run(command, check=True, timeout=100)
    assert 'href="one.ipynb" download' in (tmp_path / "out/tutorials/one.html").read_text()
    assert ".ipynb" not in (tmp_path / "out/index.html").read_text()
    cells = nbformat.read(tmp_path / "out/tutorials/one.ipynb", 4).cells
    assert [(cell.cell_type, cell.source) for cell in cells] == [("markdown", "# One"), ("code", "1 + 1")]
