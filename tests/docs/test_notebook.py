"""The README's Python as a notebook: it runs, and what it makes is shown."""

import re

import nbformat
import pytest
from nbclient import NotebookClient
from support.processes import ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
SAVED = re.compile(r"^(\S.*)\.savefig\(.*\)(.*)$", re.MULTILINE)
SHOW = "for one in ({names},):\n    display(one) if hasattr(one, '_repr_html_') else None"


def cells(block: str) -> list[str]:
    """A block, in which figures are shown instead of saved, and what it has made."""
    made = list(dict.fromkeys(re.findall(r"^(\w+) = ", block, re.MULTILINE)))
    return [SAVED.sub(r"display(\1)", block), *([SHOW.format(names=", ".join(made))] if made else [])]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    for name in ("configs", "benchmarks"):
        (folder / name).symlink_to(ROOT / name)
    sources = [f"import sys; sys.path.insert(0, {str(ROOT)!r})", *(cell for block in BLOCKS for cell in cells(block))]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    return NotebookClient(book, timeout=300, resources={"metadata": {"path": folder}}).execute()


def outputs(notebook, kind: str) -> list[str]:
    shown = (output.get("data", {}) for cell in notebook.cells for output in cell.outputs)
    return [data[kind] for data in shown if kind in data]


def test_it_runs_and_shows_tables_and_figures(notebook):
    pages = outputs(notebook, "text/html")
    for said in ("rram_milo2021/paired", "784-300-300-300-10", "ideal_synapse", "fc1"):
        assert any(said in page for page in pages), said
    pictures = outputs(notebook, "image/png")
    assert len(pictures) == len(SAVED.findall("\n".join(BLOCKS))) >= 2
    assert all(len(picture) > 10_000 for picture in pictures)


def test_what_is_shown_is_short_also_without_html(notebook):
    texts = outputs(notebook, "text/plain")
    assert texts
    assert max(map(len, texts)) <= 2000
