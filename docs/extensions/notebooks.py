"""Pages that are notebooks (tutorials), also as .ipynb files: one beside each page of the site, which links to it."""

import os
import re
from pathlib import Path
from typing import Any

import jupytext
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

HEADER = "---\njupytext:"  # with which a page says that it is one
LINK = re.compile(r"\[([^\]\n]+)\]\((?!\w+:)([^)\s#]+\.md)?[^)\s]*\)")
OFFER = (
    '<p class="notebook"><a href="{name}.ipynb" download>Download this page as a Jupyter notebook</a>: '
    "what you see below is what its cells gave when the page was built.</p>"
)


def is_notebook(page: Path) -> bool:
    return page.suffix == ".md" and page.read_text(encoding="utf-8").startswith(HEADER)


def notebook(page: Path) -> NotebookNode:
    """The cells of `page`, without outputs. Links to other pages, which a notebook by itself has not, become their
    names."""
    book = jupytext.read(page, fmt="md:myst")
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"  # the same in every build
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(lambda link: _named(link[1], link[2], page), cell.source)
    return book


def _named(text: str, target: str | None, page: Path) -> str:
    """Link text, and the page it led to by its place in the repository."""
    if target is None:
        return text
    place = (page.parent / target).resolve()
    docs = next(folder for folder in page.resolve().parents if folder.name == "docs")
    return f"{text} (`{place.relative_to(docs.parent)}`)"


def offer(app: Sphinx, doctree: nodes.document) -> None:
    """A link to the notebook under the title of its page."""
    if not is_notebook(Path(app.env.doc2path(app.env.docname))):
        return
    title = next(doctree.findall(nodes.title))
    link = nodes.raw("", OFFER.format(name=Path(app.env.docname).name), format="html")
    title.parent.insert(title.parent.index(title) + 1, link)


def spread(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Notebooks apart from each other in the order of reading: a process takes several pages in a row."""
    slow = [name for name in names if is_notebook(Path(env.doc2path(name)))]
    quick = [name for name in names if name not in slow]
    for number, name in enumerate(slow):
        quick.insert(number * len(names) // len(slow), name)
    names[:] = quick


def write(app: Sphinx, failure: Exception | None) -> None:
    for name in sorted(app.env.found_docs) if failure is None else ():
        page = Path(app.env.doc2path(name))
        if is_notebook(page):
            jupytext.write(notebook(page), os.fspath(app.outdir / f"{name}.ipynb"))


def add_style(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(Path(__file__).parent / "static"))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", add_style)
    app.add_css_file("notebooks.css")
    app.connect("env-before-read-docs", spread)
    app.connect("doctree-read", offer)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
